"""How long do acks wait while a project's catalog changes?

A hundred gateways send a reading a second of each of 10,000 sensors, over WebSockets, to one ingest process.
Three cases, each against the same load on the same database without changes:

    10,000 sensors, 30 more a second      each in a transaction of its own, as the API makes them
    100,000 sensors, 30 more a second     10,000 of them send
    100,000 sensors, an activation a second, through the API

Each sensor has a linear profile of its own. Wanted: p99 below a second with 10,000 sensors and 30 more a
second, and an activation among 100,000 that delays acks by less than half a second.

Run: `python -m benchmarks.catalog [--quick] [--sensors 10000]`. Last result (28 November 2026, --quick, two
cores that did nothing else), milliseconds to the ack:

| sensors | changes                | p50 | p99 | most |
| ------- | ---------------------- | --- | --- | ---- |
| 10,000  | none                   | 22  | 100 | 157  |
| 10,000  | 30 sensors a second    | 27  | 96  | 166  |
| 100,000 | none                   | 20  | 225 | 293  |
| 100,000 | 30 sensors a second    | 114 | 399 | 484  |
| 100,000 | an activation a second | 24  | 245 | 337  |
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg
from psycopg.types.json import Jsonb

from barograph.database.queries import load_queries
from benchmarks.databases import fresh_database, serving_cluster, serving_redis
from benchmarks.ingest import report_process
from benchmarks.support.steady import PacedGateway, send_steadily
from benchmarks.table import print_table
from conversion import compile_profile
from tests.api.server import PASSWORD, PASSWORD_HASH
from tests.programs import running
from tests.seed import Project, change_catalog, seed_project

SENDING = 10_000
MANY = 100_000
GATEWAYS = 100
SENSORS_HZ = 30.0
ACTIVATIONS_HZ = 1.0
Change = Callable[[], None]


@dataclass(frozen=True)
class ChurnedProject:
    """A project whose catalog changes, and where it is."""

    url: str
    folder: Path
    project: Project
    sensors: int


def main() -> None:
    """Measures the cases, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="10 seconds of each instead of 60")
    sizes = (SENDING, MANY)
    parser.add_argument("--sensors", type=int, choices=sizes, help="the cases of one size alone")
    options = parser.parse_args()
    seconds = 10 if options.quick else 60
    rows: list[Sequence[str]] = []
    with serving_cluster() as server_url:
        for sensors in [options.sensors] if options.sensors else sizes:
            with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
                churned = _seed(url, Path(folder), sensors)
                rows += _measure_all(churned, seconds)
    header = ("sensors", "changes", "ack p50, ms", "p99, ms", "most, ms")
    print_table("10,000 readings a second", header, rows)


def _measure_all(churned: ChurnedProject, seconds: int) -> Iterator[Sequence[str]]:
    yield _measure(churned, "none", 1.0, lambda: None, seconds)
    with psycopg.connect(churned.url) as connection:
        numbers = count()

        def add_sensor() -> None:
            _add_sensor(connection, churned.project.id, f"more-{next(numbers)}")

        yield _measure(churned, "30 sensors a second", SENSORS_HZ, add_sensor, seconds)
    if churned.sensors > SENDING:
        with _activating(churned, seconds) as activate:
            yield _measure(churned, "an activation a second", ACTIVATIONS_HZ, activate, seconds)


def _measure(
    churned: ChurnedProject, title: str, changes_hz: float, change: Change, seconds: int
) -> Sequence[str]:
    print(f"  {churned.sensors:,} sensors, {title}", flush=True)
    with running("ingest", churned.url, churned.folder / "ingest.log") as ingest:
        over = threading.Event()
        changing = threading.Thread(target=_keep_changing, args=(change, changes_hz, over))
        changing.start()
        try:
            latencies_s = send_steadily(ingest.socket_url, _gateways(churned.project), seconds)
        finally:
            over.set()
            changing.join()
        report_process(ingest, churned.url)
    waits = [f"{latencies_s[int((len(latencies_s) - 1) * part)] * 1000:.0f}" for part in (0.5, 0.99, 1)]
    return f"{churned.sensors:,}", title, *waits


