"""Patterns of topics, whose levels have names: `rigs/{rig}/+/{rest...}` is MQTT's `rigs/+/+/#`. Pure."""

import re
from collections.abc import Sequence

_NAMED = re.compile(r"\{([a-z_][a-z0-9_]*)(\.\.\.)?\}")
MAX_TOPIC_BYTES = 65_535
# MQTT's own: topics of the broker itself, which begin with a dollar sign, are no match for a wildcard.
_OF_BROKER = "$"
_RESERVED = {"topic", "field"}


class UnfitPattern(Exception):
    """A pattern of topics that MQTT has no filter for"""


class TopicPattern:
    """A pattern of topics that a subscription asks for, with the names of its levels.

    Attributes:
        filter: as MQTT has it.
        names: of the levels that have one.
    """

    def __init__(self, text: str) -> None:
        """Reads a pattern.

        Raises:
            UnfitPattern: says what is wrong.
        """
        self._levels = text.split("/")
        self._names: dict[int, str] = {}
        filters = [self._read_level(place, level) for place, level in enumerate(self._levels)]
        self.filter = "/".join(filters)
        self.names: Sequence[str] = list(self._names.values())
        if len(set(self.names)) < len(self.names):
            raise UnfitPattern(f"topic {text!r} names two levels alike")
        if not text or len(self.filter.encode()) > MAX_TOPIC_BYTES or "\0" in text:
            raise UnfitPattern("topic is empty, too long, or holds a zero")
        self._filters = filters

    def match(self, topic: str) -> dict[str, str] | None:
        """The named levels of the topic; None if the pattern is of others."""
        levels = topic.split("/")
        if topic.startswith(_OF_BROKER) and self._filters[0] in {"+", "#"}:
            return None
        is_open = self._filters[-1] == "#"
        fixed = self._filters[:-1] if is_open else self._filters
        if len(levels) < len(fixed) or (len(levels) > len(fixed) and not is_open):
            return None
        pairs = zip(fixed, levels, strict=False)
        if any(wanted not in {"+", level} for wanted, level in pairs):
            return None
        rest = len(self._filters) - 1 if is_open else -1
        return {
            name: "/".join(levels[place:]) if place == rest else levels[place]
            for place, name in self._names.items()
        }

    def covers(self, other: "TopicPattern") -> bool:
        """Whether each topic of the other one is of this one too."""
        wide, narrow = self._filters, other._filters
        if narrow[0].startswith(_OF_BROKER) and wide[0] in {"+", "#"}:
            return False
        is_open = wide[-1] == "#"
        fixed = wide[:-1] if is_open else wide
        if len(narrow) < len(fixed) or (len(narrow) > len(fixed) and not is_open):
            return False
        pairs = zip(fixed, narrow, strict=False)
        return all(wanted == level or (wanted == "+" and level != "#") for wanted, level in pairs)

    def _read_level(self, place: int, level: str) -> str:
        """The filter of one level."""
        is_last = place == len(self._levels) - 1
        named = _NAMED.fullmatch(level)
        if named is not None:
            name, is_rest = named.groups()
            if name in _RESERVED:
                raise UnfitPattern(f"{level} names a level as something else is named")
            self._names[place] = name
            level = "#" if is_rest else "+"
        if level == "#" and not is_last:
            raise UnfitPattern("`#` and `{name...}` stand for the rest, so they come last")
        if level not in {"#", "+"} and set(level) & set("#+{}"):
            raise UnfitPattern(f"{level!r} mixes a wildcard with text; a level is the one or the other")
        return level
