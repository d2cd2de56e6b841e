"""How large the record batches of Arrow IPC are, from the messages themselves, in a file or a stream.

A reader holds a batch in memory as a whole, all dictionaries as long as it reads, and a compressed one can
grow ten thousandfold: batches are looked at before they are read. What they say may be a lie; a parser's
limits hold then. A message is a length, a flatbuffer and a body
(https://arrow.apache.org/docs/format/Columnar.html).
"""

import io
import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

from barograph.errors import Invalid

CONTINUATION = b"\xff\xff\xff\xff"
MAX_BATCH_ROWS = 5_000_000
MAX_BATCH_BYTES = 256 * 2**20
MAX_DICTIONARIES_BYTES = 256 * 2**20
MAX_BATCHES = 200_000
MAX_METADATA_BYTES = 16 * 2**20
_STREAM_END = CONTINUATION + bytes(4)
_DICTIONARY, _RECORD_BATCH = 2, 3


class _Batch(NamedTuple):
    rows: int
    size_bytes: int
    is_dictionary: bool


def check_file(file: IO[bytes], max_batch_rows: int = MAX_BATCH_ROWS) -> None:
    """Refuses an IPC file of which a batch is too large to be read.

    Raises:
        Invalid: there is one, or the file is malformed.
    """
    _check(_batches_of_file(file), max_batch_rows)


def check_stream(file: IO[bytes], max_batch_rows: int = MAX_BATCH_ROWS, max_rows: int | None = None) -> None:
    """Refuses an IPC stream likewise, or one with more rows than `max_rows` in all."""
    _check(_batches_of_stream(file), max_batch_rows, max_rows)


def _check(batches: Iterator[_Batch], max_batch_rows: int, max_rows: int | None = None) -> None:
    all_rows = dictionaries_bytes = 0
    try:
        for number, batch in enumerate(batches):
            _check_batch(batch, max_batch_rows)
            all_rows += 0 if batch.is_dictionary else batch.rows
            dictionaries_bytes += batch.size_bytes if batch.is_dictionary else 0
            if max_rows is not None and all_rows > max_rows:
                raise Invalid(f"the Arrow data holds more than {max_rows:,} rows, which is too many")
            if dictionaries_bytes > MAX_DICTIONARIES_BYTES:
                raise Invalid(f"the dictionaries take more than {MAX_DICTIONARIES_BYTES:,} bytes")
            if number >= MAX_BATCHES:
                raise Invalid(f"the Arrow data has more than {MAX_BATCHES:,} record batches")
    except (struct.error, ValueError, OverflowError, OSError) as error:
        raise Invalid("the Arrow data is malformed, or broken off") from error


def _check_batch(batch: _Batch, max_rows: int) -> None:
    rows, size_bytes, _ = batch
    if rows < 0:
        raise ValueError(rows)
    if rows > max_rows:
        raise Invalid(f"a record batch holds {rows:,} rows; at most {max_rows:,} can be read")
    if size_bytes > MAX_BATCH_BYTES:
        raise Invalid(f"a record batch takes {size_bytes:,} bytes; at most {MAX_BATCH_BYTES:,} can be read")


def _batches_of_file(file: IO[bytes]) -> Iterator[_Batch]:
    """Yields batches by the footer, whose length and the closing mark end the file."""
    end = file.seek(0, io.SEEK_END)
    file.seek(end - 10)
    (length,) = struct.unpack("<i", file.read(4))
    if file.read(6) != b"ARROW1" or not 0 < length <= MAX_METADATA_BYTES:
        raise ValueError("no footer")
    file.seek(end - 10 - length)
    footer = _Table.root(file.read(length))
    for offset in (*footer.blocks(2), *footer.blocks(3)):
        file.seek(offset)
        yield from _message(file)


def _batches_of_stream(file: IO[bytes]) -> Iterator[_Batch]:
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    while file.tell() < size_bytes:
        start = file.tell()
        yield from _message(file)
        if file.tell() == start + len(_STREAM_END):
            return


def _message(file: IO[bytes]) -> Iterator[_Batch]:
    """The batch in the message at which the file stands, which then stands behind it."""
    length = file.read(4)
    if length == CONTINUATION:
        length = file.read(4)
    (length,) = struct.unpack("<i", length)
    if length == 0:
        return
    if not 0 < length <= MAX_METADATA_BYTES:
        raise ValueError("no message")
    message = _Table.root(file.read(length))
    body_start, body_length = file.tell(), message.int64(3)
    if body_length < 0:
        raise ValueError("no body")
    kind = message.uint8(1)
    if kind == _RECORD_BATCH:
        yield _measured(file, message.table(2), body_start, is_dictionary=False)
    elif kind == _DICTIONARY:
        yield _measured(file, message.table(2).table(1), body_start, is_dictionary=True)
    file.seek(body_start + body_length)


def _measured(file: IO[bytes], batch: "_Table", body_start: int, *, is_dictionary: bool) -> _Batch:
    """A batch's rows and its bytes once decompressed; each compressed buffer begins with its true length."""
    size_bytes = 0
    is_compressed = batch.has(3)
    for offset, length in batch.pairs(2):
        if is_compressed and length >= 8:
            file.seek(body_start + offset)
            (true_length,) = struct.unpack("<q", file.read(8))
            size_bytes += length if true_length < 0 else true_length
        else:
            size_bytes += length
    return _Batch(batch.int64(0), size_bytes, is_dictionary)


class _Table:
    """A table of a flatbuffer; fields by their numbers."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        vtable = at - self._unpack("<i", at)
        size = self._unpack("<H", vtable)
        self._fields = [self._unpack("<H", vtable + 4 + 2 * i) for i in range(max(0, (size - 4) // 2))]

    @classmethod
    def root(cls, data: bytes) -> "_Table":
        return cls(data, struct.unpack_from("<I", data, 0)[0])

    def has(self, field: int) -> bool:
        return field < len(self._fields) and self._fields[field] != 0

    def uint8(self, field: int) -> int:
        return self._unpack("<B", self._at + self._fields[field]) if self.has(field) else 0

    def int64(self, field: int) -> int:
        return self._unpack("<q", self._at + self._fields[field]) if self.has(field) else 0

    def table(self, field: int) -> "_Table":
        return _Table(self._data, self._target(field))

    def pairs(self, field: int) -> list[tuple[int, int]]:
        """A vector of structs of two 64-bit integers."""
        if not self.has(field):
            return []
        at = self._target(field)
        count = self._unpack("<I", at)
        return [struct.unpack_from("<qq", self._data, at + 4 + 16 * i) for i in range(count)]

    def blocks(self, field: int) -> list[int]:
        """The offsets in a vector of blocks, which are structs of 24 bytes."""
        if not self.has(field):
            return []
        at = self._target(field)
        count = self._unpack("<I", at)
        return [struct.unpack_from("<q", self._data, at + 4 + 24 * i)[0] for i in range(count)]

    def _target(self, field: int) -> int:
        if not self.has(field):
            raise ValueError(field)
        at = self._at + self._fields[field]
        return at + self._unpack("<I", at)

    def _unpack(self, form: str, at: int) -> int:
        if at < 0:
            raise ValueError(at)
        return struct.unpack_from(form, self._data, at)[0]
