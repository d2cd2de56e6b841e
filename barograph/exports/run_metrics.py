"""The metrics of a run as a Parquet file: a row for each point, name after name, by step."""

from collections.abc import Generator

from barograph.database.connections import ThreadConnection
from barograph.database.queries import query
from barograph.exports.arrow import pa, parquet
from barograph.exports.taken_file import TakenFile

PAGE_POINTS = 50_000
SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("step", pa.int64(), nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)


def metric_blocks(connection: ThreadConnection, run_id: int) -> Generator[bytes]:
    """The file, page by page, in the connection's transaction."""
    sink = TakenFile()
    writer = parquet.ParquetWriter(sink, SCHEMA, compression="zstd", use_dictionary=["name"])
    with connection.cursor("metrics", binary=True) as points:
        points.execute(query("export.metrics"), {"run_id": run_id})
        while page := points.fetchmany(PAGE_POINTS):
            writer.write_table(pa.Table.from_pylist(page, SCHEMA))
            yield sink.take()
    writer.close()
    yield sink.take()
