"""Properties of NI-DAQmx scales and channels, whichever way they are spelled.

`Scale.Lin.YIntercept` in an .ini file, `Lin.YIntercept` in LabVIEW and `lin_y_intercept` in Python name one
property, and `Map Ranges`, `MAP_RANGES` and 10448 are one value.

    [DAQmxScale Load cell]
    Scale.Type = Linear
    Scale.Lin.Slope = 49.03
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import cast

from conversion.errors import ImportRefused
from conversion.importers.ni.ini import read_sections
from conversion.importers.rule import number

MAX_CHARACTERS = 2**20

Options = Mapping[str, Sequence[str]]
"""What a value may mean, and its spellings: lower case letters and digits, or DAQmx's number."""

_SECTION = re.compile(r"(DAQmxScale|DAQmxChannel)\s+(.+)")


class Properties:
    """One scale's or channel's properties, by name."""

    def __init__(self, rule: str, properties: Mapping[str, object]) -> None:
        self.rule = rule
        self._values = {_plain(name): _value(value) for name, value in properties.items()}

    def __contains__(self, name: str) -> bool:
        """Whether the property is there, and not empty."""
        return self._values.get(_plain(name)) not in ("", None)

    def number(self, name: str, default: float | None = None) -> float:
        """A number; required without a default."""
        if name not in self and default is not None:
            return default
        return number(f"{self.rule} {name}", str(self._required(name)))

    def numbers(self, name: str) -> list[float]:
        """A list of numbers, or their text with commas, semicolons or spaces between them."""
        value = self._required(name)
        is_list = isinstance(value, list | tuple)
        items = cast("list[object]", value) if is_list else re.split(r"[,;\s]+", str(value).strip("[] "))
        return [number(f"{self.rule} {name}", str(item)) for item in items]

    def choice(self, name: str, options: Options) -> str:
        """The option that has the value among its spellings."""
        value = _plain(str(self._required(name)))
        found = next((option for option, spellings in options.items() if value in spellings), None)
        if found is None:
            raise ImportRefused(self.rule, f"{name} {self._required(name)} has no equivalent")
        return found

    def text(self, name: str) -> str:
        """A text; empty if the property is not there."""
        return str(self._required(name)) if name in self else ""

    def _required(self, name: str) -> object:
        if name not in self:
            raise ImportRefused(self.rule, f"has no {name}")
        return self._values[_plain(name)]


def read(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """The scales and channels of an .ini file that NI MAX exported: properties by (type, name).

    The types are DAQmxScale and DAQmxChannel.

    Raises:
        ImportRefused: the text is no such file, or longer than 1 Mi characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused("DAQmx .ini", f"is longer than {MAX_CHARACTERS:,} characters")
    sections = read_sections(text)
    found = {_SECTION.fullmatch(title): title for title in sections}
    return {(match[1], match[2]): dict(sections[title]) for match, title in found.items() if match}


def _plain(name: str) -> str:
    """Letters and digits alone, in lower case, without the prefix that some spellings of a scale's have."""
    return re.sub(r"[\W_]+", "", name.lower().removeprefix("scale."))


def _value(value: object) -> object:
    return value.name if isinstance(value, Enum) else value
