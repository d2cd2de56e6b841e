"""Templates of sensors' keys: `{rig}/{name}.{field}`. Pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from string import Formatter

# A placeholder that is empty takes the separator before it along.
_SEPARATORS = "/.:_-"


class UnfitKeyTemplate(Exception):
    """A template of keys that can't be filled in"""


class KeyTemplate:
    """How a key is made of the names that a message gives."""

    def __init__(self, text: str) -> None:
        """Reads a template.

        Raises:
            UnfitKeyTemplate: says what is wrong.
        """
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            raise UnfitKeyTemplate(f"sensor {text!r}: {error}") from None
        if any(spec or conversion or name == "" for _, name, spec, conversion in parts):
            raise UnfitKeyTemplate(f"sensor {text!r}: a placeholder is a name in braces")
        self._parts = [(literal, name) for literal, name, _, _ in parts]
        self.names = {name for _, name in self._parts if name is not None}

    def check(self, known: AbstractSet[str]) -> None:
        """Refuses placeholders that nothing fills in.

        Raises:
            UnfitKeyTemplate: names them, and those that there are.
        """
        if unknown := self.names - known:
            there_are = ", ".join(f"{{{name}}}" for name in sorted(known))
            raise UnfitKeyTemplate(
                f"sensor has {{{min(unknown)}}}, which nothing gives. There are {there_are}"
            )
        if not self.names:
            raise UnfitKeyTemplate("sensor has no placeholder, so all topics would be one sensor")

    def key(self, values: Mapping[str, str]) -> str:
        """The key. One that is too long for a sensor is refused by the server, as any other unknown one."""
        text = ""
        for literal, name in self._parts:
            text += literal
            if name is None:
                continue
            value = values[name]
            if value:
                text += value
            elif text and text[-1] in _SEPARATORS:
                text = text[:-1]
        return text
