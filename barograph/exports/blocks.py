"""Tables as the bytes of a file, block by block, in each of the formats."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import polars as pl

from barograph.exports.scope import ExportFormat
from barograph.exports.tables import ExportTables
from barograph.exports.taken_file import TakenFile
from barograph.files.arrow import ipc, pa, parquet
from barograph.tables.formulas import defused

# Large enough for their footer to stay small, small enough for a reader to skip most of a file.
GROUP_ROWS = 262_144
# Of wide tables they are shorter: eight megabytes.
GROUP_CELLS = 1_000_000
# Text takes several times the room of what it says, twice while it is made.
TEXT_ROWS = 16_384
# Lines of an import that may come before the header, and some.
MAX_COMMENTS = 500
MAX_CHARACTERS = 900_000
COMMENT = "# "
_TIME_TEXT = "%Y-%m-%dT%H:%M:%S%.6fZ"
Batches = Iterable[Any]


def blocks_of(tables: ExportTables, batches: Batches) -> Iterator[bytes]:
    """The whole file: what comes before the first table, each table, and what ends it."""
    return _ENCODERS[tables.scope.format](tables, batches)


def _csv(tables: ExportTables, batches: Batches) -> Iterator[bytes]:
    """After comments with what the file says of itself, as an import reads it."""
    yield "".join(f"{COMMENT}{each}\n" for each in _comments(tables)).encode()
    yield defused(_frame_of(tables.schema.empty_table())).write_csv().encode()
    for frame in _text_frames(batches):
        yield defused(frame).write_csv(include_header=False, datetime_format=_TIME_TEXT).encode()


def _comments(tables: ExportTables) -> Iterator[str]:
    """One of the file, and one for each sensor or for some, as long as lines of an import may be."""
    said = json.loads(tables.schema.metadata[b"barograph"])
    sensors = said.pop("sensors")
    yield f"barograph {json.dumps(said)}"
    at_once = -(-len(sensors) // MAX_COMMENTS) or 1
    for first in range(0, len(sensors), at_once):
        some = sensors[first : first + at_once]
        line = json.dumps(some)
        yield f"sensors {line if len(line) <= MAX_CHARACTERS else json.dumps(list(map(_shortened, some)))}"


def _shortened(sensor: dict[str, Any]) -> dict[str, Any]:
    """The sensor without the payloads of its versions, which may be long."""
    profiles = [
        {name: said for name, said in each.items() if name != "payload"} for each in sensor["profiles"]
    ]
    return sensor | {"profiles": profiles}


def _json_lines(tables: ExportTables, batches: Batches) -> Iterator[bytes]:  # noqa: ARG001  # as others
    for frame in _text_frames(batches):
        yield frame.with_columns(pl.col("time").dt.to_string(_TIME_TEXT)).write_ndjson().encode()


def _text_frames(batches: Batches) -> Iterator[pl.DataFrame]:
    for batch in batches:
        for first in range(0, batch.num_rows, TEXT_ROWS):
            yield _frame_of(pa.Table.from_batches([batch.slice(first, TEXT_ROWS)]))


def _frame_of(table: Any) -> pl.DataFrame:  # noqa: ANN401  # pyarrow has no types
    frame: object = pl.from_arrow(  # pyright: ignore[reportUnknownMemberType]  # its argument
        table.replace_schema_metadata(None)
    )
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # of a table
    return frame


def _parquet(tables: ExportTables, batches: Batches) -> Iterator[bytes]:
    """Row groups in order of sensor and time, with statistics: readers leave out what they need not."""
    sink = TakenFile()
    names = ["sensor"] if tables.scope.shape == "long" else []
    writer = parquet.ParquetWriter(
        sink,
        tables.schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=names,
        column_encoding={"time": "DELTA_BINARY_PACKED"},
        write_statistics=True,
        sorting_columns=[
            parquet.SortingColumn(tables.schema.get_field_index(name)) for name in [*names, "time"]
        ],
    )
    group_rows = min(GROUP_ROWS, max(1, GROUP_CELLS // len(tables.schema.names)))
    for group in gathered(batches, group_rows):
        writer.write_table(pa.Table.from_batches(group, tables.schema), row_group_size=2 * GROUP_ROWS)
        yield sink.take()
    writer.close()
    yield sink.take()


def gathered(batches: Batches, group_rows: int) -> Iterator[list[Any]]:
    """Tables in groups of so many rows or a few more."""
    group, rows = list[Any](), 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        if rows >= group_rows:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _arrow(tables: ExportTables, batches: Batches) -> Iterator[bytes]:
    sink = TakenFile()
    options = ipc.IpcWriteOptions(compression="lz4")
    with ipc.new_file(sink, tables.schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


_ENCODERS: dict[ExportFormat, Callable[[ExportTables, Batches], Iterator[bytes]]] = {
    ExportFormat.CSV: _csv,
    ExportFormat.JSON: _json_lines,
    ExportFormat.PARQUET: _parquet,
    ExportFormat.ARROW: _arrow,
}
