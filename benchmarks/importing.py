"""How close does an import of a file come to what the database takes by itself?

Import: one worker reads a file in pieces of 50,000 readings, validates, converts and stores them through the
ledger. Baseline: the same rows, encoded beforehand in sorted batches of 50,000, COPY BINARY over one
connection. Both write to a fresh database of the same cluster, in turn. Data: 50 sensors with
linear profiles, sampled at 10 Hz, row after row as time goes on; the worker's memory is its process's own.

Wanted: 0.7 for Parquet, below 500 MB.

Run: `python -m benchmarks.importing [--quick]`.

Last result (22 November 2026, `--quick`, medians of three, two cores that worker and database share):

| file                         | readings/s | raw COPY beside it | of raw | MB  |
| ---------------------------- | ---------- | ------------------ | ------ | --- |
| Parquet                      | 427,300    | 485,420            | 0.88   | 275 |
| Parquet, a column per sensor | 376,875    | 504,162            | 0.75   | 275 |
| Arrow                        | 427,349    | 491,046            | 0.85   | 275 |
| CSV                          | 396,592    | 511,881            | 0.77   | 305 |
"""

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg

from backfill.imports.work import work_on_imports
from barograph.catalog.catalog import CatalogCache
from barograph.database.block_format import EncodedReadings, copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.program.memory import keep_freed_memory
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.backfill.imports.uploaded import OwnedImporter, started
from tests.seed import Profile, Project, seed_project

BATCH = 50_000
SENSORS = 50
START_US = 1_420_070_400_000_000
STEP_US = 100_000
LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]
LONG = {"time": {"column": "time", "format": "epoch_us"}, "sensor": "sensor", "value": "value"}
WIDE = {
    "time": {"column": "time", "format": "epoch_us"},
    "columns": {f"s{i}": f"s{i}" for i in range(SENSORS)},
}
Write = Callable[[pl.DataFrame, Path], object]


def main() -> None:
    """Measures every format against the baseline, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the readings")
    is_quick = parser.parse_args().quick
    readings, rounds = 1_000_000 if is_quick else 4_000_000, 3
    long, wide = long_table(readings), wide_table(readings)
    cases: dict[str, tuple[pl.DataFrame, Write, Mapping[str, Any]]] = {
        "Parquet": (long, pl.DataFrame.write_parquet, {"format": "parquet", **LONG}),
        "Parquet, a column per sensor": (wide, pl.DataFrame.write_parquet, {"format": "parquet", **WIDE}),
        "Arrow": (long, pl.DataFrame.write_ipc, {"format": "arrow", **LONG}),
        "CSV": (long, pl.DataFrame.write_csv, {"format": "csv", "csv": {}, **LONG}),
    }
    with serving_cluster() as server_url:
        pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        memory = dict.fromkeys(cases, 0.0)
        for _ in range(rounds):
            for name, (table, write, how) in cases.items():
                raw = readings / on_fresh_database(server_url, lambda url, p: copy_raw(url, p, readings))
                seconds, megabytes = on_fresh_database(
                    server_url,
                    lambda url, p, t=table, w=write, h=how: measure_import(url, p, t, w, dict(h)),
                )
                pairs[name].append((readings / seconds, raw))
                memory[name] = max(memory[name], megabytes)
    rows = [row_of(name, found, memory[name]) for name, found in pairs.items()]
    print_table("Import", ("file", "readings/s", "raw COPY beside it", "of raw", "MB"), rows)


def row_of(name: str, found: Sequence[tuple[float, float]], megabytes: float) -> tuple[str, ...]:
    """Medians; the ratio is that of neighbours in time."""
    rate, raw = (statistics.median(each) for each in zip(*found, strict=True))
    ratio = statistics.median(rate / raw for rate, raw in found)
    return name, f"{rate:,.0f}", f"{raw:,.0f}", f"{ratio:.2f}", f"{megabytes:,.0f}"


def long_table(readings: int) -> pl.DataFrame:
    """A reading per row, in the order of time."""
    row = pl.int_range(readings)
    return pl.select(
        sensor=pl.format("s{}", row % SENSORS),
        time=START_US + row // SENSORS * STEP_US,
        value=(row * 0.37).sin(),
    )


def wide_table(readings: int) -> pl.DataFrame:
    """The same with a column per sensor."""
    row = pl.int_range(readings // SENSORS)
    values = [((row * SENSORS + i) * 0.37).sin().alias(f"s{i}") for i in range(SENSORS)]
    return pl.select((START_US + row * STEP_US).alias("time"), *values)


def on_fresh_database(server_url: str, measure: Callable[[str, Project], Any]) -> Any:  # noqa: ANN401  # what it returns
    """Runs a measurement on a fresh database; returns its result."""
    with fresh_database(server_url) as url:
        return measure(url, seed_project(url, SENSORS, LINEAR))


def copy_raw(database_url: str, project: Project, readings: int) -> float:
    """Seconds that COPY alone takes for the readings of `long_table`."""
    batches = [encoded(project, first) for first in range(0, readings, BATCH)]
    with psycopg.connect(database_url, autocommit=True) as connection:
        begun = time.perf_counter()
        for batch in batches:
            with connection.transaction():
                copy_readings(connection, batch)
        return time.perf_counter() - begun


def encoded(project: Project, first: int) -> EncodedReadings:
    """A batch of the readings of `long_table`, sorted by sensor."""
    row = np.arange(first, first + BATCH)
    row = row[np.argsort(row % SENSORS, kind="stable")]
    raw = np.sin(row * 0.37)
    return encode_readings(
        ReadingColumns(
            t_us=START_US + row // SENSORS * STEP_US,
            raw=raw,
            physical=2 * raw + 1,
            sensor_id=np.array(project.sensor_ids, np.int32)[row % SENSORS],
            profile_id=np.ones(BATCH, np.int32),
            flags=np.zeros(BATCH, np.uint16),
        ),
        in_blocks=True,
    )


def measure_import(
    database_url: str, project: Project, table: pl.DataFrame, write: Write, how: dict[str, Any]
) -> tuple[float, float]:
    """Seconds for the file, and the most memory that the process took, MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(table, path)
        started(importer(database_url, folder), project, path.read_bytes(), how, batch_rows=rows_of(how))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, megabytes = pool.apply(work, (database_url, folder))
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select status, accepted, failure from import").fetchone()
    assert row == ("finished", table.height * (table.width - 1 if "columns" in how else 1), "")
    return seconds, megabytes


def rows_of(how: dict[str, Any]) -> int:
    """The rows that hold a batch of readings."""
    return BATCH // len(how.get("columns", ("value",)))


def work(database_url: str, folder: str) -> tuple[float, float]:
    """In a process of its own."""
    keep_freed_memory()
    with_folder = importer(database_url, folder)
    with_folder.catalogs.open()
    begun = time.perf_counter()
    work_on_imports(with_folder)
    seconds = time.perf_counter() - begun
    with_folder.catalogs.close()
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def importer(database_url: str, folder: str) -> OwnedImporter:
    """The parts that the work needs."""
    made = OwnedImporter(database_url, CatalogCache(database_url), Path(folder) / "imports")
    made.owner_url = database_url
    return made


if __name__ == "__main__":
    main()
