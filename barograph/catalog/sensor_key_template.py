"""How a project makes sensors' keys of the measurements, tags and fields of line protocol. Pure.

    {measurement}  {field}  {tag:host}  {tags}: all other tags, as `,name=value` each, sorted

Why: decision 560.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

DEFAULT = "{measurement}{tags}.{field}"
MAX_KEY = 500
"""Characters of a sensor's key."""
_PART = re.compile(r"\{(?:(measurement|field|tags)|tag:([^{}]+))\}|([^{}]+)|([{}])")


class UnfitTemplate(ValueError):
    """A template that makes no keys, or a series that it makes none of."""


@dataclass(frozen=True)
class SensorKeyTemplate:
    """A template, read.

    Attributes:
        parts: (placeholder, name of a tag, text) each; one of them is not empty.
    """

    parts: tuple[tuple[str, str, str], ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """The template.

        Raises:
            UnfitTemplate: a brace is no part of a placeholder, or there is no placeholder.
        """
        parts = _PART.findall(text)
        if any(brace for *_, brace in parts):
            raise UnfitTemplate("a brace belongs to {measurement}, {field}, {tags} or {tag:name}")
        if not any(placeholder or tag for placeholder, tag, *_ in parts):
            raise UnfitTemplate("a template has a placeholder, such as {field}")
        return cls(tuple((placeholder, tag, literal) for placeholder, tag, literal, _ in parts))

    def key(self, measurement: str, tags: Mapping[str, str], field: str) -> str:
        """The sensor's key.

        Raises:
            UnfitTemplate: a tag is missing, or the key is too long.
        """
        key = "".join(self._filled(part, measurement, tags, field) for part in self.parts)
        if not 1 <= len(key) <= MAX_KEY:
            raise UnfitTemplate(
                f"the sensor's key would have {len(key)} characters; 1 to {MAX_KEY} are allowed"
            )
        return key

    def _filled(
        self, part: tuple[str, str, str], measurement: str, tags: Mapping[str, str], field: str
    ) -> str:
        placeholder, tag, literal = part
        match placeholder:
            case "measurement":
                return measurement
            case "field":
                return field
            case "tags":
                own = {name for _, name, _ in self.parts}
                return "".join(f",{name}={tags[name]}" for name in sorted(tags) if name not in own)
            case _:
                return self._tag(tags, tag) if tag else literal

    def _tag(self, tags: Mapping[str, str], name: str) -> str:
        if name not in tags:
            raise UnfitTemplate(f"the project's template needs the tag {name}")
        return tags[name]
