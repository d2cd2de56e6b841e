"""What does the log of changes cost a commit of readings, when nobody watches?

Commits of one shape, with the log and without it, in turn on one connection: COPY of the readings, what
roll-ups owe, COMMIT. Wanted: at least 0.99 of the rate without it for what a fleet of gateways sends.

Run: `python -m benchmarks.change_log [--quick] [--commits 60]`. Last result: see the table in decision 300.
"""

import argparse
import statistics
import time
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg

from barograph.database.arrays import register
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import load_queries, query
from barograph.readings.dirty_seconds import DirtySeconds, find_dirty
from barograph.readings.storing.change_log import pack
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.seed import seed_project

SHAPES = [(50_000, 50), (50_000, 500), (5_000, 500), (1_000, 1_000)]
WARM = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=60, help="of each kind and shape")
    parser.add_argument("--quick", action="store_true", dest="is_quick", help="a fifth of them")
    asked = parser.parse_args()
    commits = asked.commits // 5 if asked.is_quick else asked.commits
    rows: list[list[str]] = []
    with serving_cluster() as server_url, fresh_database(server_url) as url:
        sensor_ids = np.array(seed_project(url, 1000).sensor_ids, np.int32)
        with psycopg.connect(url, autocommit=True) as connection:
            register(connection)
            for readings, sensors in SHAPES:
                rows.append(measure(connection, sensor_ids[:sensors], readings, commits))
    print_table(
        "A commit with the log of changes",
        ["readings, sensors", "without, ms", "with, ms", "of the rate without"],
        rows,
    )


def measure(
    connection: psycopg.Connection[Any],
    sensor_ids: np.ndarray[Any, np.dtype[np.int32]],
    readings: int,
    commits: int,
) -> list[str]:
    """A row of the table, from medians."""
    ways: dict[str, LiteralString] = {
        "without": statements()["change_log.mark_dirty_alone"],
        "with": query("store.mark_dirty"),
    }
    connection.execute(statements()["change_log.lay_aside"])
    connection.execute(statements()["change_log.settle"])
    took: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(commits + WARM):
        columns, dirty = batch(sensor_ids, readings)
        marks = vars(dirty) | {"touched": pack(dirty)}
        for way, mark in sorted(ways.items(), reverse=bool(number % 2)):
            started = time.perf_counter()
            with connection.transaction():
                copy_readings(connection, encode_readings(columns, in_blocks=True))
                connection.execute(mark, marks)
            if number >= WARM:
                took[way].append(time.perf_counter() - started)
    # Two that follow each other saw the same machine.
    ratio = statistics.median(a / b for a, b in zip(took["without"], took["with"], strict=True))
    without_ms, with_ms = (statistics.median(took[way]) * 1000 for way in ("without", "with"))
    return [f"{readings:,}, {sensor_ids.size:,}", f"{without_ms:.2f}", f"{with_ms:.2f}", f"{ratio:.3f}"]


def batch(
    sensor_ids: np.ndarray[Any, np.dtype[np.int32]], readings: int
) -> tuple[ReadingColumns, DirtySeconds]:
    """Readings of now, spread over the sensors."""
    slot = np.sort(np.arange(readings, dtype=np.int32) % sensor_ids.size)
    t_us = now_us() + np.arange(readings) % (readings // sensor_ids.size or 1)
    raw = np.random.default_rng(readings).normal(0, 1, readings)
    no_profile, no_flags = np.full(readings, -1, np.int32), np.zeros(readings, np.uint16)
    return (
        ReadingColumns(t_us, raw, 2 * raw, sensor_ids[slot], no_profile, no_flags),
        find_dirty(sensor_ids, slot, t_us)[0],
    )


@cache
def statements() -> dict[str, LiteralString]:
    return dict(load_queries(Path(__file__).parent / "sql"))


if __name__ == "__main__":
    main()
