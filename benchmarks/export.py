"""How close does an export come to what the database gives away by itself, and in how much memory?

Export: every reading of 50 sensors, both layers, in a snapshot, read ahead, encoded and written to a file, by
a process of its own whose memory is measured. Baseline: the same rows and columns by `COPY … TO`, as text and
in PostgreSQL's binary format, which the server itself throws away. Each round takes both in turn.

Wanted: Parquet at least 0.7 of COPY as text, below 300 MB.

Run: `python -m benchmarks.export [--readings 100000000]`.

Last result (27 November 2026, two million readings, medians of three, two cores that export and database
share; of four million, Parquet came to 0.85 and wide Parquet to 0.96 of COPY as text):

| file          | readings/s | of COPY as text | of COPY in binary | MB  | bytes/reading |
| ------------- | ---------- | --------------- | ----------------- | --- | ------------- |
| Parquet       | 1,325,697  | 0.73            | 0.43              | 252 | 15.3          |
| Parquet, wide | 1,331,122  | 0.70            | 0.40              | 270 | 15.3          |
| Arrow         | 1,455,685  | 0.75            | 0.46              | 242 | 25.1          |
| CSV           | 1,260,519  | 0.84            | 0.41              | 256 | 74.7          |
| JSON lines    | 1,392,303  | 0.73            | 0.41              | 262 | 131.6         |
"""

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg

from barograph.exports.reading import export_blocks, snapshot
from barograph.exports.scope import ExportFormat, ExportInterval, ExportScope, Shape
from barograph.program.memory import keep_freed_memory
from barograph.times import to_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.seed import Profile, Project, seed_project

SENSORS = 50
START = "2026-01-01T00:00:00Z"
ROUNDS = 3
CASES: Sequence[tuple[str, ExportFormat, Shape]] = (
    ("Parquet", ExportFormat.PARQUET, "long"),
    ("Parquet, wide", ExportFormat.PARQUET, "wide"),
    ("Arrow", ExportFormat.ARROW, "long"),
    ("CSV", ExportFormat.CSV, "long"),
    ("JSON lines", ExportFormat.JSON, "long"),
)
FILL = (
    "insert into reading (time, raw, physical, sensor_id, profile_id)"
    " select %(start)s::timestamptz + n * interval '1 ms', sin(n * 0.37), 2 * sin(n * 0.37) + 1, sensor_id,"
    " (select min(id) from conversion_profile where conversion_profile.sensor_id = sensor.sensor_id)"
    " from generate_series(0, %(each)s - 1) as n, unnest(%(sensor_ids)s::int[]) as sensor (sensor_id)"
)
COPY = (
    "copy (select sensor_id, time, raw, physical, profile_id, flags from any_reading)"
    " to program 'cat > /dev/null'"
)


def main() -> None:
    """Measures every format against the baselines, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readings", type=int, default=2_000_000, help="2,000,000 unless said otherwise")
    readings: int = parser.parse_args().readings
    with serving_cluster() as server_url, fresh_database(server_url) as url:
        project = seed_project(url, SENSORS, [Profile("linear", {"slope": 2, "offset": 1})])
        fill(url, project, readings)
        rows = [row_of(url, project, readings, *case) for case in CASES]
    header = ("file", "readings/s", "of COPY as text", "of COPY in binary", "MB", "bytes/reading")
    print_table(f"Export of {readings:,} readings", header, rows)


def fill(url: str, project: Project, readings: int) -> None:
    """Each sensor at 1 kHz."""
    parameters = {"start": START, "each": readings // SENSORS, "sensor_ids": project.sensor_ids}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL, parameters)
        connection.execute("vacuum analyze reading")


def row_of(
    url: str, project: Project, readings: int, name: str, form: ExportFormat, shape: Shape
) -> tuple[str, ...]:
    """Medians; each ratio is that of neighbours in time."""
    scope = scope_of(url, project, form, shape)
    found: list[tuple[float, float, float]] = []
    megabytes, size_bytes = 0.0, 0
    for _ in range(ROUNDS):
        text_s, binary_s = copy_out(url, COPY), copy_out(url, f"{COPY} (format binary)")
        seconds, used, size_bytes = in_a_process(url, scope)
        found.append((readings / seconds, text_s / seconds, binary_s / seconds))
        megabytes = max(megabytes, used)
    rate, of_text, of_binary = (statistics.median(each) for each in zip(*found, strict=True))
    return (
        name,
        f"{rate:,.0f}",
        f"{of_text:.2f}",
        f"{of_binary:.2f}",
        f"{megabytes:,.0f}",
        f"{size_bytes / readings:.1f}",
    )


def scope_of(url: str, project: Project, form: ExportFormat, shape: Shape) -> ExportScope:
    """The scope of all that there is."""
    with psycopg.connect(url) as connection:
        (bounds,) = connection.execute("select min(time), max(time) from any_reading").fetchall()
    start_us, end_us = (to_us(time) for time in bounds)
    ids = tuple(project.sensor_ids)
    return ExportScope(
        sensor_ids=ids,
        intervals=tuple(
            ExportInterval(sensor=number, from_us=start_us, to_us=end_us + 1) for number in range(len(ids))
        ),
        layer="both",
        shape=shape,
        format=form,
        sees_raw=True,
    )


def copy_out(url: str, statement: str) -> float:
    """Seconds that the database takes."""
    with psycopg.connect(url, autocommit=True) as connection:
        begun = time.perf_counter()
        connection.execute(statement.encode())
        return time.perf_counter() - begun


def in_a_process(url: str, scope: ExportScope) -> tuple[float, float, int]:
    """Seconds, megabytes, and the size of the file, of a process that does nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(export_all, (url, scope.model_dump_json()))


def export_all(url: str, scope: str) -> tuple[float, float, int]:
    """Writes a file."""
    keep_freed_memory()
    begun, size_bytes = time.perf_counter(), 0
    with (
        tempfile.TemporaryDirectory(prefix="barograph-bench-") as folder,
        (Path(folder) / "file").open("wb") as file,
        snapshot(url, None) as connection,
        closing(export_blocks(connection, ExportScope.model_validate_json(scope))) as blocks,
    ):
        for block in blocks:
            size_bytes += file.write(block.content)
    seconds = time.perf_counter() - begun
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, size_bytes


if __name__ == "__main__":
    main()
