"""Files made to do harm, by format: each would take a reader without limits for ever, or all memory."""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import polars as pl

PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
CSV = "text/csv"
JSON = "application/json"
TABLE = pl.DataFrame({"sensor": ["s0", "s1"], "t_us": [1, 2], "value": [1.0, 2.0]})


class HostileBody(NamedTuple):
    """One within the size of a body. It is made where it is sent: all of them take ten seconds."""

    media_type: str
    make: Callable[[], bytes]


def written(write: Callable[[pl.DataFrame, io.BytesIO], object], table: pl.DataFrame = TABLE) -> bytes:
    """A table as the bytes of a file."""
    buffer = io.BytesIO()
    write(table, buffer)
    return buffer.getvalue()


def parquet_of(footer: bytes) -> bytes:
    """A Parquet file that is all footer."""
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


def varint(value: int) -> bytes:
    """As Thrift and Protocol Buffers have it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _map_of_empty_pairs() -> bytes:
    """24 bytes: a map of 2^60 pairs of truth values, which take no room as some read them."""
    return parquet_of(b"\x1b" + varint(2**60) + b"\x11\x00")


def _list_of_empty_values() -> bytes:
    return parquet_of(b"\x19\xf1" + varint(2**60) + b"\x00")


def _nested_lists() -> bytes:
    return parquet_of(b"\x19" * 3_000_000)


def _nested_structs() -> bytes:
    return parquet_of(b"\x1c" * 3_000_000)


def _list_of_structs() -> bytes:
    """As many empty structs as a body holds."""
    return parquet_of(b"\x19\xfc" + varint(4_000_000) + bytes(4_000_000) + b"\x00")


def _nested_columns() -> bytes:
    """Groups of one group each, 15,000 deep."""
    group = b"\x48\x01g\x15\x02\x00"  # name "g", one child
    leaf = b"\x15\x0c\x25\x00\x18\x01x\x00"  # BYTE_ARRAY, required, name "x"
    count = 15_000
    schema = b"\x19\xfc" + varint(count + 1) + group * count + leaf  # field 2, after the version
    return parquet_of(b"\x15\x02" + schema + b"\x16\x00\x19\x0c\x00")


def _repeated_value() -> bytes:
    """One dictionary, and five million indices that are the same."""
    table = TABLE.head(1).select(pl.all().repeat_by(5_000_000).explode())
    return written(lambda rows, to: rows.write_parquet(to, row_group_size=5_000_000), table)


def _repeated_text() -> bytes:
    """Texts of a megabyte each, which compress to little."""
    table = pl.DataFrame({"sensor": ["x" * 2**20] * 200, "t_us": [1] * 200, "value": [1.0] * 200})
    return written(lambda rows, to: rows.write_parquet(to, compression="zstd"), table)


def _understated_rows() -> bytes:
    """Five million rows whose footer says that there are three."""
    whole = _repeated_value()
    rows = varint(2 * 5_000_000)
    return whole.replace(rows, varint(2 * 3).replace(b"\x06", b"\x86\x80\x80\x00"))


def _dictionaries() -> bytes:
    """Ten dictionaries of 100 MB each, in a few kilobytes."""
    texts = pl.Series([f"{number}" + "x" * 2**20 for number in range(100)])
    table = pl.DataFrame({f"c{number}": texts.cast(pl.Categorical) for number in range(10)})
    return written(lambda rows, to: rows.write_ipc_stream(to, compression="zstd"), table)


def _lying_dictionary() -> bytes:
    """A compressed dictionary that says that it is small."""
    texts = pl.Series([f"{number}" + "x" * 2**20 for number in range(100)])
    whole = written(
        lambda rows, to: rows.write_ipc_stream(to, compression="zstd"),
        pl.DataFrame({"sensor": texts.cast(pl.Categorical), "t_us": [1] * 100, "value": [1.0] * 100}),
    )
    magic = b"\x28\xb5\x2f\xfd"
    parts = whole.split(magic)
    return magic.join(part[:-8] + struct.pack("<q", 64) if part[-8:-5] else part for part in parts[:-1]) + (
        magic + parts[-1]
    )


def _huge_batch() -> bytes:
    """A batch of which the message says that it has 2^60 rows."""
    whole = written(pl.DataFrame.write_ipc_stream)
    return whole.replace(struct.pack("<q", 2), struct.pack("<q", 2**60))


def _empty_batches() -> bytes:
    """The same small batch, as often as a body holds it."""
    schema, _, rest = _messages(written(pl.DataFrame.write_ipc_stream))
    return schema + rest * (3_900_000 // len(rest))


def _messages(stream: bytes) -> tuple[bytes, int, bytes]:
    """The schema's message, its length, and the batches' of an Arrow stream."""
    (length,) = struct.unpack_from("<i", stream, 4)
    start = 8 + length
    return stream[:start], start, stream[start:-8]


def _many_columns() -> bytes:
    return b",".join(b"c%d" % number for number in range(400_000)) + b"\n" + b"," * 399_999


def _same_columns() -> bytes:
    return b"a," * 2_000_000 + b"a\n"


def _one_line() -> bytes:
    return b"sensor,t_us,value\n" + b"s0" * 2_000_000


def _open_quote() -> bytes:
    return b'sensor,t_us,value\n"' + b'""' * 2_000_000


def _blank_lines() -> bytes:
    return b"sensor,t_us,value\n" + b"\n" * 4_000_000


def _short_lines() -> bytes:
    return b"sensor,t_us,value\n" + b",,\n" * 1_300_000


def _gzipped_zeros() -> bytes:
    return gzip.compress(bytes(2**30), 1)[:4_000_000]


def _zipped_zeros() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(2**28))
    return buffer.getvalue()


def _deep_json() -> bytes:
    return b"[" * 4_000_000


def _deep_objects() -> bytes:
    return b'{"readings":' * 300_000


def _many_faults() -> bytes:
    return b'{"readings":[' + b"0," * 2_000_000 + b"0]}"


def _long_number() -> bytes:
    return b'{"readings":[{"sensor":"s0","t_us":' + b"9" * 4_000_000 + b',"value":1}]}'


def _many_keys() -> bytes:
    keys = {f"k{number}": 0 for number in range(250_000)}
    return json.dumps({"readings": [keys]}).encode()


_MAKERS: dict[str, list[Callable[[], bytes]]] = {
    PARQUET: [
        _map_of_empty_pairs,
        _list_of_empty_values,
        _nested_lists,
        _nested_structs,
        _list_of_structs,
        _nested_columns,
        _repeated_value,
        _repeated_text,
        _understated_rows,
    ],
    ARROW: [_dictionaries, _lying_dictionary, _huge_batch, _empty_batches],
    CSV: [
        _many_columns,
        _same_columns,
        _one_line,
        _open_quote,
        _blank_lines,
        _short_lines,
        _gzipped_zeros,
        _zipped_zeros,
    ],
    JSON: [_deep_json, _deep_objects, _many_faults, _long_number, _many_keys],
}

BODIES = {
    make.__name__.strip("_"): HostileBody(media_type, make)
    for media_type, makers in _MAKERS.items()
    for make in makers
}
