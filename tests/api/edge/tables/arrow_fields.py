"""What the schema of an Arrow stream says of its columns: Polars reads no metadata of them.

A reader of FlatBuffers as https://flatbuffers.dev/internals/ has them, and of nothing more than is needed.
"""

import struct
from base64 import b64decode
from collections.abc import Mapping

import polars as pl


def notes_of_stream(stream: bytes) -> Mapping[str, Mapping[str, str]]:
    """By column, its metadata."""
    data = stream[8:]
    (root,) = struct.unpack_from("<I", data, 0)
    schema = _target(data, _place(data, root, 2))
    fields = _tables(data, _place(data, schema, 1))
    return {_text(data, _place(data, field, 0)): _pairs(data, field) for field in fields}


def notes_of_parquet(file: bytes) -> Mapping[str, Mapping[str, str]]:
    """By column, the metadata that readers of Arrow restore."""
    return notes_of_stream(b64decode(pl.read_parquet_metadata(file)["ARROW:schema"]))


def _pairs(data: bytes, field: int) -> Mapping[str, str]:
    pairs = _tables(data, _place(data, field, 6))
    return {_text(data, _place(data, pair, 0)): _text(data, _place(data, pair, 1)) for pair in pairs}


def _place(data: bytes, table: int, slot: int) -> int:
    (back,) = struct.unpack_from("<i", data, table)
    (offset,) = struct.unpack_from("<H", data, table - back + 4 + 2 * slot)
    assert offset
    return table + offset


def _target(data: bytes, place: int) -> int:
    return place + struct.unpack_from("<I", data, place)[0]


def _tables(data: bytes, place: int) -> list[int]:
    start = _target(data, place)
    (count,) = struct.unpack_from("<I", data, start)
    return [_target(data, start + 4 + 4 * number) for number in range(count)]


def _text(data: bytes, place: int) -> str:
    start = _target(data, place)
    (size,) = struct.unpack_from("<I", data, start)
    return data[start + 4 : start + 4 + size].decode()
