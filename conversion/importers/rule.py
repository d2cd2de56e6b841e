"""A foreign rule's name and the profile made of it: the one place where importers hand out profiles."""

import math
from collections.abc import Mapping
from typing import TypedDict

from conversion.compile import compile_profile
from conversion.errors import ImportRefused, InvalidProfile
from conversion.payload.fields import MAX_TEXT


class PlainProfile(TypedDict):
    """A profile as JSON has it."""

    kind: str
    payload: dict[str, object]


def profile(rule: str, kind: str, payload: Mapping[str, object]) -> PlainProfile:
    """The profile, if it compiles.

    Raises:
        ImportRefused: the rule's numbers make no valid payload: a table that does not rise, for one.
    """
    made = PlainProfile(kind=kind, payload=dict(payload))
    try:
        compile_profile(made)
    except InvalidProfile as error:
        raise ImportRefused(rule, f"as {kind}: {error}") from error
    return made


def printable(text: str, at_most: int = MAX_TEXT) -> str:
    """The text as payloads allow it: one line of printable characters, cut where it is longer."""
    cleaned = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(cleaned.split())[:at_most]


def unit_field(text: str, name: str = "output_unit") -> dict[str, str]:
    """A unit as a field of a payload; nothing if it has no characters, or more than a unit may have.

    Whatever the unit is called, the rule can be saved: a unit that nobody knows is a label.
    """
    cleaned = printable(text, MAX_TEXT + 1)
    return {name: cleaned} if 0 < len(cleaned) <= MAX_TEXT else {}


def number(rule: str, text: str) -> float:
    """A finite number, decimal or 0x….

    Raises:
        ImportRefused: the text is none.
    """
    try:
        value = float(int(text, 16)) if text.lower().startswith(("0x", "-0x")) else float(text)
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise ImportRefused(rule, f"{text!r} is no finite number")
    return value
