"""The documents of the protocols, of ingest and of live pictures, as judges of messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import yaml
from jsonschema import Draft7Validator, FormatChecker

from tests.programs import ROOT


@dataclass(frozen=True)
class ProtocolDocument:
    """One document, by the name of its file."""

    file_name: str

    @cached_property
    def content(self) -> dict[str, Any]:
        return yaml.safe_load((ROOT / "docs" / self.file_name).read_text())

    def faults(self, name: str, message: Any) -> list[str]:  # noqa: ANN401  # any JSON
        """What is wrong with a message of this name, as the document has it."""
        return self._faults(self.content["components"]["messages"][name]["payload"], message)

    def schema_faults(self, name: str, value: Any) -> list[str]:  # noqa: ANN401  # any JSON
        """What is wrong with a value of one of the document's schemas."""
        return self._faults({"$ref": f"#/components/schemas/{name}"}, value)

    def _faults(self, schema: dict[str, Any], value: Any) -> list[str]:  # noqa: ANN401  # any JSON
        whole = schema | {"components": self.content["components"]}
        validator = Draft7Validator(whole, format_checker=FormatChecker())
        # the stubs leave an argument of another overload untyped
        errors = validator.iter_errors(value)  # pyright: ignore[reportUnknownMemberType]
        return [f"{error.json_path}: {error.message}" for error in errors]


INGEST = ProtocolDocument("asyncapi.yaml")
LIVE = ProtocolDocument("asyncapi-live.yaml")
DOCUMENT = INGEST.content
TEXT_MESSAGES = [name for name in DOCUMENT["components"]["messages"] if name != "binaryData"]


def faults(name: str, message: dict[str, Any]) -> list[str]:
    """What is wrong with a message of ingest's; `name` is its `type`."""
    return INGEST.faults(name, message)


def objects(node: object) -> Iterator[dict[str, Any]]:
    """Every mapping of a YAML document."""
    if isinstance(node, dict):
        mapping = cast("dict[str, Any]", node)
        yield mapping
        yield from objects(list(mapping.values()))
    elif isinstance(node, list):
        for child in cast("list[object]", node):
            yield from objects(child)
