"""Redis goes for a moment or a minute, is full, refuses to write, again and again while readings come in.

Each time roll-ups are soon where they were, and no process was restarted. `BAROGRAPH_TEST_BROKER_ROUNDS` says
how often (20 by default).
"""

import logging
import os
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

import psycopg
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import Project
from tests.servers.own_redis import OwnRedis, own_redis
from tests.waiting import wait_until

ROUNDS = int(os.environ.get("BAROGRAPH_TEST_BROKER_ROUNDS") or 20)
OLDEST_S = 10
BACK_WITHIN_S = 15.0
PATIENCE_S = 60.0
FULL_S = 10.0
log = logging.getLogger(__name__)


@contextmanager
def gone(redis: OwnRedis) -> Generator[None]:
    redis.kill()
    yield
    redis.start()


TROUBLES: list[tuple[Callable[[OwnRedis], AbstractContextManager[None]], float]] = [
    (gone, 0.5),
    (gone, 5.0),
    (gone, 60.0),
    (OwnRedis.full, FULL_S),
    (OwnRedis.read_only, FULL_S),
]


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_roll_ups_are_back_soon_after_redis_is(
    tmp_path: Path, executables: Executables, account: ServerAccount, database_url: str, project: Project
) -> None:
    tmp_path.chmod(0o755)
    with ExitStack() as stack:
        redis = stack.enter_context(own_redis(tmp_path, executables, account))
        environment = {"BAROGRAPH_REDIS_URL": redis.url}
        ingest = stack.enter_context(running("ingest", database_url, tmp_path / "ingest.log"))
        worker = stack.enter_context(running("backfill", database_url, tmp_path / "worker.log", environment))
        gateway = stack.enter_context(SteadyGateway(ingest, project))
        gateway.wait_for_acks(100)
        took_s = [back_after(redis, database_url, *each) for each in islice(cycle(TROUBLES), ROUNDS)]
        gateway.wait_for_acks(100)
        for program in (ingest, worker):
            assert program.process is not None
            assert program.process.poll() is None
    log.warning("roll-ups were back after %s s", [round(s, 1) for s in took_s])
    # The middle one, which a machine that was busy for a moment does not change.
    assert sorted(took_s)[len(took_s) // 2] < BACK_WITHIN_S


def back_after(
    redis: OwnRedis,
    database_url: str,
    trouble: Callable[[OwnRedis], AbstractContextManager[None]],
    seconds: float,
) -> float:
    """How long after its return no dirty window is old any more."""
    with trouble(redis):
        time.sleep(seconds)
    returned_s = time.monotonic()
    with psycopg.connect(database_url, autocommit=True) as connection:
        wait_until(lambda: oldest_s(connection) < OLDEST_S, PATIENCE_S)
    took_s = time.monotonic() - returned_s
    log.warning("after %s for %g s: %.1f s", trouble.__name__, seconds, took_s)
    return took_s


def oldest_s(connection: psycopg.Connection) -> float:
    """The age of the oldest dirty window."""
    row = connection.execute(
        "select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from dirty_window"
    ).fetchone()
    assert row is not None
    return row[0]
