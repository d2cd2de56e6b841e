"""The server's clock jumps forward and back, by minutes and by days, while a gateway streams.

Each reading is stored once, or is among the dead letters, as one from the future; and roll-ups keep up.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables
from tests.drills.shifted_clock import ShiftedClock
from tests.ingest.database import ask, raw
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import Project, seed_project
from tests.servers.c_library import needs_compiler
from tests.servers.own_redis import own_redis
from tests.servers.postgres import Postgres
from tests.waiting import wait_until

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
SHIFTS_S = (5 * MINUTE_S, 0, -5 * MINUTE_S, 0, HOUR_S, 0, -HOUR_S, 0, 3 * DAY_S, 0, -3 * DAY_S, 0)
FRAMES_BETWEEN = 60


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@needs_compiler
def test_clocks_that_jump_lose_and_double_nothing(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    tmp_path.chmod(0o755)
    clock = ShiftedClock(tmp_path)
    with ExitStack() as stack:
        postgres = stack.enter_context(shifted_postgres(tmp_path, executables, account, clock))
        redis = stack.enter_context(own_redis(tmp_path, executables, account))
        environment = {**clock.environment, "BAROGRAPH_REDIS_URL": redis.url}
        ingest, worker = (
            stack.enter_context(running(name, postgres.url, tmp_path / f"{name}.log", environment))
            for name in ("ingest", "backfill")
        )
        project = seed_project(postgres.url)
        with SteadyGateway(ingest, project) as gateway:
            for shift_s in SHIFTS_S:
                clock.shift(shift_s)
                gateway.wait_for_acks(FRAMES_BETWEEN)
                gateway.connect_anew()
                gateway.wait_for_acks(FRAMES_BETWEEN)
        assert gateway.forgotten == []
        wait_until(lambda: is_rolled_up(postgres.url))
        for program in (ingest, worker):
            program.wait_for("/ready")
        check(postgres.url, project, gateway.acked)


@contextmanager
def shifted_postgres(
    folder: Path, executables: Executables, account: ServerAccount, clock: ShiftedClock
) -> Generator[Postgres]:
    """A server with a migrated database on that machine."""
    cluster = prepare_cluster(folder / "postgres", executables, account)
    environment = {**(cluster.service.environment or {}), **clock.environment}
    service = replace(cluster.service, environment=environment)
    postgres = Postgres(service, folder / "postgres.log", cluster.maintenance_url)
    postgres.start()
    try:
        cluster.create_database()
        migrate(postgres.url)
        yield postgres
    finally:
        postgres.kill()


def is_rolled_up(database_url: str) -> bool:
    return ask(database_url, "select count(*) from dirty_window") == [(0,)]


def check(database_url: str, project: Project, acked: int) -> None:
    """Each frame's one reading is stored, or was refused, once."""
    ((last_seq,),) = ask(database_url, "select last_seq from producer where project_id = %s", project.id)
    ((refused,),) = ask(
        database_url,
        "select coalesce(sum(cardinality(kind)), 0)::int from reject_block where project_id = %s",
        project.id,
    )
    stored = raw(database_url, project)
    assert len(set(stored)) == len(stored)
    assert len(stored) + refused == last_seq
    assert acked <= last_seq
    # Those of a clock an hour and three days behind.
    assert refused >= 2 * FRAMES_BETWEEN
