"""Does a comparison take less than half a second, and what do single questions take?

One question to `POST /comparisons` about ten runs, five sensors of 1 kHz each, an hour a run, on 1,000
columns; beside it, in one run, the same by `GET /series`, one run after the other, in buckets of the same
size that begin at 1970 (the cheapest it has) and in buckets that begin at each run's start. All of it over
HTTP: the whole way of token, rights, planner and JSON. Runs begin at any microsecond, as runs do. Likewise
with T0 where a sensor crosses a value, for which there is no other question.

Data: 25 million readings: runs begin three minutes apart and share what was sent, so each reads all of its
hour. Loaded by COPY and rolled up by the worker's own code. `--quick`: three runs of a minute. Wanted: the
comparison below 500 ms.

Run: `python -m benchmarks.comparison [--quick]`. The last recorded result stands in docs/comparisons.md.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
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

SENSORS, HZ, COLUMNS, TIMES = 5, 1000, 1000, 9
COMMIT_READINGS = 500_000
APART_US = 3 * MINUTE_US + 123_457


@dataclass(frozen=True)
class BenchedRuns:
    """Runs of one length, and when each began.

    Attributes:
        bucket: of the comparison's columns.
    """

    starts_us: Sequence[int]
    length_us: int
    bucket: str


def main() -> None:
    """Loads, rolls up, asks, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="three runs of a minute")
    is_quick = parser.parse_args().quick
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    first_us = (now_us() // DAY_US - 3) * DAY_US + 123_457
    length_us, count, bucket = (MINUTE_US, 3, "100ms") if is_quick else (HOUR_US, 10, "5s")
    runs = BenchedRuns([first_us + n * APART_US for n in range(count)], length_us, bucket)
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        project = seed_project(database_url, SENSORS)
        load(database_url, project, runs)
        roll_up_all(database_url)
        server = stack.enter_context(serving(database_url))
        person = server.person("bench@example.org", is_admin=True)
        rows = measure(person, make_runs(person, project, runs), project.keys, runs)
    print_table("A comparison", ("question", "p50, ms", "least, ms"), rows)


def load(database_url: str, project: Project, runs: BenchedRuns) -> None:
    """The readings of all runs: a wave, and noise."""
    ids = np.array(project.sensor_ids, np.int32)
    length_us = runs.starts_us[-1] + runs.length_us - runs.starts_us[0]
    each, at_once = length_us * HZ // SECOND_US + 1, COMMIT_READINGS // ids.size
    with psycopg.connect(database_url, autocommit=True) as connection:
        register(connection)
        for first in range(0, each, at_once):
            t_us = runs.starts_us[0] + np.arange(first, min(first + at_once, each)) * SECOND_US // HZ
            store(connection, np.tile(t_us, ids.size), np.repeat(ids, t_us.size))
        connection.execute(statement("query.settle_readings"))


def make_runs(person: Person, project: Project, runs: BenchedRuns) -> list[str]:
    """Each with one capture session of all sensors, in their times."""
    made = f"/projects/{project.public_id}"
    experiment = person.made(f"{made}/experiments", {"name": "bench"})["id"]
    sensors = [item["id"] for item in person.read(f"{made}/sensors")["items"]]
    return [make_run(person, experiment, sensors, start_us, runs) for start_us in runs.starts_us]


def make_run(
    person: Person, experiment: str, sensors: Sequence[str], start_us: int, runs: BenchedRuns
) -> str:
    """One of them."""
    run = person.made(f"/experiments/{experiment}/runs", {"name": format_us(start_us)})["id"]
    for sensor in sensors:
        person.send("PUT", f"/runs/{run}/sensors/{sensor}").raise_for_status()
    person.patch(f"/runs/{run}", {"status": "running"}).raise_for_status()
    session = person.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    person.made(f"/capture-sessions/{session}:stop", {})
    bounds = {"started_at": format_us(start_us), "stopped_at": format_us(start_us + runs.length_us)}
    person.patch(f"/capture-sessions/{session}", bounds).raise_for_status()
    return run


def measure(
    person: Person, ids: Sequence[str], keys: Sequence[str], runs: BenchedRuns
) -> list[tuple[str, str, str]]:
    """In turn, so that what else the machine does falls on all alike."""
    body = {"runs": list(ids), "sensors": list(keys), "columns": COLUMNS}
    crossing = {"sensor": keys[0], "crosses": 0.9}
    cases: dict[str, Callable[[], None]] = {
        "one comparison": lambda: compare(person, body),
        "one comparison, T0 at a crossing": lambda: compare(person, body | {"align": crossing}),
        "/series, run after run": lambda: ask(person, ids, keys, bucket=runs.bucket),
        "/series, run after run, from each start": lambda: ask(
            person, ids, keys, bucket=runs.bucket, align="start"
        ),
    }
    took_ms: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(TIMES):
        for name, work in cases.items():
            started = time.perf_counter()
            work()
            took_ms[name].append((time.perf_counter() - started) * 1000)
    return [(name, f"{statistics.median(ms):.0f}", f"{min(ms):.0f}") for name, ms in took_ms.items()]


def compare(person: Person, body: dict[str, Any]) -> None:
    """One question."""
    answer = person.post("/comparisons", body)
    assert answer.status_code == 200, answer.text


def ask(person: Person, ids: Sequence[str], keys: Sequence[str], **asked: str) -> None:
    """A question for each run, of which a refused one counts as any other."""
    for run in ids:
        answer = person.get(
            "/series", {"run": run, "sensor": list(keys), "stat": ["mean", "min", "max"], **asked}
        )
        assert answer.status_code in {httpx.codes.OK, httpx.codes.UNPROCESSABLE_ENTITY}, answer.text


if __name__ == "__main__":
    main()
