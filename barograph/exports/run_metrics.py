"""The metrics of a run as a Parquet file: a row for each point, name after name, by step."""

from collections.abc import Generator, Iterator
from typing import Any

from barograph.database.connections import ThreadConnection
from barograph.database.queries import query
from barograph.database.rows import fetch_row
from barograph.exports.blocks import gathered
from barograph.exports.taken_file import TakenFile
from barograph.files.arrow import pa, parquet

PAGE_POINTS = 50_000
MIN_STEP = -(2**63)
TIME = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("step", pa.int64(), nullable=False),
        pa.field("time", TIME, nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)


def metric_blocks(connection: ThreadConnection, run_id: int) -> Generator[bytes]:
    """The file, group by group, in the connection's transaction."""
    sink = TakenFile()
    writer = parquet.ParquetWriter(sink, SCHEMA, compression="zstd", use_dictionary=["name"])
    for group in gathered(_pages(connection, run_id), PAGE_POINTS):
        writer.write_table(pa.Table.from_batches(group, SCHEMA))
        yield sink.take()
    writer.close()
    yield sink.take()


def _pages(connection: ThreadConnection, run_id: int) -> Iterator[Any]:
    for metric in connection.execute(query("export.metric_names"), {"run_id": run_id}).fetchall():
        first_step = MIN_STEP
        while True:
            asked = {"metric_id": metric["id"], "first_step": first_step, "points": PAGE_POINTS}
            page = fetch_row(connection, query("export.metric_page"), asked, binary=True)
            step, t_us, value = page["step"], page["t_us"], page["value"]
            times = pa.array(t_us, pa.int64()).cast(TIME)
            yield pa.record_batch([pa.repeat(metric["name"], step.size), step, times, value], schema=SCHEMA)
            if step.size < PAGE_POINTS:
                break
            first_step = int(step[-1]) + 1
