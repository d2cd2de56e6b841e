"""Where the table of a CSV file is: behind a preamble, below its header and a row of units.

Rows of data look alike, column by column; what stands before the first of them does not. Pure.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")
_NOTHING = re.compile(r"\s*(|[-+]?(nan|inf|infinity)|n/?a|null|none|-+|\*+|#n/a)\s*", re.IGNORECASE)
_DIGIT_LED = re.compile(r"\s*[+-]?[.,]?\d")
_MAX_HEADER_ROWS = 5
Row = Sequence[str]


@dataclass(frozen=True)
class TablePlace:
    """The place of a table in a file.

    Attributes:
        comment: what lines begin with that are left out; "" if there are none behind the header.
        skip_lines: lines before the header, or before the first row where there is none.
        skip_after_header: lines between the header and the first row.
        units: what a row below the header says, by column; empty without one.
        data: the rows of data that were looked at.
    """

    comment: str = ""
    skip_lines: int = 0
    has_header: bool = True
    skip_after_header: int = 0
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    data: Sequence[Row] = ()


def find_table(rows: Sequence[Row], comment: str) -> TablePlace:
    """Where it is among the rows of all lines, blank ones and comments included."""
    is_said = [any(cell.strip() for cell in row) for row in rows]
    is_comment = [_is_comment(row, comment) for row in rows]
    said = [place for place in range(len(rows)) if is_said[place] and not is_comment[place]]
    first = _first_of_data([rows[place] for place in said])
    if first is None:
        return _without_data(rows, said, comment)
    data = [rows[place] for place in said[first:]]
    start = said[first]
    header = _header(rows, start, comment)
    if not header:
        return TablePlace(comment, start, has_header=False, data=data)
    names = rows[header[0]]
    is_in_comment = is_comment[header[0]]
    below = [place for place in header[1:] if not is_comment[place]]
    return TablePlace(
        comment="" if is_in_comment else comment,
        skip_lines=header[0],
        skip_after_header=len(below),
        units=_units(names, [rows[place] for place in below]),
        data=data,
    )


def _without_data(rows: Sequence[Row], said: Sequence[int], comment: str) -> TablePlace:
    """Texts alone: the first row holds the names."""
    if not said:
        return TablePlace(comment)
    has_header = not any(NUMBER.fullmatch(cell) for cell in rows[said[0]])
    data = [rows[place] for place in (said[1:] or said)]
    return TablePlace(comment, said[0], has_header=has_header, data=data)


def _first_of_data(rows: Sequence[Row]) -> int | None:
    """The first row that looks as most of the last ones do; None if these hold no numbers and no times."""
    kinds = [tuple(map(_kind, row)) for row in rows]
    later = kinds[len(kinds) // 2 :]
    usual = [
        max(set(column), key=lambda kind: (column.count(kind), kind == "digits"))
        for column in _columns(later)
    ]
    if "digits" not in usual:
        return None
    return next((place for place, each in enumerate(kinds) if _looks_like(each, usual)), None)


def _columns(kinds: Sequence[tuple[str, ...]]) -> list[list[str]]:
    """The columns of the rows of the usual width, without empty cells unless all are empty."""
    widths = Counter(map(len, kinds))
    (width, _), *_ = widths.most_common(1) or [(0, 0)]
    rows = [each for each in kinds if len(each) == width]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [[each for each in column if each != "nothing"] or ["nothing"] for column in columns]


def _looks_like(kinds: tuple[str, ...], usual: Sequence[str]) -> bool:
    return (
        len(kinds) == len(usual)
        and all(
            kind in {each, "nothing"} or each == "nothing" for kind, each in zip(kinds, usual, strict=True)
        )
        and "digits" in kinds
    )


def _kind(cell: str) -> str:
    if _NOTHING.fullmatch(cell):
        return "nothing"
    return "digits" if _DIGIT_LED.match(cell) else "text"


def _header(rows: Sequence[Row], start: int, comment: str) -> list[int]:
    """The rows directly above the data that are as wide, from the one with the names on."""
    width = len(rows[start])
    above: list[int] = []
    for place in range(start - 1, max(-1, start - 1 - _MAX_HEADER_ROWS), -1):
        # What channels are called may be numbers; of what stands above the names, only a preamble has them.
        if _width(rows[place], comment) != width or (above and any(map(NUMBER.fullmatch, rows[place]))):
            break
        above.insert(0, place)
    said = [place for place in above if not _is_comment(rows[place], comment)]
    above = said or above[-1:] or _narrower(rows, start, comment)
    if not above:
        return []
    names = max(above, key=lambda place: (len({cell for cell in rows[place] if cell.strip()}), -place))
    return above[above.index(names) :]


def _narrower(rows: Sequence[Row], start: int, comment: str) -> list[int]:
    """Names that are fewer than the columns, or more: whoever reads on refuses that in words."""
    row: Row = rows[start - 1] if start else ()
    is_names = len(row) > 1 and not any(map(NUMBER.fullmatch, row)) and not _is_comment(row, comment)
    return [start - 1] if is_names else []


def _is_comment(row: Row, comment: str) -> bool:
    return bool(comment) and bool(row) and row[0].lstrip().startswith(comment)


def _width(row: Row, comment: str) -> int:
    """The width of a comment, without its mark where that stands by itself."""
    return len(row) - (bool(comment) and bool(row) and row[0] == comment)


def _units(names: Row, below: Sequence[Row]) -> dict[str, str]:
    for row in below:
        if any(cell.strip() for cell in row):
            return {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
    return {}
