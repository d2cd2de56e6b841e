"""The ingest protocol's document as a judge of messages."""

from functools import cache
from typing import Any

import yaml
from jsonschema import Draft7Validator, FormatChecker

from tests.programs import ROOT

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
TEXT_MESSAGES = [name for name in DOCUMENT["components"]["messages"] if name != "binaryData"]


def faults(name: str, message: dict[str, Any]) -> list[str]:
    """What is wrong with a message, as the document has it; `name` is its `type`."""
    # the stubs leave an argument of another overload untyped
    errors = _validator(name).iter_errors(message)  # pyright: ignore[reportUnknownMemberType]
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(name: str) -> Draft7Validator:
    payload = DOCUMENT["components"]["messages"][name]["payload"]
    return Draft7Validator(payload | {"components": DOCUMENT["components"]}, format_checker=FormatChecker())
