"""The schema of a table as a message of Arrow, with what is said about each column.

Polars writes no metadata of columns. So its message is replaced with this one, which names the same columns
and types. Parquet files carry the same message, by which readers of Arrow restore the metadata.

The message is a FlatBuffer: https://arrow.apache.org/docs/format/Columnar.html and
https://flatbuffers.dev/internals/. Here every scalar takes four bytes, and what is referred to comes after
what refers to it. Both are allowed, and make the writer short.
"""

import struct
from collections.abc import Mapping

import polars as pl

ColumnNotes = Mapping[str, Mapping[str, str]]
"""By column, what is said about it: names and texts."""
# A number, a text, a table (its fields in the order of their slots), or a vector of tables.
_Table = list["_Node | None"]
_Node = int | str | _Table | tuple[_Table, ...]

_VERSION_5, _SCHEMA = 4, 1
_INT, _FLOATING_POINT, _TIMESTAMP, _LARGE_UTF8 = 2, 3, 10, 20
_DOUBLE, _MICROSECOND = 2, 2
_CONTINUES = b"\xff\xff\xff\xff"


def schema_message(schema: pl.Schema, notes: ColumnNotes) -> bytes:
    """The message, as it stands at the beginning of a stream."""
    fields = tuple(_field(name, dtype, notes.get(name, {})) for name, dtype in schema.items())
    body = _flat([_VERSION_5, _SCHEMA, [0, fields]])
    return _CONTINUES + struct.pack("<I", len(body)) + body


def with_notes(stream: bytes, schema: pl.Schema, notes: ColumnNotes) -> bytes:
    """A stream of Arrow whose schema says this about its columns."""
    (size,) = struct.unpack_from("<I", stream, len(_CONTINUES))
    return schema_message(schema, notes) + stream[len(_CONTINUES) + 4 + size :]


def _field(name: str, dtype: pl.DataType, notes: Mapping[str, str]) -> _Table:
    """name, nullable, type, dictionary, children, metadata"""
    number, described = _type(dtype)
    metadata = tuple[_Table, ...]([key, text] for key, text in notes.items())
    return [name, 1, number, described, None, (), metadata]


def _type(dtype: pl.DataType) -> tuple[int, _Table]:
    match dtype:
        case pl.Float64():
            return _FLOATING_POINT, [_DOUBLE]
        case pl.Int64():
            return _INT, [64, 1]
        case pl.Int32():
            return _INT, [32, 1]
        case pl.String():
            return _LARGE_UTF8, []
        case pl.Datetime(time_unit="us", time_zone="UTC"):
            return _TIMESTAMP, [_MICROSECOND, "UTC"]
        case _:
            raise ValueError(f"no answer has columns of {dtype}")


def _flat(root: _Table) -> bytes:
    out = bytearray(4)
    struct.pack_into("<I", out, 0, _write_table(out, root))
    return bytes(out.ljust(-(-len(out) // 8) * 8, b"\0"))


def _write(out: bytearray, node: _Node) -> int:
    """Appends it. Where it begins."""
    if isinstance(node, str):
        return _write_text(out, node)
    if isinstance(node, tuple):
        return _write_vector(out, node)
    assert not isinstance(node, int)  # noqa: S101  # numbers stand within tables
    return _write_table(out, node)


def _write_text(out: bytearray, text: str) -> int:
    start, encoded = len(out), text.encode()
    out += struct.pack("<I", len(encoded)) + encoded
    out += bytes(4 - len(encoded) % 4)  # at least one, that ends it
    return start


def _write_vector(out: bytearray, tables: tuple[_Table, ...]) -> int:
    start = len(out)
    out += struct.pack("<I", len(tables)) + bytes(4 * len(tables))
    for number, table in enumerate(tables):
        _refer(out, start + 4 + 4 * number, _write_table(out, table))
    return start


def _write_table(out: bytearray, fields: _Table) -> int:
    """Writes a table. Its vtable says where each field stands in it; 0: the field is absent."""
    held = [field for field in fields if field is not None]
    places = iter(range(4, 4 + 4 * len(held), 4))
    table = [0 if field is None else next(places) for field in fields]
    vtable = struct.pack(f"<{2 + len(table)}H", 4 + 2 * len(table), 4 + 4 * len(held), *table)
    out += vtable.ljust(-(-len(vtable) // 4) * 4, b"\0")
    start = len(out)
    out += struct.pack("<i", -(-len(vtable) // 4) * 4) + bytes(4 * len(held))
    for number, field in enumerate(held):
        place = start + 4 + 4 * number
        if isinstance(field, int):
            struct.pack_into("<I", out, place, field)
        else:
            _refer(out, place, _write(out, field))
    return start


def _refer(out: bytearray, place: int, target: int) -> None:
    struct.pack_into("<I", out, place, target - place)
