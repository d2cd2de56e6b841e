"""The dialect of a CSV file: encoding, delimiter, decimal comma, header."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from barograph.errors import Invalid

Encoding = Literal["utf-8", "utf-16", "latin-1"]
Delimiter = Literal[",", ";", "\t", "|"]
Thousands = Literal["", ".", ","]
DELIMITERS: tuple[Delimiter, ...] = (",", ";", "\t", "|")
SAMPLE_BYTES = 2**18
MAX_LINE_BYTES = 2**20
_BEGINNING_BYTES = 2**24
_LINES = 50
OWN_COMMENTS = b"# barograph "
"""What exports of ours begin with."""
_COMMENT = b"# "
_MOST_SKIPPED = 1000
_CHARACTERS = 100_000
_LONG_LINE = f"a line is longer than {MAX_LINE_BYTES:,} bytes: this is no CSV file"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_ONE_POINT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3})+\.\d*|(,\d{3}){2,})")
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3})+,\d*|(\.\d{3}){2,})")


class Dialect(BaseModel):
    """How a CSV file is written."""

    model_config = ConfigDict(extra="forbid")

    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","
    decimal_comma: bool = Field(default=False, description="Whether 1,5 is one and a half")
    thousands: Thousands = Field(
        default="",
        description="What groups thousands, in 1.234 under a decimal comma or 1,234 under a point. Unless it "
        "is said, only numbers that show it are read, such as 1.234,5",
    )
    has_header: bool = Field(default=True, description="Without one, columns are column_1, column_2, …")
    skip_lines: int = Field(default=0, ge=0, le=1000, description="Lines before the header, or the first row")
    skip_after_header: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Lines between the header and the first row, such as one of units",
    )

    @model_validator(mode="after")
    def _has_two_marks(self) -> Self:
        if self.thousands == ("," if self.decimal_comma else "."):
            raise ValueError("the mark between thousands can't be the decimal mark")
        return self


def guess(path: Path) -> list[Dialect]:
    """The dialect that the file's beginning suggests; two if its numbers leave open what a comma means."""
    with path.open("rb") as file:
        comments = _pass_comments(file)
        sample = file.read(SAMPLE_BYTES)
    encoding = _encoding(sample)
    lines = _decoded(sample, encoding).splitlines()
    if len(sample) == SAMPLE_BYTES:  # the last one is broken off
        lines = lines[:-1] or lines
    # The csv module takes no field of more than 131,072 characters.
    lines = [line[:_CHARACTERS] for line in lines[:_LINES] if line.strip()]
    delimiter = max(DELIMITERS, key=lambda each: _agreement(lines, each))
    rows = list(csv.reader(lines, delimiter=delimiter))
    cells = [cell.strip() for row in rows[1:] or rows for cell in row]
    has_header = not any(_NUMBER.fullmatch(cell) for cell in rows[0]) if rows else True
    return [
        Dialect(
            encoding=encoding,
            delimiter=delimiter,
            decimal_comma=mark == ",",
            thousands=group,
            has_header=has_header,
            skip_lines=comments,
        )
        for mark, group in _marks(cells, delimiter)
    ]


def _pass_comments(file: IO[bytes]) -> int:
    """Goes behind the lines in which an export of ours says what it holds; how many there are."""
    start, count, mark = 0, 0, OWN_COMMENTS
    while count < _MOST_SKIPPED and file.readline(MAX_LINE_BYTES).startswith(mark):
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
    numbers = [cell for cell in points if _NUMBER.fullmatch(cell)]
    # Who separates columns by commas has a decimal point.
    is_open = delimiter != "," and numbers and all(_ONE_POINT_GROUP.fullmatch(cell) for cell in numbers)
    return [(".", ""), (",", ".")] if is_open else [(".", "")]


def check_lines(file: IO[bytes]) -> None:
    """Refuses a file with a line that nobody would write.

    Raises:
        Invalid: a line is longer than 1 MiB.
    """
    while block := file.read(MAX_LINE_BYTES):
        if len(block) == MAX_LINE_BYTES and b"\n" not in block:
            raise Invalid(_LONG_LINE)


def beginning(path: Path, dialect: Dialect) -> bytes:
    """The first lines of a file, 16 MiB at most, in UTF-8.

    Raises:
        Invalid: one of them is longer than 1 MiB.
    """
    with path.open("rb") as file:
        sample = file.read(_BEGINNING_BYTES)
        is_whole = not file.read(1)
    check_lines(io.BytesIO(sample))
    text = _decoded(sample, dialect.encoding)
    return (text if is_whole else text[: text.rfind("\n") + 1]).encode()


def in_utf_8(path: Path, dialect: Dialect) -> Path:
    """The file itself, or one beside it with the same text in UTF-8, written at the first call.

    Raises:
        Invalid: the text is not in the encoding it is said to be in.
    """
    if dialect.encoding == "utf-8":
        return path
    copy = path.with_suffix(".utf8")
    if not copy.exists():
        unfinished = path.with_suffix(".unfinished")
        try:
            _transcode(path, dialect.encoding, unfinished)
        except UnicodeError as error:
            raise Invalid(f"the file is not in {dialect.encoding}: {error}") from None
        unfinished.replace(copy)
    return copy


def _transcode(path: Path, encoding: Encoding, to: Path) -> None:
    with (
        path.open(encoding=encoding, newline="") as source,
        to.open("w", encoding="utf-8", newline="") as target,
    ):
        while text := source.read(2**20):
            target.write(text)


def _encoding(sample: bytes) -> Encoding:
    if sample.startswith(_UTF_16):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=False)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _decoded(sample: bytes, encoding: Encoding) -> str:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return decoder.decode(sample).removeprefix("\ufeff")


def _agreement(lines: Sequence[str], delimiter: Delimiter) -> tuple[int, int]:
    """How many lines have the commonest number of fields, above one, and that number."""
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    (width, count), *_ = widths.most_common(1) or [(1, 0)]
    return (count, width) if width > 1 else (0, 0)
