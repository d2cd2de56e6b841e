"""Reading a profile's JSON: every fault is noted with its JSON pointer, and all are raised together.

A kind reads its fields, calls `close`, and from there on works with sound values:

    slope = fields.number("slope")
    fields.close()
"""

import math
from collections.abc import Callable, Sequence
from copy import copy
from typing import cast

from conversion.errors import InvalidProfile
from conversion.profile import CompiledProfile

MAX_ERRORS = 50
MAX_TEXT = 200
MAX_DEPTH = 8

_ABSENT = object()
_STAND_IN = 1.0  # where 0 would be a second fault
_STAND_INS = (0.0, 1.0)  # where two equal numbers would be


class Fields:
    """One JSON object being read. Faults gather in `errors`, shared by the objects inside it.

    A faulty or missing field reads as a stand-in, and `close` raises before it can do harm.
    """

    def __init__(self, value: object, compile_fields: "CompileFields") -> None:
        self._pointer = ""
        self._errors: list[tuple[str, str]] = []
        self._compile_fields = compile_fields
        self._unread = self._members(value)
        self.depth = 0
        """How many profiles lie around the one that is being read."""

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and has not been read."""
        return name in self._unread

    @property
    def unread(self) -> tuple[str, ...]:
        """The names of the fields that have not been read, for objects whose names are data."""
        return tuple(self._unread)

    def is_object(self, name: str) -> bool:
        """Whether the field, not yet read, holds an object."""
        return isinstance(self._unread.get(name), dict)

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number; required without a default."""
        value = self._take(name, is_required=default is None)
        if value is _ABSENT:
            return _STAND_IN if default is None else default
        return self._number(value, name)

    def positive(self, name: str, default: float | None = None) -> float:
        """A finite number above 0; required without a default."""
        value = self.number(name, default)
        if value <= 0.0:
            self.note(name, "must be above 0")
            return _STAND_IN
        return value

    def optional_number(self, name: str) -> float | None:
        """A finite number, or None when absent."""
        value = self._take(name)
        return None if value is _ABSENT else self._number(value, name)

    def integer(self, name: str, lo: int, hi: int, default: int | None = None) -> int:
        """A whole number from `lo` to `hi`; required without a default."""
        value = self._take(name, is_required=default is None)
        if value is _ABSENT:
            return lo if default is None else default
        number = self._number(value, name)
        if not (number.is_integer() and lo <= number <= hi):
            self.note(name, f"must be a whole number from {lo} to {hi}")
            return lo
        return int(number)

    def truth(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(name)
        if value is not _ABSENT and not isinstance(value, bool):
            self.note(name, "must be true or false")
        return value if isinstance(value, bool) else default

    def numbers(self, name: str, at_least: int, at_most: int) -> tuple[float, ...]:
        """A list of finite numbers; required."""
        items = self._items(name, at_least, at_most)
        return tuple(self._number(item, f"{name}/{i}") for i, item in enumerate(items))

    def pair(self, name: str) -> tuple[float, float]:
        """A list of two numbers; required."""
        value = self._take(name, is_required=True)
        return _STAND_INS if value is _ABSENT else self._pair(value, name)

    def pairs(self, name: str, at_least: int, at_most: int) -> list[tuple[float, float]]:
        """A list of two-number lists; required."""
        items = self._items(name, at_least, at_most)
        return [self._pair(item, f"{name}/{i}") for i, item in enumerate(items)]

    def rows(self, name: str, at_least: int, at_most: int) -> list[tuple[float, ...]]:
        """A list of lists of numbers; required."""
        return [
            tuple(
                self._number(item, f"{name}/{i}/{j}") for j, item in enumerate(self._list(row, f"{name}/{i}"))
            )
            for i, row in enumerate(self._items(name, at_least, at_most))
        ]

    def choice(self, name: str, options: Sequence[str]) -> str:
        """One of a few words; required."""
        return self._choice(self._take(name, is_required=True), name, options) or options[0]

    def optional_choice(self, name: str, options: Sequence[str]) -> str | None:
        """One of a few words, or None when absent."""
        return self._choice(self._take(name), name, options)

    def text(self, name: str, at_most: int = MAX_TEXT) -> str | None:
        """A short printable text, or None when absent."""
        value = self._take(name)
        if value is _ABSENT:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= at_most or not value.isprintable():
            self.note(name, f"must be a text of 1 to {at_most} printable characters")
            return None
        return value

    def required_text(self, name: str, at_most: int = MAX_TEXT) -> str:
        """A short printable text; required."""
        if name not in self:
            self.note(name, "is required")
        return self.text(name, at_most) or ""

    def inner(self, name: str) -> "Fields":
        """An object inside this one; it reads as empty when absent. `end` it after its last field."""
        value = self._take(name)
        return self._inside({} if value is _ABSENT else value, _escape(name))

    def each(self, name: str, at_least: int, at_most: int) -> list["Fields"]:
        """A list of objects; required. `end` each after its last field."""
        items = self._items(name, at_least, at_most)
        return [self._inside(item, f"{name}/{i}") for i, item in enumerate(items)]

    def profile(self, name: str) -> CompiledProfile:
        """A whole profile, an object of kind and payload; required. Raises `InvalidProfile`."""
        if name not in self:
            self.note(name, "is required")
        return self._compile_inner(self.inner(name))

    def profiles(self, name: str, at_least: int, at_most: int) -> list[CompiledProfile]:
        """A list of whole profiles; required. Raises `InvalidProfile`."""
        return [self._compile_inner(each) for each in self.each(name, at_least, at_most)]

    def note(self, path: str, detail: str) -> None:
        """Note a fault at `path`, relative to this object, for `close` to raise; one a place will do."""
        place = f"{self._pointer}/{path}"
        if all(known != place for known, _ in self._errors):
            self._errors.append((place, detail))
        if len(self._errors) >= MAX_ERRORS:
            raise InvalidProfile(self._errors)

    def end(self) -> None:
        """Note the fields that nobody read."""
        for name in self._unread:
            self.note(_escape(name), "unknown field")

    def close(self) -> None:
        """End this object and raise `InvalidProfile` if there was any fault, also in its inner objects."""
        self.end()
        if self._errors:
            raise InvalidProfile(self._errors)

    def _compile_inner(self, document: "Fields") -> CompiledProfile:
        document.depth += 1
        if document.depth > MAX_DEPTH:
            document.note("kind", f"lies within more than {MAX_DEPTH} other profiles")
            raise InvalidProfile(self._errors)
        return self._compile_fields(document)

    def _inside(self, value: object, path: str) -> "Fields":
        fields = copy(self)
        fields._pointer = f"{self._pointer}/{path}"
        fields._unread = fields._members(value)
        return fields

    def _members(self, value: object) -> dict[str, object]:
        if isinstance(value, dict):
            return {str(name): item for name, item in cast("dict[object, object]", value).items()}
        self._errors.append((self._pointer, "must be an object"))
        return {}

    def _take(self, name: str, *, is_required: bool = False) -> object:
        if is_required and name not in self._unread:
            self.note(name, "is required")
        return self._unread.pop(name, _ABSENT)

    def _number(self, value: object, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note(path, "must be a number")
            return _STAND_IN
        number = _as_double(value)
        if not math.isfinite(number):
            self.note(path, "must be a finite double")
            return _STAND_IN
        return number

    def _items(self, name: str, at_least: int, at_most: int) -> list[object]:
        value = self._take(name, is_required=True)
        if value is _ABSENT:
            return []
        items = self._list(value, name)
        if not at_least <= len(items) <= at_most:
            self.note(name, f"must hold {at_least} to {at_most} items")
            return []
        return items

    def _list(self, value: object, path: str) -> list[object]:
        if not isinstance(value, list):
            self.note(path, "must be a list")
            return []
        return cast("list[object]", value)

    def _choice(self, value: object, name: str, options: Sequence[str]) -> str | None:
        if isinstance(value, str) and value in options:
            return value
        if value is not _ABSENT:
            self.note(name, "must be one of " + ", ".join(options))
        return None

    def _pair(self, value: object, path: str) -> tuple[float, float]:
        items = cast("list[object]", value) if isinstance(value, list) else []
        if len(items) != 2:
            self.note(path, "must be a list of two numbers")
            return _STAND_INS
        return self._number(items[0], f"{path}/0"), self._number(items[1], f"{path}/1")


CompileFields = Callable[[Fields], CompiledProfile]
"""Compiles an object of kind and payload."""


def _as_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond the doubles
        return math.inf


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
