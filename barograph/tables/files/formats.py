"""Which format a file has, told from its first bytes, and whether it can be read without harm."""

from pathlib import Path
from typing import Literal

from barograph.errors import Invalid
from barograph.tables.files import arrow_limits as arrow_messages
from barograph.tables.files import dialect
from barograph.tables.files import parquet_limits as parquet_footer

Format = Literal["csv", "parquet", "arrow", "mdf", "tdms", "hdf5"]

ARROW_FILE = b"ARROW1\0\0"
PARQUET = b"PAR1"
_SIGNALS: dict[bytes, Format] = {
    b"MDF     ": "mdf",
    b"UnFinMF ": "mdf",
    b"TDSm": "tdms",
    b"\x89HDF\r\n\x1a\n": "hdf5",
}
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip (an Excel workbook is one too)",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x78\x01": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
}


def detect(path: Path) -> Format:
    """The format of a file; whatever is not binary is CSV.

    Raises:
        Invalid: it is empty, compressed as a whole, or broken off.
    """
    with path.open("rb") as file:
        start = file.read(64)
    if not start.strip():
        raise Invalid("the file is empty")
    refuse_compressed(start, "file")
    if start.startswith((PARQUET, parquet_footer.ENCRYPTED)):
        return "parquet"
    if start.startswith(ARROW_FILE):
        return "arrow"
    if start.startswith(arrow_messages.CONTINUATION):
        raise Invalid("the file is an Arrow stream; write it as an Arrow IPC file (Feather)")
    for mark, name in _SIGNALS.items():
        if start.startswith(mark):
            return name
    return "csv"


def refuse_compressed(start: bytes, noun: str) -> None:
    """Refuses what begins like something compressed as a whole, which could stand for any amount.

    Raises:
        Invalid: it does.
    """
    for mark, name in _COMPRESSED.items():
        if start.startswith(mark):
            raise Invalid(f"the {noun} is compressed with {name}; send what is inside")


def check(path: Path, file_format: Format) -> None:
    """Refuses files of which a piece alone would not fit in memory; of signals, pieces are always small.

    Raises:
        Invalid: it is malformed, or its row groups or batches are too large.
    """
    with path.open("rb") as file:
        if file_format == "parquet":
            parquet_footer.check(file)
        elif file_format == "arrow":
            arrow_messages.check_file(file)
        elif file_format == "csv":
            dialect.check_lines(file)
