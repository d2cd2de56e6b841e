"""How commands answer: a table for people; JSON, CSV or single fields for scripts."""

import csv
import io
import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import cast

from barograph.cli.verb import CommandRefused, Item, Reply, argument

FORMS = (
    argument("--json", action="store_true", help="answer in JSON"),
    argument("--csv", action="store_true", help="answer in CSV, with a line of names"),
    argument("--field", metavar="NAME", help="answer with this field alone, a line for each item"),
)
"""Only one of them at once."""


def show(reply: Reply, options: Namespace) -> int:
    """Prints a reply; its exit code.

    Raises:
        CommandRefused: there is no such field.
    """
    if not reply.is_said:
        sys.stdout.write(said(reply, options))
        sys.stdout.flush()
    sys.stderr.writelines(f"{remark}\n" for remark in reply.remarks)
    return reply.code


def said(reply: Reply, options: Namespace) -> str:
    """The reply in the form that was asked for."""
    if options.json:
        return json.dumps(reply.answer, indent=2, ensure_ascii=False) + "\n"
    if options.field is not None:
        return _lines([_field(item, options.field) for item in rows_of(reply)])
    if options.csv:
        return _csv(rows_of(reply), _columns(reply))
    if reply.text is not None:
        return _lines([reply.text.rstrip("\n")]) if reply.text else ""
    if reply.rows is None and isinstance(reply.answer, Mapping):
        return _lines(table([[f"{name}:", text(value)] for name, value in reply.answer.items()]))
    if reply.rows is None and reply.answer is None:
        return ""
    rows = [[text(item.get(name)) for name in _columns(reply)] for item in rows_of(reply)]
    return _lines(table([[name.upper().replace("_", " ") for name in _columns(reply)], *rows]))


def rows_of(reply: Reply) -> Sequence[Item]:
    """What is said, item by item."""
    if reply.rows is not None:
        return reply.rows
    return [reply.answer] if isinstance(reply.answer, Mapping) else reply.answer or []


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns are as wide as what stands in them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def text(value: object) -> str:
    """As it stands in a table."""
    match value:
        case None | "" | []:
            return "-"
        case str():
            return value
        case list():
            return ",".join(map(text, cast("list[object]", value)))
        case float():
            return repr(float(f"{value:.12g}"))
        case _:
            return json.dumps(value, ensure_ascii=False)


def _columns(reply: Reply) -> Sequence[str]:
    is_one = reply.rows is None and isinstance(reply.answer, Mapping)
    return list(cast("Item", reply.answer)) if is_one else reply.columns


def _csv(rows: Sequence[Item], columns: Sequence[str]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(item.get(name)) for name in columns] for item in rows)
    return file.getvalue()


def _cell(value: object) -> object:
    """Numbers with all their digits; nothing where there is nothing."""
    return value if value is None or isinstance(value, str | float) else text(value)


def _field(item: Item, name: str) -> str:
    if name not in item:
        raise CommandRefused(f"There is no field {name}; there are {', '.join(item)}.")
    value = item[name]
    return repr(value) if isinstance(value, float) else text(value)


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
