"""A backfill while gateways stream into its windows, and workers, the broker and the database are killed.

`BAROGRAPH_TEST_ROUNDS` multiplies how much there is to convert (8,000 readings by default), the size of the
windows, and the time it may take; `BAROGRAPH_TEST_SEED` repeats a run. Two million readings:

    BAROGRAPH_TEST_ROUNDS=250 pytest -o timeout=3600 tests/backfill/recalibration/drills/test_trouble.py
"""

import os
import random
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from redis import Redis

from barograph.database.copy_format import ReadingColumns, encode
from barograph.database.queries import query
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.readings.dirty_seconds import find_dirty
from barograph.readings.storing.store import connect, mark_dirty
from tests.api.server import Person, serving
from tests.examples import also_nightly, times
from tests.ingest.flock import Flock, Recording, last_seqs, stored_readings
from tests.programs import Program, running
from tests.seed import Profile, Project, seed_project
from tests.servers.postgres import Postgres, own_postgres

ROUNDS = int(os.environ.get("BAROGRAPH_TEST_ROUNDS") or (3 if times() > 1 else 1))
READINGS = 8_000 * ROUNDS
WINDOW_READINGS = 2_000 * ROUNDS
WITHIN_S = 240 * ROUNDS
SEED = int(os.environ.get("BAROGRAPH_TEST_SEED") or time.time_ns())
OLD, NEW = {"slope": 2, "offset": 1}, {"coefficients": [5, 3]}
WORKERS = 2


@pytest.fixture
def postgres(tmp_path: Path, executables: Executables, account: ServerAccount) -> Generator[Postgres]:
    with own_postgres(tmp_path, executables, account) as postgres:
        yield postgres


class Trouble:
    """What can go wrong at any moment, chosen at random."""

    def __init__(self, postgres: Postgres, workers: list[Program], redis_url: str) -> None:
        self._random = random.Random(SEED)  # noqa: S311  # no secret
        self._postgres, self._workers, self._redis_url = postgres, workers, redis_url

    def strike(self) -> None:
        time.sleep(self._random.uniform(0.2, 1.2))
        acts: list[Callable[[], None]] = [self._kill_worker, self._kill_worker, self._empty_broker]
        self._random.choice([*acts, self._kill_database])()

    def _kill_worker(self) -> None:
        worker = self._random.choice(self._workers)
        worker.kill()
        worker.start(wait_for="/health")

    def _empty_broker(self) -> None:
        with Redis.from_url(self._redis_url) as client:  # pyright: ignore[reportUnknownMemberType]
            client.flushdb()  # pyright: ignore[reportUnknownMemberType]

    def _kill_database(self) -> None:
        self._postgres.kill()
        self._postgres.start()


@also_nightly
def test_whatever_is_killed_each_reading_ends_with_its_one_right_value(
    postgres: Postgres, redis_url: str, tmp_path: Path
) -> None:
    url = postgres.url
    project = seed_project(url, 1, [Profile("linear", OLD)])
    recording = Recording(project)
    history = store_history(url, project, recording.start_us)
    environment = {
        "BAROGRAPH_REDIS_URL": redis_url,
        "BAROGRAPH_RECALIBRATION_WINDOW_READINGS": str(WINDOW_READINGS),
    }
    with ExitStack() as stack:
        server = stack.enter_context(serving(url))
        ops = server.person("ops@example.org", is_admin=True)
        stack.callback(ops.client.close)
        ingest = stack.enter_context(running("ingest", url, tmp_path / "ingest.log"))
        workers = [
            stack.enter_context(running("backfill", url, tmp_path / f"worker{number}.log", environment))
            for number in range(WORKERS)
        ]
        trouble = Trouble(postgres, workers, redis_url)
        backfill = ask(ops, project)
        with Flock(recording, ingest.socket_url) as flock:
            carry_on_until(url, project, ops, backfill, "finished", trouble)
        check(url, project, recording, flock, history, lambda raw: 5 + 3 * raw)
        ops.made(f"/backfills/{backfill}:undo")
        carry_on_until(url, project, ops, backfill, "undone", trouble)
    check(url, project, recording, flock, history, lambda raw: 2 * raw + 1)
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from any_reading where profile_id <> 1").fetchone() == (0,)


def store_history(url: str, project: Project, end_us: int) -> NDArray[np.float64]:
    """Readings in the half hour that gateways stream into; their raw values are negative, each once."""
    raw = -1.0 - np.arange(READINGS, dtype=np.float64)
    t_us = (
        end_us
        - 1_800_000_000
        + np.sort(np.random.default_rng(SEED % 2**32).integers(0, 1_799_000_000, READINGS))
    )
    sensor_id = np.full(READINGS, project.sensor_ids[0], np.int32)
    profile_id = np.ones(READINGS, np.int32)
    columns = ReadingColumns(t_us, raw, 2 * raw + 1, sensor_id, profile_id, np.zeros(READINGS, np.uint16))
    dirty, _ = find_dirty(sensor_id[:1], np.zeros(READINGS, np.int32), t_us)
    with connect(url, transaction_timeout_s=WITHIN_S) as connection, connection.transaction():
        with connection.cursor().copy(query("store.copy_readings")) as copy:
            for piece in encode(columns):
                copy.write(piece)
        mark_dirty(connection, dirty)
    return raw


def ask(ops: Person, project: Project) -> str:
    """A backfill of a new version; its id."""
    (sensor,) = ops.read(f"/projects/{project.public_id}/sensors")["items"]
    body = {"kind": "polynomial", "payload": NEW}
    profile = ops.made(f"/sensors/{sensor['id']}/conversion-profiles", body)["id"]
    return ops.made(f"/projects/{project.public_id}/backfills", {"profile": profile, "reason": "t"})["id"]


def carry_on_until(
    url: str, project: Project, ops: Person, backfill: str, status: str, trouble: Trouble
) -> None:
    """Makes trouble until then. The API may find no database for a moment."""
    end = time.monotonic() + WITHIN_S
    while True:
        with suppress(httpx.HTTPError):
            answer = ops.get(f"/backfills/{backfill}")
            if answer.status_code == 200:
                item = answer.json()
                if item["status"] == status:
                    return
                assert item["status"] in {"planned", "running", "undoing"}, item
                assert time.monotonic() < end, item
        trouble.strike()
        look(url, project)


def look(url: str, project: Project) -> None:
    """Each value is the old or the new one, whenever it is looked at."""
    with psycopg.connect(url) as connection:
        others = connection.execute(
            "select count(*) from any_reading where sensor_id = any(%s)"
            " and (physical in (2 * raw + 1, 5 + 3 * raw)) is not true",
            (list(project.sensor_ids),),
        ).fetchone()
    assert others == (0,)


def check(
    url: str,
    project: Project,
    recording: Recording,
    flock: Flock,
    history: NDArray[np.float64],
    convert: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> None:
    """That exactly what was sent and acknowledged is stored, each once, converted by this."""
    assert flock.sent == last_seqs(url, project)
    frames = [recording.frame(p, seq) for p, last in flock.sent.items() for seq in range(1, last + 1)]
    streamed = np.concatenate([value for _, _, value in frames])
    expected = np.sort(np.concatenate([history, streamed]))
    raw, _, _, physical = stored_readings(url, project)
    np.testing.assert_array_equal(raw, expected)
    np.testing.assert_array_equal(physical, convert(raw))
