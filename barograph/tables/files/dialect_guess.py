"""Guesses the dialect of a CSV file from its beginning.

Why: decision 160.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from barograph.tables.files.dialect import (
    DELIMITERS,
    MAX_LINE_BYTES,
    OWN_COMMENTS,
    SAMPLE_BYTES,
    UTF_16,
    Delimiter,
    Dialect,
    Encoding,
    Thousands,
    decoded,
)
from barograph.tables.files.table_place import NUMBER, TablePlace, find_table

_LINES = 400
_MAX_SKIPPED = 1000
_COMMENT = b"# "
_COMMENT_MARKS = ("#", "%", "//", "!")
# The csv module takes no field of more than 131,072 characters.
_CHARACTERS = 100_000
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_ONE_POINT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3})+\.\d*|(,\d{3}){2,})")
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3})+,\d*|(\.\d{3}){2,})")


def guess_dialects(path: Path) -> list[tuple[Dialect, TablePlace]]:
    """The dialect that the file's beginning suggests, and where the table is in it.

    There are two if its numbers leave open what a comma means.
    """
    with path.open("rb") as file:
        passed = _pass_own_comments(file)
        sample = file.read(SAMPLE_BYTES)
    encoding = _encoding(sample)
    lines = decoded(sample, encoding).splitlines()
    if len(sample) == SAMPLE_BYTES:  # the last one is broken off
        lines = lines[:-1] or lines
    lines = [line[:_CHARACTERS] for line in lines[:_LINES]]
    comment = _comment_of(lines)
    said = [line for line in lines if line.strip() and not (comment and line.startswith(comment))]
    delimiter = _delimiter_of(said or lines)
    place = find_table([_cells(line, delimiter) for line in lines], comment)
    cells = [cell for row in place.data for cell in row]
    return [
        (
            Dialect(
                encoding=encoding,
                delimiter=delimiter,
                decimal_comma=mark == ",",
                thousands=group,
                comment=place.comment,
                has_header=place.has_header,
                skip_lines=passed + place.skip_lines,
                skip_after_header=place.skip_after_header,
            ),
            place,
        )
        for mark, group in _marks(cells, delimiter)
    ]


def _delimiter_of(lines: Sequence[str]) -> Delimiter:
    """The delimiter that cuts most lines into the same number of fields; blanks if nothing else cuts them."""
    best = max(DELIMITERS, key=lambda each: _agreement(lines, each))
    if _agreement(lines, best)[0] == 0 and _agreement(lines, " ")[0]:
        return " "
    return best


def _cells(line: str, delimiter: Delimiter) -> list[str]:
    if delimiter == " ":
        return line.split()
    return [cell for row in csv.reader([line], delimiter=delimiter) for cell in row]


def _comment_of(lines: Sequence[str]) -> str:
    """The mark that the first line begins with, if others don't; else none."""
    first = next((line for line in lines if line.strip()), "")
    mark = next((each for each in _COMMENT_MARKS if first.startswith(each)), "")
    return "" if mark and all(line.startswith(mark) for line in lines if line.strip()) else mark


def _pass_own_comments(file: IO[bytes]) -> int:
    """Goes behind the lines in which an export of ours says what it holds; how many there are."""
    start, count, mark = 0, 0, OWN_COMMENTS
    while count < _MAX_SKIPPED and file.readline(MAX_LINE_BYTES).startswith(mark):
        start, count, mark = file.tell(), count + 1, _COMMENT
    file.seek(start)
    return count


def _marks(cells: Sequence[str], delimiter: Delimiter) -> list[tuple[str, Thousands]]:
    """The decimal mark and the mark between thousands that numbers show, and both ways if they don't."""
    commas = [cell for cell in cells if "," in cell]
    points = [cell for cell in cells if "." in cell]
    if any(_COMMA_GROUPS.fullmatch(cell) for cell in commas):
        return [(".", ",")]
    if any(_POINT_GROUPS.fullmatch(cell) for cell in points):
        return [(",", ".")]
    numbers = [cell for cell in commas if _WITH_COMMA.fullmatch(cell)]
    if numbers and all(_ONE_GROUP.fullmatch(cell) for cell in numbers):
        return [(",", ""), (".", ",")]
    if numbers:
        return [(",", "")]
    numbers = [cell for cell in points if NUMBER.fullmatch(cell)]
    # Who separates columns by commas has a decimal point.
    is_open = delimiter != "," and numbers and all(_ONE_POINT_GROUP.fullmatch(cell) for cell in numbers)
    return [(".", ""), (",", ".")] if is_open else [(".", "")]


def _encoding(sample: bytes) -> Encoding:
    if sample.startswith(UTF_16):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=False)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _agreement(lines: Sequence[str], delimiter: Delimiter) -> tuple[int, int]:
    """How many lines have the commonest number of fields, above one, and that number."""
    widths = Counter(len(_cells(line, delimiter)) for line in lines)
    (width, count), *_ = widths.most_common(1) or [(1, 0)]
    return (count, width) if width > 1 else (0, 0)
