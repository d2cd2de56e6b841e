"""How fast are metrics of runs logged, and how long does a chart of a long run take?

Logging: bodies of 10,000 points, 20 names by 500 steps each, by one caller and by four, each of a run of its
own. Baseline: COPY of the same rows into a table of the same form, in transactions as large, by one
connection. Each round takes both in turn.
Reading: a run with a million points in each of two names, asked as the portal asks; and twelve runs of
a hundred thousand points, and two of a million, laid over one another. Baseline: the least and the greatest
of the same points, in plain SQL; of comparisons, the statements that read all points, as comparisons by
time do.
The callers, the API (one process) and the database share the machine.

Wanted: 50,000 points/s; a chart of a million points below half a second, the summary of a run below 100 ms.

Run: `python -m benchmarks.metrics [--quick]`. Last result (27 November 2026, --quick, two cores that did
nothing else): 37,333 points/s by one caller and 64,107 by four, 0.12 and 0.26 of COPY; p50 of summaries of
two names of a million points 11.6 ms (348.7 from the points), of a chart of a million 34.6 (153.5), of
buckets of a million 205.6 (113.9), of charts of 12 runs of 100,000 1,034 (207), of 12 such runs compared
1,833 (2,477), of two runs of a million compared 912 (4,992). In processor time a body of 10,000 takes about
45 ms of the API and 60 ms of the database, of which 32 ms are for the foreign key.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import orjson
import psycopg

from barograph.database.queries import query
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.api.server import SIGNING_KEY, Person, Server
from tests.programs import running

NAMES, STEPS = 20, 500
BODY_POINTS = NAMES * STEPS
LONG_NAMES, LONG_POINTS = 2, 1_000_000
RUNS, RUN_POINTS = 12, 100_000
COLUMNS = 1000
REPEATS = 7
TABLE = "create table copied (like metric_point including all)"
COPY = "copy copied from stdin"
FILL = (
    "insert into metric_point (metric_id, step, value, time)"
    " select %(metric_id)s, step, exp(-step / 1e5) + 0.1 * sin(step * 0.37), now()"
    " from generate_series(0, %(points)s - 1) as step"
)
PLAIN = "select min(value), max(value) from metric_point where metric_id = any(%s)"
NAME = (
    "insert into run_metric (run_id, name)"
    " select id, %(name)s from run where public_id = %(run)s returning id"
)


def main() -> None:
    """Logs, fills, asks, and prints both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a third of the points that are logged")
    bodies = 8 if parser.parse_args().quick else 24
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "api.log"
        settings = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_LOG_LEVEL": "warning"}
        api = stack.enter_context(running("api", url, log, settings))
        person = Server(api.url, url).person("analyst@example.org", is_admin=True)
        project = person.made("/projects", {"name": "metrics"})["id"]
        experiment = person.made(f"/projects/{project}/experiments", {"name": "metrics"})["id"]
        print_table(
            "Logging metrics",
            ("callers", "points/s", "of COPY", "of a body, p95, ms"),
            [logged(url, person, experiment, callers, bodies) for callers in (1, 4)],
        )
        print_table("Reading metrics", ("question", "p50, ms", "baseline, ms"), read(url, person, experiment))


