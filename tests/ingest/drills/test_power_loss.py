"""Power fails, and what PostgreSQL has not synced is gone: nothing acknowledged is lost, nothing is doubled.

`BAROGRAPH_TEST_POWER_LOSSES` says how often (20 by default).
"""

import logging
import os
import time
from pathlib import Path

import psycopg
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.ingest.database import raw
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import seed_project
from tests.servers.c_library import needs_compiler
from tests.servers.failing_disk import FailingDisk, postgres_on_failing_disk
from tests.servers.postgres import Postgres

POWER_LOSSES = int(os.environ.get("BAROGRAPH_TEST_POWER_LOSSES") or 20)
FRAMES_BETWEEN = 100
log = logging.getLogger(__name__)
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(3600),
    needs_compiler,
]


def test_power_losses_take_nothing_that_was_acknowledged(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    with (
        postgres_on_failing_disk(tmp_path, executables, account) as (postgres, disk),
        running("ingest", postgres.url, tmp_path / "ingest.log") as ingest,
    ):
        project = seed_project(postgres.url)
        with SteadyGateway(ingest, project) as gateway:
            for number in range(POWER_LOSSES):
                gateway.wait_for_acks(FRAMES_BETWEEN + number)
                if number % 5 == 4:
                    checkpoint(postgres)
                lost_bytes = lose_power(postgres, disk)
                # Else this would be no more than killed processes.
                assert lost_bytes > 0
                log.warning("power loss %d: %d bytes were not synced", number + 1, lost_bytes)
            gateway.wait_for_acks(1)
        gateway.check(postgres.url)


def test_without_fsync_what_was_acknowledged_is_gone(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    with (
        postgres_on_failing_disk(tmp_path, executables, account) as (postgres, disk),
        running("ingest", postgres.url, tmp_path / "ingest.log") as ingest,
    ):
        project = seed_project(postgres.url)
        sync_no_more(postgres)
        with SteadyGateway(ingest, project) as gateway:
            gateway.wait_for_acks(FRAMES_BETWEEN)
            acked = gateway.acked
            ingest.kill()
        lose_power(postgres, disk)
        assert len(raw(postgres.url, project)) < acked


def lose_power(postgres: Postgres, disk: FailingDisk) -> int:
    """And it comes back; how many bytes were not synced."""
    postgres.kill()
    lost_bytes = disk.lose_unsynced()
    postgres.start()
    return lost_bytes


def checkpoint(postgres: Postgres) -> None:
    """So that data files are synced at another time than the log."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("checkpoint")


def sync_no_more(postgres: Postgres) -> None:
    """As those do who want to be faster."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
        while connection.execute("show fsync").fetchone() != ("off",):
            time.sleep(0.02)