def _keep_changing(change: Change, changes_hz: float, over: threading.Event) -> None:
    """At this rate, or as fast as it goes."""
    due, done, began_s = time.perf_counter(), 0, time.perf_counter()
    while not over.wait(max(0.0, due - time.perf_counter())):
        change()
        due, done = due + 1 / changes_hz, done + 1
    print(f"  {done / (time.perf_counter() - began_s):.1f} changes a second", flush=True)


def _gateways(project: Project) -> list[PacedGateway]:
    """Under names of this round, as their sequences begin anew."""
    each, name = SENDING // GATEWAYS, time.time_ns()
    keys = [f"s{number}" for number in range(1, SENDING + 1)]
    return [
        PacedGateway(project.token, f"gateway-{name}-{first}", keys[first : first + each])
        for first in range(0, SENDING, each)
    ]


def _seed(url: str, folder: Path, sensors: int) -> ChurnedProject:
    project = seed_project(url, 0)
    with psycopg.connect(url) as connection:
        change_catalog(connection, project.id)
        asked = {"project_id": project.id, "sensors": sensors, **_linear(sensors, slope=1)}
        connection.execute(_query("catalog.sensors"), asked)
        connection.execute(_query("catalog.validity"))
        connection.execute(
            _query("catalog.editor"), {"project_id": project.id, "password_hash": PASSWORD_HASH}
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_query("catalog.settle"))
    return ChurnedProject(url, folder, project, sensors)


def _linear(sensors: int, slope: float) -> dict[str, Any]:
    """Payloads and hashes of linear profiles, which all differ, by key."""
    payloads = [{"slope": slope, "offset": number} for number in range(1, sensors + 1)]
    hashes = [compile_profile({"kind": "linear", "payload": each}).content_hash for each in payloads]
    return {
        "keys": [f"s{number}" for number in range(1, sensors + 1)],
        "payloads": [Jsonb(each) for each in payloads],
        "hashes": hashes,
    }


def _add_sensor(connection: psycopg.Connection, project_id: int, key: str) -> None:
    with connection.transaction():
        connection.execute(_query("catalog.bump"), {"project_id": project_id})
        connection.execute(_query("catalog.add_sensor"), {"project_id": project_id, "key": key})
        connection.execute(_query("catalog.notify"), {"project_id": project_id})


@contextmanager
def _activating(churned: ChurnedProject, seconds: int) -> Generator[Change]:
    """Activates another profile at each call."""
    with psycopg.connect(churned.url) as connection:
        versions = _linear(10 * seconds, slope=2)
        rows = connection.execute(_query("catalog.other_versions"), versions).fetchall()
    profiles = iter([str(profile_id) for (profile_id,) in rows])
    with ExitStack() as stack:
        redis_url = stack.enter_context(serving_redis())
        log = churned.folder / "api.log"
        api = stack.enter_context(running("api", churned.url, log, {"BAROGRAPH_REDIS_URL": redis_url}))
        client = stack.enter_context(httpx.Client(base_url=api.url, timeout=60))
        login = {"email": "caller-1@example.org", "password": PASSWORD}
        client.headers["Authorization"] = (
            f"Bearer {client.post('/auth/login', json=login).json()['access_token']}"
        )

        def activate() -> None:
            answer = client.post(f"/api/v1/conversion-profiles/{next(profiles)}:activate", json={})
            assert answer.status_code == 200, answer.text

        yield activate


def _query(name: str) -> LiteralString:
    return _queries()[name]


@cache
def _queries() -> Mapping[str, LiteralString]:
    return load_queries(Path(__file__).parent / "sql")


if __name__ == "__main__":
    main()
