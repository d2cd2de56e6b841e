"""The dialect of a CSV file: encoding, delimiter, decimal comma, where the table begins."""

import codecs
import io
import re
from pathlib import Path
from typing import IO, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from barograph.errors import Invalid

Encoding = Literal["utf-8", "utf-16", "latin-1"]
Delimiter = Literal[",", ";", "\t", "|", " "]
Thousands = Literal["", ".", ","]
DELIMITERS: tuple[Delimiter, ...] = (",", ";", "\t", "|")
"""Those of one character; where a line has none of them, runs of blanks and tabs may be the one."""
SAMPLE_BYTES = 2**18
MAX_LINE_BYTES = 2**20
_BEGINNING_BYTES = 2**24
OWN_COMMENTS = b"# barograph "
"""What exports of ours begin with."""
_LONG_LINE = f"a line is longer than {MAX_LINE_BYTES:,} bytes: this is no CSV file"
_BLOCK_CHARACTERS = 2**20
_COMMENT_MARK = re.compile(r"^([#%;]+)[ \t]+")
_BLANKS = re.compile(r"[ \t]+")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Dialect(BaseModel):
    """How a CSV file is written."""

    model_config = ConfigDict(extra="forbid")

    encoding: Encoding = "utf-8"
    delimiter: Delimiter = Field(default=",", description="A blank stands for runs of blanks and tabs")
    comment: str = Field(
        default="",
        max_length=10,
        pattern=r"^[^\s\x00]*$",
        description="What lines begin with that are left out",
        examples=["#"],
    )
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
    text = decoded(sample, dialect.encoding)
    text = text if is_whole else text[: text.rfind("\n") + 1]
    return (_in_tabs(text) if dialect.delimiter == " " else text).encode()


def in_plain_utf_8(path: Path, dialect: Dialect) -> Path:
    """The file itself, or one beside it with the same table in UTF-8, its columns separated by one character.

    It is written at the first call.

    Raises:
        Invalid: the text is not in the encoding it is said to be in.
    """
    if dialect.encoding == "utf-8" and dialect.delimiter != " ":
        return path
    copy = path.with_suffix(".plain")
    if not copy.exists():
        unfinished = path.with_suffix(".unfinished")
        try:
            _copy_plain(path, dialect, unfinished)
        except UnicodeError as error:
            raise Invalid(f"the file is not in {dialect.encoding}: {error}") from None
        unfinished.replace(copy)
    return copy


def decoded(sample: bytes, encoding: Encoding) -> str:
    """The text of a file's beginning, without its mark; a letter that is broken off becomes another."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return decoder.decode(sample).removeprefix("\ufeff")


def _copy_plain(path: Path, dialect: Dialect, to: Path) -> None:
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    with (
        path.open(encoding=encoding, newline="") as source,
        to.open("w", encoding="utf-8", newline="") as target,
    ):
        while text := source.read(_BLOCK_CHARACTERS):
            text += source.readline(MAX_LINE_BYTES)
            target.write(_in_tabs(text) if dialect.delimiter == " " else text)


def _in_tabs(lines: str) -> str:
    """The lines with a tab for each run of blanks and tabs, and none at their ends.

    The mark of a comment stays with its first word, for behind it may be the names of the columns.
    """
    return "\n".join(
        _BLANKS.sub("\t", _COMMENT_MARK.sub(r"\1", line.strip(" \t\r"))) for line in lines.split("\n")
    )
