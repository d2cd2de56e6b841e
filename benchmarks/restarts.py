"""How long does whoever asks first wait after the database was restarted?

One PostgreSQL, killed and shut down in turn; an API and an ingest that run on. Each question is asked first
after restarts of its own. `new connection` is the baseline: what a client without Barograph waits for a
connection and 50 rows of a table.

Data: a project with 200 sensors, a reading a second of ten of them over an hour.
Wanted: 300 ms.

Last result (`--quick`, 27 November 2026, two cores that did nothing else), median and most: projects 50 and
58 ms, sensors 62 and 70, readings 128 and 136, a series 168 and 212, storing a reading 198 and 205; a new
connection 25 and 41.

Run: `python -m benchmarks.restarts [--quick]`.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
import psycopg

from barograph.database.arrays import register
from barograph.local.servers.account import choose_account
from barograph.local.servers.executables import find_executables
from barograph.times import format_time, from_us, now_us
from benchmarks.databases import ROOT, serving_redis
from benchmarks.query import store
from benchmarks.table import print_table
from tests.api.server import PASSWORD, PASSWORD_HASH
from tests.programs import running
from tests.seed import Project, seed_project
from tests.servers.postgres import Postgres, own_postgres

SENSORS, SENDING, HOUR_US = 200, 10, 3_600_000_000
RESTARTS, AT_REST = 10, 20
EMAIL = "first@example.org"
Question = tuple[str, str, Callable[[], object]]


def main() -> None:
    """Restarts, asks, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="four restarts for each question instead of ten")
    restarts = 4 if parser.parse_args().quick else RESTARTS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="barograph-bench-")))
        executables = find_executables(ROOT / ".services")
        account = choose_account(ROOT, [folder, executables.postgres.parent])
        folder.chmod(0o755)
        postgres = stack.enter_context(own_postgres(folder, executables, account))
        project = _seed(postgres.url)
        rows = [
            _measure(postgres, question, restarts)
            for question in [*_questions(stack, postgres, project, folder), _new_connection(postgres.url)]
        ]
    header = ("program", "question", "at rest, ms", "first: median, ms", "least", "most")
    print_table("First answers after a restart of the database", header, rows)


def _measure(postgres: Postgres, question: Question, restarts: int) -> Sequence[str]:
    program, name, ask = question
    at_rest_ms = statistics.median(_timed_ms(ask) for _ in range(AT_REST))
    first_ms: list[float] = []
    for number in range(restarts):
        _timed_ms(ask)
        if number % 2:
            postgres.stop()
        else:
            postgres.kill()
        postgres.start()
        first_ms.append(_timed_ms(ask))
    shown = (at_rest_ms, statistics.median(first_ms), min(first_ms), max(first_ms))
    return program, name, *(f"{ms:.0f}" for ms in shown)


def _timed_ms(ask: Callable[[], object]) -> float:
    begun_s = time.perf_counter()
    ask()
    return (time.perf_counter() - begun_s) * 1000


def _questions(stack: ExitStack, postgres: Postgres, project: Project, folder: Path) -> Iterator[Question]:
    redis_url = stack.enter_context(serving_redis())
    environment = {"BAROGRAPH_REDIS_URL": redis_url}
    api = stack.enter_context(running("api", postgres.url, folder / "api.log", environment))
    ingest = stack.enter_context(running("ingest", postgres.url, folder / "ingest.log"))
    people = stack.enter_context(httpx.Client(base_url=api.url, timeout=60))
    login = people.post("/auth/login", json={"email": EMAIL, "password": PASSWORD}).json()
    people.headers["Authorization"] = f"Bearer {login['access_token']}"
    gateway = stack.enter_context(httpx.Client(base_url=ingest.url, timeout=60, headers=project.headers))

    def get(path: str, **asked: str | int) -> Callable[[], object]:
        return lambda: people.get(f"/api/v1{path}", params=asked).raise_for_status()

    def send() -> None:
        body = {"readings": [{"sensor": "s0", "t_us": now_us(), "value": 1}]}
        gateway.post("/ingest/v1/readings", json=body).raise_for_status()

    sensors = get(f"/projects/{project.public_id}/sensors")
    found = people.get(f"/api/v1/projects/{project.public_id}/sensors", params={"key": "s1"}).json()
    sensor = found["items"][0]["id"]
    hour = {"from": format_time(from_us(now_us() - HOUR_US)), "to": format_time(from_us(now_us()))}
    yield "api", "projects", get("/projects")
    yield "api", "sensors of a project", sensors
    yield "api", "readings of a sensor", get(f"/sensors/{sensor}/readings", limit=100, **hour)
    yield "api", "a series of an hour", get("/series", sensor=sensor, bucket="10s", **hour)
    yield "ingest", "store a reading", send


def _new_connection(url: str) -> Question:
    def ask() -> None:
        with psycopg.connect(url) as connection:
            connection.execute("select * from sensor limit 50").fetchall()

    return "none", "new connection", ask


def _seed(url: str) -> Project:
    project = seed_project(url, SENSORS)
    ids = np.array(project.sensor_ids[:SENDING], np.int32)
    moments = np.arange(now_us() - HOUR_US, now_us(), 1_000_000, dtype=np.int64)
    with psycopg.connect(url, autocommit=True) as owner:
        register(owner)
        store(owner, np.repeat(moments, SENDING), np.tile(ids, moments.size))
        owner.execute(
            "with made as (insert into account (email, password_hash) values (%s, %s) returning id)"
            " insert into member (project_id, account_id, role) select %s, id, 'owner' from made",
            (EMAIL, PASSWORD_HASH, project.id),
        )
        owner.execute("vacuum (analyze)")
    return project


if __name__ == "__main__":
    main()