def logged(url: str, person: Person, experiment: str, callers: int, bodies: int) -> tuple[str, ...]:
    """Medians of three rounds."""
    rates, ratios, waits_s = list[float](), list[float](), list[float]()
    for _ in range(3):
        copy_s = copied_s(url, bodies)
        paths = [f"/api/v1/runs/{new_run(person, experiment)}/metrics" for _ in range(callers)]
        share = [range(caller, bodies, callers) for caller in range(callers)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(callers) as threads:
            for times_s in threads.map(partial(send, person.client), paths, share):
                waits_s += times_s
        took_s = time.perf_counter() - begun
        rates.append(bodies * BODY_POINTS / took_s)
        ratios.append(copy_s / took_s)
    p95_s = sorted(waits_s)[int(len(waits_s) * 0.95)]
    return (
        str(callers),
        f"{statistics.median(rates):,.0f}",
        f"{statistics.median(ratios):.2f}",
        f"{p95_s * 1000:.0f}",
    )


def send(client: httpx.Client, path: str, which: Sequence[int]) -> list[float]:
    """Bodies, one after the other; how long each took."""
    times_s = list[float]()
    for number in which:
        points = [
            {"name": f"m{name}", "step": step, "value": value} for name, step, value in points_of(number)
        ]
        body = orjson.dumps({"points": points})
        begun = time.perf_counter()
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        times_s.append(time.perf_counter() - begun)
        assert answer.json()["accepted"] == BODY_POINTS, answer.text
    return times_s


def points_of(number: int) -> list[tuple[int, int, float]]:
    """The points of a body: name, step, value."""
    first = number * STEPS
    return [
        (name, step, (step * 31 + name) % 1009 / 7)
        for step in range(first, first + STEPS)
        for name in range(NAMES)
    ]


def copied_s(url: str, bodies: int) -> float:
    """How long the baseline takes."""
    texts = [
        "".join(f"{name}\t{step}\t{value}\t2026-01-01T00:00:00Z\n" for name, step, value in points_of(number))
        for number in range(bodies)
    ]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists copied")
        connection.execute(TABLE)
        begun = time.perf_counter()
        for text in texts:
            with connection.cursor().copy(COPY) as copy:
                copy.write(text)
        return time.perf_counter() - begun


def read(url: str, person: Person, experiment: str) -> list[tuple[str, ...]]:
    """A row for each question."""
    long, longer = (new_run(person, experiment) for _ in range(2))
    runs = [new_run(person, experiment) for _ in range(RUNS)]
    with psycopg.connect(url, autocommit=True) as connection:
        of_long = [fill(connection, long, f"m{name}", LONG_POINTS) for name in range(LONG_NAMES)]
        of_runs = [fill(connection, run, "loss", RUN_POINTS) for run in runs]
        of_pair = [of_long[0], fill(connection, longer, "m0", LONG_POINTS)]
        connection.execute("vacuum analyze metric_point")
        body = {"runs": runs, "metrics": ["loss"], "columns": COLUMNS}
        pair = {"runs": [long, longer], "metrics": ["m0"], "columns": COLUMNS}
        points = {"name": "m0", "max_points": 2000}
        zoomed = {**points, "from_step": 400_000, "to_step": 450_000}
        asked: Sequence[tuple[str, Callable[[], object], list[int]]] = (
            (
                "summary of 2 names of 1,000,000",
                lambda: person.read(f"/runs/{long}/metrics/summary"),
                of_long,
            ),
            ("chart of 1,000,000", lambda: person.read(f"/runs/{long}/metrics", **points), of_long[:1]),
            ("chart of 50,000 of them", lambda: person.read(f"/runs/{long}/metrics", **zoomed), []),
            (
                "buckets of 1,000,000",
                lambda: person.read(f"/runs/{long}/metrics/aggregate", name="m0", buckets=1000),
                of_long[:1],
            ),
            (
                "charts of 12 runs of 100,000",
                lambda: [person.read(f"/runs/{run}/metrics", name="loss", max_points=2000) for run in runs],
                of_runs,
            ),
        )
        compared: Sequence[tuple[str, Mapping[str, object], list[int], int]] = (
            ("12 runs of 100,000 compared", body, of_runs, RUN_POINTS),
            ("2 runs of 1,000,000 compared", pair, of_pair, LONG_POINTS),
        )
        return [
            (
                name,
                f"{median_ms(ask):.1f}",
                f"{median_ms(lambda ids=ids: connection.execute(PLAIN, (ids,)).fetchall()):.1f}"
                if ids
                else "",
            )
            for name, ask, ids in asked
        ] + [
            (
                name,
                f"{median_ms(lambda question=question: person.made('/comparisons', question)):.1f}",
                f"{median_ms(lambda ids=ids, points=points: from_all_points(connection, ids, points)):.1f}",
            )
            for name, question, ids, points in compared
        ]


def from_all_points(connection: psycopg.Connection, metric_ids: list[int], points: int) -> None:
    """Asks the database what a comparison would ask if it read all points."""
    each = len(metric_ids)
    asked = {
        "metric_ids": metric_ids,
        "froms": [0] * each,
        "tos": [points] * each,
        "origins": [0] * each,
        "is_by_step": True,
        "width": points // COLUMNS,
    }
    for statement in ("comparison.logged_spans", "comparison.logged_buckets"):
        connection.execute(query(statement), asked).fetchall()


def fill(connection: psycopg.Connection, run: str, name: str, points: int) -> int:
    """A curve, and the surrogate of its metric."""
    row = connection.execute(NAME, {"name": name, "run": run}).fetchone()
    assert row is not None
    connection.execute(FILL, {"metric_id": row[0], "points": points})
    return row[0]


def new_run(person: Person, experiment: str) -> str:
    """Its id."""
    return person.made(f"/experiments/{experiment}/runs", {"name": "long", "status": "running"})["id"]


def median_ms(ask: Callable[[], object]) -> float:
    """The median of some times, after one that warms up."""
    ask()
    times_s = list[float]()
    for _ in range(REPEATS):
        begun = time.perf_counter()
        ask()
        times_s.append(time.perf_counter() - begun)
    return statistics.median(times_s) * 1000


if __name__ == "__main__":
    main()
