"""How a file is read, where it may be read in several ways: what the options say decides."""

import json
import shlex
from argparse import Namespace
from typing import Any

from barograph.cli.verb import CommandRefused, Item

ELAPSED = ("elapsed_s", "elapsed_ms", "elapsed_us", "elapsed_ns")
FORMATS = ("rfc3339", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", *ELAPSED, "excel", "typed")
MARKS = {
    "comma": {"decimal_comma": True, "thousands": "."},
    "point": {"decimal_comma": False, "thousands": ","},
}


class Undecided(CommandRefused):
    """The file may be read in several ways, and no option says which."""

    def __init__(self, shown: Item) -> None:
        questions = "; ".join(shown["questions"])
        super().__init__(
            f"The file does not say how it is read: {questions}. {_options(shown['candidates'])}"
        )
        self.shown = shown


def choose(shown: Item, options: Namespace) -> dict[str, Any]:
    """The one of a preview's ways that the options leave.

    Raises:
        CommandRefused: there is none.
        Undecided: there are several, or one that is not certain.
    """
    if not shown["candidates"]:
        raise CommandRefused("Nothing suggests itself for how to read the file: say so with --how.")
    ways = [
        {**way, "time": {**way["time"], **time_changes(options)}} | csv_changes(way, options)
        for way in shown["candidates"]
    ]
    different = {json.dumps(way, sort_keys=True): way for way in ways}
    is_told = options.time or options.start
    if len(different) > 1 or (len(shown["candidates"]) == 1 and shown["questions"] and not is_told):
        raise Undecided(shown)
    return next(iter(different.values()))


def time_changes(options: Namespace) -> dict[str, Any]:
    """The mapping's changes by options about the column of times."""
    changes: dict[str, Any] = {}
    if options.time:
        is_pattern = options.time not in FORMATS
        changes = {"format": "pattern", "pattern": options.time} if is_pattern else {"format": options.time}
        changes = {"pattern": None, **changes}
    if options.start:
        changes["start"] = options.start
    if options.zone:
        changes["zone"] = options.zone
    if options.repeated:
        changes["repeated"] = options.repeated
    return changes


def csv_changes(how: dict[str, Any], options: Namespace) -> dict[str, Any]:
    """The mapping's changes by options about numbers."""
    return {"csv": {**(how.get("csv") or {}), **MARKS[options.decimal]}} if options.decimal else {}


def _options(ways: list[dict[str, Any]]) -> str:
    times = dict.fromkeys(way["time"]["pattern"] or way["time"]["format"] for way in ways)
    marks = dict.fromkeys("comma" if way["csv"]["decimal_comma"] else "point" for way in ways if way["csv"])
    if set(times) <= set(ELAPSED):
        return "Say so with --start TIME, in RFC 3339 with an offset."
    said = [f"--time {' or '.join(map(shlex.quote, times))}"]
    said += [f"--decimal {' or '.join(marks)}"] if len(marks) > 1 else []
    return f"Say so with {' and '.join(said)}."
