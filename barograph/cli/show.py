"""How commands answer: a table for people, JSON or single fields for scripts."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from barograph.cli.api_client import CommandRefused

Item = Mapping[str, Any]
Answer = Item | Sequence[Item] | None
"""One thing, a list of them, or nothing to say."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How to answer."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="answer in JSON")
    form.add_argument("--field", metavar="NAME", help="answer with this field alone, a line for each item")


def show(answer: Answer, options: argparse.Namespace, columns: Sequence[str]) -> None:
    """Prints an answer; `columns` are those of a table.

    Raises:
        CommandRefused: there is no such field.
    """
    if options.json:
        sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    elif options.field is not None:
        items = [answer] if isinstance(answer, Mapping) else answer or []
        _write([_field(item, options.field) for item in items])
    elif isinstance(answer, Mapping):
        _write(table([[f"{name}:", _text(value)] for name, value in answer.items()]))
    elif answer is not None:
        rows = [[_text(item.get(name)) for name in columns] for item in answer]
        _write(table([[name.upper().replace("_", " ") for name in columns], *rows]))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns are as wide as what stands in them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _field(item: Item, name: str) -> str:
    if name not in item:
        raise CommandRefused(f"There is no field {name}; there are {', '.join(item)}.")
    return _text(item[name])


def _text(value: object) -> str:
    match value:
        case None | "" | []:
            return "-"
        case str():
            return value
        case list():
            return ",".join(map(_text, cast("list[object]", value)))
        case _:
            return json.dumps(value, ensure_ascii=False)


def _write(lines: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
