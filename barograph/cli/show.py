"""How commands answer: a table for people; JSON, CSV or single fields for scripts."""

import csv
import io
import json
import sys
from argparse import Namespace
from collections.abc import Container, Mapping, Sequence
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
        return _lines(table([[f"{name}:", _in_table(value)] for name, value in reply.answer.items()]))
    if reply.rows is None and reply.answer is None:
        return ""
    columns, rows = _columns(reply), rows_of(reply)
    numeric = {place for place, name in enumerate(columns) if _is_numeric([row.get(name) for row in rows])}
    heads = [name.upper().replace("_", " ") for name in columns]
    return _lines(table([heads, *([_in_table(row.get(name)) for name in columns] for row in rows)], numeric))


def rows_of(reply: Reply) -> Sequence[Item]:
    """The reply item by item."""
    if reply.rows is not None:
        return reply.rows
    return [reply.answer] if isinstance(reply.answer, Mapping) else reply.answer or []


def table(rows: Sequence[Sequence[str]], numeric: Container[int] = ()) -> list[str]:
    """Lines whose columns are as wide as what stands in them; numeric ones are aligned at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    justify = [str.rjust if place in numeric else str.ljust for place in range(len(widths))]
    return [
        "  ".join(just(cell, width) for just, cell, width in zip(justify, row, widths, strict=True)).rstrip()
        for row in rows
    ]


def text(value: object) -> str:
    """Formats a value for a cell of CSV, or as a field."""
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


def _in_table(value: object) -> str:
    """Formats a value as `text` does, but the validity of a version in words."""
    match value:
        case list() if value:
            return ",".join(map(_in_table, cast("list[object]", value)))
        case dict() if value.keys() == {"valid_from", "valid_to"}:
            return _period(**cast("dict[str, str | None]", value))
        case _:
            return text(value)


def _period(valid_from: str | None, valid_to: str | None) -> str:
    if valid_from is None:
        return "always" if valid_to is None else f"until {valid_to}"
    return f"from {valid_from}" if valid_to is None else f"{valid_from} to {valid_to}"


def _is_numeric(values: Sequence[object]) -> bool:
    """Whether it is a column of numbers, some of which may be missing."""
    present = [value for value in values if value is not None]
    return bool(present) and all(type(value) in (int, float) for value in present)


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
