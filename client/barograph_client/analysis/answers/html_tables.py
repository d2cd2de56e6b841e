"""Items as small tables of HTML. All text is escaped: names and notes are written by anybody."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

SHOWN_ROWS = 20
MAX_TEXT = 200
_STYLE = (
    "border-collapse:collapse;font:13px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;"
    "color:inherit;background:transparent"
)
_CELL = "text-align:left;padding:2px 12px 2px 0;border-bottom:1px solid #8884;vertical-align:top"
_QUIET = ("id", "version", "created_at", "updated_at", "project_id", "created_by")


def details(title: str, fields: Mapping[str, Any]) -> str:
    """Field by field; those that identify it come last, empty ones are left out."""
    names = [*(name for name in fields if name not in _QUIET), "id", "created_at"]
    rows = [(name, fields[name]) for name in names if fields.get(name) not in (None, "", [], {})]
    body = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:600">{escape(name)}</th>'
        f'<td style="{_CELL}">{_cell(value)}</td></tr>'
        for name, value in rows
    )
    return f'<table style="{_STYLE}"><caption style="text-align:left">{escape(title)}</caption>{body}</table>'


def listing(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], more: str) -> str:
    """A row for each item; `more` stands below."""
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in columns)
    body = "".join(
        f"<tr>{''.join(f'<td style={_quoted(_CELL)}>{_cell(row.get(name))}</td>' for name in columns)}</tr>"
        for row in rows
    )
    return (
        f'<table style="{_STYLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{escape(more)}'
    )


def _quoted(text: str) -> str:
    return f'"{text}"'


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case float():
            text = f"{value:.6g}"
        case str():
            text = value
        case list() if all(isinstance(each, str) for each in value):  # pyright: ignore[reportUnknownVariableType]
            text = ", ".join(value)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
    return escape(text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…")
