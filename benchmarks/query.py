"""How fast are the questions that analysts ask, and how much slower would raw SQL be?

Each question is asked over HTTP (the whole way: token, rights, planner, roll-ups, JSON), and in plain SQL
over the readings, in turn, in one run. Data: 200 sensors; one of 10 kHz for an hour (36 million readings),
the others with 64 million over a day, all rolled up by the worker's own code, on one connection.
`--quick`: a twentieth of the readings.

Run: `python -m benchmarks.query [--quick]`. The last recorded result stands in docs/queries.md.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

from backfill.jobs.row_claims import create_work_pool
from barograph.database.arrays import register
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import load_queries
from barograph.program.log import configure_logging
from barograph.readings.dirty_seconds import find_dirty
from barograph.readings.storing.store import mark_dirty
from barograph.settings import Settings
from barograph.times import DAY_US, MINUTE_US, format_us, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.api.server import Parameter, Person, serving
from tests.backfill.rollups.expected import work_everything_off
from tests.seed import Project, seed_project

SENSORS = 200
HOUR_US = 60 * MINUTE_US
FAST_HZ = 10_000
SLOW_READINGS = 64_000_000
COMMIT_READINGS = 500_000


@dataclass(frozen=True)
class Case:
    """A question, by both ways."""

    name: str
    ask: Callable[[], object]
    in_sql: Callable[[], object]


def main() -> None:
    """Loads, rolls up, asks, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a twentieth of the readings")
    share = 20 if parser.parse_args().quick else 1
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        project = seed_project(database_url, SENSORS)
        start_us = (now_us() // DAY_US - 1) * DAY_US
        readings, load_s = timed(lambda: load(database_url, project, start_us, share))
        _, roll_up_s = timed(lambda: roll_up_all(database_url))
        print(f"{readings:,} readings; loaded in {load_s:.0f} s, rolled up in {roll_up_s:.0f} s")
        server = stack.enter_context(serving(database_url))
        connection = stack.enter_context(psycopg.connect(database_url, autocommit=True))
        rows = [
            measure(case)
            for case in cases(server.person("bench@example.org", is_admin=True), connection, start_us, share)
        ]
    header = ("question", "over HTTP, ms", "raw SQL, ms", "times faster")
    print_table(f"Questions about {readings:,} readings", header, rows)


def load(database_url: str, project: Project, start_us: int, share: int) -> int:
    """The readings; how many there are."""
    count = 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        register(connection)
        for slots, t_us in history(start_us, share):
            ids = np.array(project.sensor_ids, np.int32)[slots]
            store(connection, np.tile(t_us, ids.size), np.repeat(ids, t_us.size))
            count += ids.size * t_us.size
        connection.execute(statement("query.settle_readings"))
    return count


def history(start_us: int, share: int) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]]:
    """Commits: sensors by number, and the times at which each of them was read."""
    fast = FAST_HZ // share * 3600
    step_us = 10**6 * share // FAST_HZ
    for first in range(0, fast, COMMIT_READINGS):
        yield (
            np.zeros(1, np.int32),
            start_us + 12 * HOUR_US + np.arange(first, min(first + COMMIT_READINGS, fast)) * step_us,
        )
    slow = np.arange(1, SENSORS, dtype=np.int32)
    each = SLOW_READINGS // share // slow.size
    step_us, at_once = DAY_US // each, COMMIT_READINGS // slow.size
    for first in range(0, each, at_once):
        yield slow, start_us + np.arange(first, min(first + at_once, each)) * step_us


