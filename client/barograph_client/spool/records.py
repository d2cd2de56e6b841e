"""A record of a spool: one frame, as it lies in a segment. No I/O but reading an open file.

Little-endian, record after record, after a segment's head of 16 bytes ("BGSPOOL1", uint64 first index):

    offset 0   uint32  CRC-32 of all that follows
           4   uint32  length of the message
           8   uint64  index of the frame in the spool, rising by one from record to record
          16   int64   when it was written, microseconds since 1970 UTC
          24   uint32  readings in it
          28   uint32  zero
          32           message: a binary frame whose seq is the index

What a crash or a power cut leaves of the last record fails the CRC, and so do zeros.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"BGSPOOL1"
HEAD = struct.Struct("<8sQ")
HEADER = struct.Struct("<IIQqII")
_AFTER_CRC = struct.Struct("<IQqII")


@dataclass(frozen=True, slots=True)
class SpoolRecord:
    """A frame as it was written.

    Attributes:
        index: counts the frames of the spool, from 1.
        at_us: when it was written.
        readings: how many it has.
        message: binary, with the index as its seq.
    """

    index: int
    at_us: int
    readings: int
    message: bytes

    @property
    def size_bytes(self) -> int:
        """The size of the record in a segment."""
        return HEADER.size + len(self.message)


def encode_head(first_index: int) -> bytes:
    """The head of a segment."""
    return HEAD.pack(MAGIC, first_index)


def read_head(file: BinaryIO) -> int | None:
    """The index of a segment's first record; None if the file is no segment."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size or not head.startswith(MAGIC):
        return None
    return int(HEAD.unpack(head)[1])


def encode_record(record: SpoolRecord) -> bytes:
    """Encodes a record."""
    rest = _AFTER_CRC.pack(len(record.message), record.index, record.at_us, record.readings, 0)
    crc = zlib.crc32(record.message, zlib.crc32(rest))
    return b"".join((crc.to_bytes(4, "little"), rest, record.message))


def read_record(file: BinaryIO, index: int) -> SpoolRecord | None:
    """The next record, which must be that of `index`; None at the end, and where the file is damaged."""
    header = file.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    crc, length, found, at_us, readings, _ = HEADER.unpack(header)
    if found != index or length > _bytes_left(file):
        return None
    message = file.read(length)
    if len(message) < length or zlib.crc32(message, zlib.crc32(header[4:])) != crc:
        return None
    return SpoolRecord(found, at_us, readings, message)


def read_records(file: BinaryIO, index: int) -> Iterator[SpoolRecord]:
    """All that follow, from that of `index` up to the end or to what is torn."""
    while (record := read_record(file, index)) is not None:
        yield record
        index += 1


def _bytes_left(file: BinaryIO) -> int:
    """A damaged length must not be believed: it could ask for 4 GiB."""
    return os.fstat(file.fileno()).st_size - file.tell()
