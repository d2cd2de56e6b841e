"""Is any zoom answered at once, from an hour to 100 microseconds, and what would readings alone take?

Windows at random, of lengths even in their logarithm, are asked for as a plot does: first a picture in few
columns, then the detail in many. Each question is asked over HTTP (the whole way: token, rights, planner,
JSON), and a part of them again with every second marked as not rolled up, so that readings alone must answer.
`refused` counts answers other than 200.

Data: one sensor of 10 kHz for an hour (36 million readings), and 20 sensors of 1 kHz for ten minutes (12
million), loaded by COPY and rolled up by the worker's own code. `--quick`: a minute of each. Wanted, at the
95th percentile: one sensor 150 ms for the first picture, 300 ms for the detail; 20 sensors 250 ms and 600 ms;
none refused; fine roll-ups take about a twentieth of the bytes of readings at most.

Run: `python -m benchmarks.zoom [--quick]`. The last recorded result stands in docs/queries.md.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from barograph.database.arrays import register
from barograph.program.log import configure_logging
from barograph.settings import Settings
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_us, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.query import roll_up_all, statement, store
from benchmarks.table import print_table
from tests.api.server import Person, serving
from tests.seed import Project, seed_project

FIRST_COLUMNS, DETAIL_COLUMNS = 300, 2400
COMMIT_READINGS = 500_000


@dataclass(frozen=True)
class ZoomCase:
    """Sensors of one rate, and the windows to be asked for.

    Attributes:
        min_us: the shortest window.
    """

    name: str
    sensors: slice
    hz: int
    start_us: int
    length_us: int
    min_us: int


@dataclass(frozen=True)
class TimedQuestion:
    """How long it took, and whether it was answered."""

    ms: float
    is_answered: bool


def main() -> None:
    """Loads, rolls up, asks, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a minute of readings")
    is_quick = parser.parse_args().quick
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    lengths_us = (MINUTE_US, MINUTE_US) if is_quick else (HOUR_US, 10 * MINUTE_US)
    day_us = (now_us() // DAY_US - 2) * DAY_US
    cases = (
        ZoomCase("1 sensor at 10 kHz", slice(0, 1), 10_000, day_us, lengths_us[0], 100),
        ZoomCase("20 sensors at 1 kHz", slice(1, 21), 1000, day_us + DAY_US, lengths_us[1], SECOND_US),
    )
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        project = seed_project(database_url, 21)
        for case in cases:
            load(database_url, project, case)
        roll_up_all(database_url)
        print_sizes(database_url)
        server = stack.enter_context(serving(database_url))
        person = server.person("bench@example.org", is_admin=True)
        windows = 50 if is_quick else 200
        rows = [row for case in cases for row in measure(person, database_url, case, windows)]
    header = ("question", "columns", "p50, ms", "p95, ms", "refused")
    print_table("Any zoom", header, rows)


def load(database_url: str, project: Project, case: ZoomCase) -> None:
    """The readings of a case."""
    ids = np.array(project.sensor_ids[case.sensors], np.int32)
    each, at_once = case.length_us // SECOND_US * case.hz, COMMIT_READINGS // ids.size
    with psycopg.connect(database_url, autocommit=True) as connection:
        register(connection)
        for first in range(0, each, at_once):
            t_us = case.start_us + np.arange(first, min(first + at_once, each)) * SECOND_US // case.hz
            store(connection, np.tile(t_us, ids.size), np.repeat(ids, t_us.size))
        connection.execute(statement("query.settle_readings"))


def print_sizes(database_url: str) -> None:
    """Prints the sizes of fine roll-ups beside those of readings."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(statement("zoom.sizes")).fetchall()
    print_table(
        "Bytes", ("day", "readings", "fine roll-ups", "share"), [tuple(map(str, row)) for row in rows]
    )


def measure(
    person: Person, database_url: str, case: ZoomCase, windows: int
) -> list[tuple[str, str, str, str, str]]:
    """First pictures and details, and a part of them from readings alone."""
    names = sensors_of(database_url)[case.sensors]
    rng = np.random.default_rng(1)
    length_us = np.exp(rng.uniform(np.log(case.min_us), np.log(case.length_us), windows)).astype(np.int64)
    start_us = case.start_us + (rng.uniform(0, 1, windows) * (case.length_us - length_us)).astype(np.int64)
    asked = list(zip(start_us.tolist(), (start_us + length_us).tolist(), strict=True))
    rows = [
        summarize(case.name, columns, [ask(person, names, columns, *each) for each in asked])
        for columns in (FIRST_COLUMNS, DETAIL_COLUMNS)
    ]
    with psycopg.connect(database_url, autocommit=True) as connection:
        period = {"from": format_us(case.start_us), "to": format_us(case.start_us + case.length_us)}
        connection.execute(statement("zoom.mark_dirty"), {"sensors": names, **period})
        alone = [ask(person, names, DETAIL_COLUMNS, *each) for each in asked[: windows // 4]]
        connection.execute(statement("zoom.mark_clean"))
    return [*rows, summarize(f"{case.name}, readings alone", DETAIL_COLUMNS, alone)]


def sensors_of(database_url: str) -> list[str]:
    """Their names in the API, in the order of their ids."""
    with psycopg.connect(database_url) as connection:
        return [str(name) for _, name in sorted(connection.execute(statement("query.sensors")).fetchall())]


def ask(person: Person, sensors: Sequence[str], columns: int, from_us: int, to_us: int) -> TimedQuestion:
    """One question."""
    parameters: dict[str, Any] = {"sensor": list(sensors), "columns": columns}
    started = time.perf_counter()
    answer = person.get("/series", parameters | {"from": format_us(from_us), "to": format_us(to_us)})
    return TimedQuestion((time.perf_counter() - started) * 1000, answer.status_code == 200)


def summarize(name: str, columns: int, answers: Sequence[TimedQuestion]) -> tuple[str, str, str, str, str]:
    """A line of the table."""
    ms = [each.ms for each in answers]
    cuts = statistics.quantiles(ms, n=20, method="inclusive")
    refused = sum(not each.is_answered for each in answers)
    return name, f"{columns:,}", f"{cuts[9]:.0f}", f"{cuts[-1]:.0f}", f"{refused} of {len(ms)}"


if __name__ == "__main__":
    main()