def noisy_wave(t_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Noise around a wave, for the readings of a commit."""
    rng = np.random.default_rng(int(t_us[0]))
    return np.sin(t_us / (7 * MINUTE_US)) + rng.normal(0, 0.1, t_us.size)


def store(connection: psycopg.Connection[Any], t_us: NDArray[np.int64], ids: NDArray[np.int32]) -> None:
    """In one commit as of ingest, which marks what roll-ups owe."""
    raw = noisy_wave(t_us)
    no_profile, no_flags = np.full(t_us.size, -1, np.int32), np.zeros(t_us.size, np.uint16)
    columns = ReadingColumns(t_us, raw, 25 * raw - 12.5, ids, no_profile, no_flags)
    sensor_ids, slot = np.unique(ids, return_inverse=True)
    dirty, _ = find_dirty(sensor_ids, slot.astype(np.int32), t_us)
    with connection.transaction():
        copy_readings(connection, encode_readings(columns, in_blocks=True))
        mark_dirty(connection, dirty)


def roll_up_all(database_url: str) -> None:
    """Every tier, until nothing is owed."""
    with create_work_pool(database_url, 1) as pool:
        work_everything_off(pool)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(statement("query.settle_rollups"))


def cases(person: Person, connection: psycopg.Connection[Any], start_us: int, share: int) -> list[Case]:
    """The questions."""
    sensors = dict(connection.execute(statement("query.sensors")).fetchall())
    ids, names = list(sensors), [str(name) for name in sensors.values()]
    hour_us = start_us + 12 * HOUR_US
    run = make_run(person, names)

    def ask(**parameters: Parameter) -> Callable[[], object]:
        return lambda: person.read("/series", **parameters)

    def in_sql(name: str, **parameters: object) -> Callable[[], object]:
        return lambda: connection.execute(statement(name), parameters).fetchall()

    hour = {"from": format_us(hour_us), "to": format_us(hour_us + HOUR_US)}
    day = {"from": format_us(start_us), "to": format_us(start_us + DAY_US)}
    few = {"from": format_us(hour_us), "to": format_us(hour_us + 100_000 * share)}
    return [
        Case(
            f"1 sensor, 1 h at {FAST_HZ // share:,} Hz, 2,000 points: mean, min, max",
            ask(sensor=names[0], max_points=2000, stat=["mean", "min", "max"], **hour),
            in_sql("query.buckets", sensor_ids=ids[:1], bucket="2s", **hour),
        ),
        Case(
            "the same, down to 2,000 samples by LTTB",
            ask(sensor=names[0], max_points=2000, downsample="lttb", **hour),
            in_sql("query.buckets", sensor_ids=ids[:1], bucket="1s", **hour),
        ),
        Case(
            "20 sensors, 1 day, 1-minute buckets: mean",
            ask(sensor=names[1:21], bucket="1m", **day),
            in_sql("query.means", sensor_ids=ids[1:21], bucket="1m", **day),
        ),
        Case(
            f"last value of {SENSORS} sensors (a run's overview)",
            lambda: person.read(f"/runs/{run}/overview"),
            in_sql("query.last", sensor_ids=ids, **day),
        ),
        Case(
            "1 sensor, 1,000 readings in 1,000 points",
            ask(sensor=names[0], max_points=1000, **few),
            in_sql("query.means", sensor_ids=ids[:1], bucket="100us", **few),
        ),
    ]


def make_run(person: Person, sensors: list[str]) -> str:
    """A run of all sensors, which began before their readings."""
    project = person.read("/projects")["items"][0]["id"]
    experiment = person.made(f"/projects/{project}/experiments", {"name": "bench"})["id"]
    run = person.made(f"/experiments/{experiment}/runs", {"name": "bench"})["id"]
    for sensor in sensors:
        person.send("PUT", f"/runs/{run}/sensors/{sensor}").raise_for_status()
    return run


def measure(case: Case) -> tuple[str, str, str, str]:
    """The median of 15 askings, and of 3 in SQL, after one to warm up."""
    case.ask()
    asked_s = statistics.median(timed(case.ask)[1] for _ in range(15))
    case.in_sql()
    sql_s = statistics.median(timed(case.in_sql)[1] for _ in range(3))
    return case.name, f"{asked_s * 1000:.1f}", f"{sql_s * 1000:.1f}", f"{sql_s / asked_s:.1f}"


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Runs the work; returns its result, and how long it took, in seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


@cache
def _statements() -> Mapping[str, LiteralString]:
    return load_queries(Path(__file__).parent / "sql")


def statement(name: str) -> LiteralString:
    """One of this benchmark's own."""
    return _statements()[name]


if __name__ == "__main__":
    main()
