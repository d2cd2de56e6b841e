"""How large the row groups of a Parquet file are, from its footer.

A reader holds a row group in memory as a whole, and a few kilobytes can stand for a billion rows: a file is
looked at before it is read. What the footer says may be a lie; a parser's limits hold then. The footer is
Thrift's compact protocol (https://parquet.apache.org/docs).
"""

import io
from collections.abc import Callable
from typing import IO, Any

from barograph.errors import Invalid

MAX_GROUP_ROWS = 5_000_000
MAX_GROUP_BYTES = 256 * 2**20
MAX_FOOTER_BYTES = 64 * 2**20
MAX_COLUMNS = 20_000
ENCRYPTED = b"PARE"
"""At both ends of a file whose footer is encrypted."""
_MAX_DEPTH = 32
_MALFORMED = "the Parquet file's footer is malformed"
_SCHEMA, _ROWS, _ROW_GROUPS = 2, 3, 4
_CHUNKS, _BYTE_SIZE, _ROW_COUNT = 1, 2, 3


def check(file: IO[bytes], max_group_rows: int = MAX_GROUP_ROWS, max_rows: int | None = None) -> None:
    """Refuses a file with a row group too large to be read, or with more rows than `max_rows` in all.

    Raises:
        Invalid: there is one, or the file is no whole Parquet file.
    """
    footer = _footer(file)
    try:
        _check_footer(footer, max_group_rows, max_rows)
    except (AttributeError, TypeError) as error:  # a field is of another type
        raise Invalid(_MALFORMED) from error


def _check_footer(footer: dict[int, Any], max_group_rows: int, max_rows: int | None) -> None:
    groups = footer.get(_ROW_GROUPS, [])
    columns = max([len(footer.get(_SCHEMA, [])), *(len(group.get(_CHUNKS, [])) for group in groups)])
    if columns > MAX_COLUMNS:
        raise Invalid(f"the Parquet file has {columns:,} columns; at most {MAX_COLUMNS:,} can be read")
    for group in groups:
        _check_group(group.get(_ROW_COUNT, 0), group.get(_BYTE_SIZE, 0), max_group_rows)
    rows = max(footer.get(_ROWS, 0), sum(group.get(_ROW_COUNT, 0) for group in groups))
    if max_rows is not None and rows > max_rows:
        raise Invalid(f"the Parquet file holds {rows:,} rows; at most {max_rows:,} can be read")


def _check_group(rows: int, size_bytes: int, max_rows: int) -> None:
    if rows < 0 or size_bytes < 0:
        raise Invalid(_MALFORMED)
    if rows > max_rows:
        raise Invalid(f"a row group holds {rows:,} rows; at most {max_rows:,} can be read")
    if size_bytes > MAX_GROUP_BYTES:
        raise Invalid(f"a row group takes {size_bytes:,} bytes; at most {MAX_GROUP_BYTES:,} can be read")


def _footer(file: IO[bytes]) -> dict[int, Any]:
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(max(0, size_bytes - 8))
    ending = file.read(8)
    length = int.from_bytes(ending[:4], "little")
    if ending[4:] == ENCRYPTED:
        raise Invalid("the Parquet file is encrypted; write it without encryption")
    if ending[4:] != b"PAR1" or length > size_bytes - 12:
        raise Invalid("the Parquet file is broken off: it has no footer")
    if length > MAX_FOOTER_BYTES:
        raise Invalid(f"the Parquet file's footer takes {length:,} bytes; at most {MAX_FOOTER_BYTES:,}")
    file.seek(size_bytes - 8 - length)
    try:
        return _Thrift(file.read(length)).struct()
    except (IndexError, KeyError, RecursionError) as error:
        raise Invalid(_MALFORMED) from error


class _Thrift:
    """Thrift's compact protocol, as plain values; fields by their numbers."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0
        self._readers: dict[int, Callable[[], Any]] = {
            3: self._byte,
            4: self._integer,
            5: self._integer,
            6: self._integer,
            7: lambda: self._skip(8),
            8: lambda: self._skip(self._varint()),
            9: self._list,
            10: self._list,
            11: self._map,
            12: self.struct,
        }

    def struct(self) -> dict[int, Any]:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise RecursionError
        fields: dict[int, Any] = {}
        number = 0
        while header := self._byte():
            step = header >> 4
            number = number + step if step else self._integer()
            fields[number] = self._value(header & 15)
        self._depth -= 1
        return fields

    def _value(self, kind: int) -> Any:  # noqa: ANN401  # any value of the protocol
        if kind in {1, 2}:  # in a field, the type is the truth value
            return kind == 1
        return self._readers[kind]()

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 70:
                raise IndexError

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > len(self._data):
            raise IndexError

    def _list(self) -> list[Any]:
        header = self._byte()
        count = header >> 4 if header >> 4 < 15 else self._varint()
        kind = header & 15
        return [self._item(kind) for _ in range(self._bounded(count))]

    def _map(self) -> None:
        if count := self._varint():
            kinds = self._byte()
            for _ in range(self._bounded(count)):
                self._item(kinds >> 4)
                self._item(kinds & 15)

    def _item(self, kind: int) -> Any:  # noqa: ANN401  # any value of the protocol
        """A value of a list or a map, where a truth value is a byte too, so that none takes no room."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise RecursionError
        value = self._byte() if kind in {1, 2} else self._readers[kind]()
        self._depth -= 1
        return value

    def _bounded(self, count: int) -> int:
        """Checks how many values are said to follow, each of a byte at least."""
        if count > len(self._data) - self._at:
            raise IndexError
        return count
