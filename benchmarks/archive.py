"""What does a reading take in the archive instead of in rows, and what do questions about it cost?

A day's readings of two sensors at a kilohertz with jitter, of a linear profile: values that are all noise,
and counts of a 16-bit converter. They are stored as rows and asked for; then filed, asked for again, and
thawed. Questions are those of a series' slice, and of an export's page.

Run: `python -m benchmarks.archive [--quick]`. Last result: see decision 1010.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import DictRow

from barograph.archive.filing import ChunkToFile, FiledChunk, file_chunk
from barograph.archive.shelf import SHELVES, Shelf
from barograph.archive.statements import with_archived_sync
from barograph.archive.thawing import thaw
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.connections import open_connection
from barograph.database.copy_format import ReadingColumns
from barograph.database.roles import Role
from barograph.times import DAY_US, from_us, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.seed import Profile, seed_project

START_US = (now_us() // DAY_US - 5) * DAY_US
SLOPE, OFFSET = 0.1, -50.0
SLICE_US = 100_000_000
Connection = psycopg.Connection[DictRow]


def main() -> None:
    """Measures, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the readings")
    readings = 500_000 if parser.parse_args().quick else 2_000_000
    sizes: list[Sequence[str]] = []
    reads: list[Sequence[str]] = []
    with serving_cluster() as server_url, tempfile.TemporaryDirectory() as folder:
        for name, values in (("noise", noise), ("counts", counts)):
            with fresh_database(server_url) as url:
                size, read = measure(url, Path(folder), readings, values)
                sizes.append([name, *size])
                reads += [[name, *each] for each in read]
    print_table(f"{readings:,} readings", ("values", "row, bytes", "in a file", "filed/s", "thawed/s"), sizes)
    print_table("Medians, ms", ("values", "question", "rows", "files", "ratio"), reads)


def noise(n: int) -> np.ndarray:
    """Every bit of a value is noise."""
    return np.random.default_rng(1).normal(20, 3, n)


def counts(n: int) -> np.ndarray:
    """A slow signal, and noise of some counts."""
    random = np.random.default_rng(1)
    return np.rint(30_000 * np.sin(np.arange(n) / 5e4) + random.normal(0, 12, n))


def measure(
    url: str, folder: Path, readings: int, values: Callable[[int], np.ndarray]
) -> tuple[list[str], list[list[str]]]:
    """Bytes and speed, and what questions cost both ways."""
    project = seed_project(url, 2, [Profile("linear", {"slope": SLOPE, "offset": OFFSET})])
    shelf = SHELVES.use_this(Shelf(str(folder / "kept")))
    with closing(open_connection(url, Role.ARCHIVE)) as connection:
        for sensor_id in project.sensor_ids:
            fill(connection, sensor_id, readings // 2, values)
        connection.execute("vacuum analyze reading")
        connection.execute("vacuum analyze reading_block")
        size_row = connection.execute(
            "select hypertable_size('reading') + hypertable_size('reading_block') as bytes"
        ).fetchone()
        row_bytes = 0 if size_row is None else int(size_row["bytes"])
        sensor_ids = np.array(project.sensor_ids, np.int32)
        as_rows = ask_each(connection, sensor_ids)
        chunk = ChunkToFile(project.id, from_us(START_US), from_us(START_US + DAY_US), sensor_ids)
        began = time.perf_counter()
        filed = file_chunk(connection, shelf, folder, chunk)
        filing_s = time.perf_counter() - began
        assert isinstance(filed, FiledChunk)
        in_files = ask_each(connection, sensor_ids)
        began = time.perf_counter()
        thaw(connection, shelf, sensor_ids, chunk.start, chunk.end)
        thawing_s = time.perf_counter() - began
    size = [
        f"{row_bytes / readings:.0f}",
        f"{filed.size_bytes / readings:.2f}",
        f"{readings / filing_s:,.0f}",
        f"{readings / thawing_s:,.0f}",
    ]
    return size, [
        [name, f"{rows:.0f}", f"{files:.0f}", f"{files / rows:.1f}"]
        for (name, rows), (_, files) in zip(as_rows, in_files, strict=True)
    ]


def fill(connection: Connection, sensor_id: int, n: int, values: Callable[[int], np.ndarray]) -> None:
    """Rows of one sensor, converted as its profile says."""
    raw = values(n)
    t_us = START_US + np.arange(n, dtype=np.int64) * 1000 + np.random.default_rng(2).integers(0, 20, n)
    (row,) = connection.execute(
        "select id from conversion_profile where sensor_id = %s", (sensor_id,)
    ).fetchall()
    columns = ReadingColumns(
        t_us,
        raw,
        raw * SLOPE + OFFSET,
        np.full(n, sensor_id, np.int32),
        np.full(n, row["id"], np.int32),
        np.zeros(n, np.uint16),
    )
    copy_readings(connection, encode_readings(columns, in_blocks=True))


def ask_each(connection: Connection, sensor_ids: np.ndarray) -> list[tuple[str, float]]:
    """Questions, and how many milliseconds each takes."""
    bounds = {"from": from_us(START_US), "to": from_us(START_US + SLICE_US)}
    spans = {
        "track": np.arange(2, dtype=np.int32),
        "sensor_id": sensor_ids,
        "from_us": np.full(2, START_US),
        "to_us": np.full(2, START_US + SLICE_US),
    }
    told = {
        "is_raw": False,
        "is_believed": False,
        "takes_profiles": False,
        "takes_raw": True,
        "max_rows": 1_000_000,
    }
    page = {"sensor_ids": sensor_ids, "froms": np.full(2, START_US).astype("datetime64[us]"), "rows": 100_000}
    minute = {"to": from_us(START_US + 1_000_000), "to_us": np.full(2, START_US + 1_000_000)}
    return [
        ("a second", ask(connection, "series.readings", bounds | spans | told | minute)),
        ("200,000 readings", ask(connection, "series.readings", bounds | spans | told)),
        ("an export's 200,000", ask(connection, "export.pages", bounds | page)),
    ]


def ask(connection: Connection, name: str, parameters: dict[str, Any]) -> float:
    """The median of some tries, each in a transaction of its own."""
    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        with connection.transaction():
            statement = with_archived_sync(connection, name, parameters)
            connection.execute(statement, parameters, binary=True).fetchall()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


if __name__ == "__main__":
    main()
