"""The database's disk is full, or read-only, for minutes: no ack was a lie, and all goes on by itself.

`BAROGRAPH_TEST_DISK_OUTAGE_S` says for how long (300 s by default).
"""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.signals import SignalQueue, StopAsked
from barograph.local.supervisor.processes.supervisor import Supervisor
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import seed_project
from tests.servers.c_library import needs_compiler
from tests.servers.failing_disk import cluster_on_failing_disk

OUTAGE_S = float(os.environ.get("BAROGRAPH_TEST_DISK_OUTAGE_S") or 300)
BACK_WITHIN_S = 60.0
log = logging.getLogger(__name__)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@needs_compiler
@pytest.mark.parametrize("state", ["full", "read-only"])
def test_all_goes_on_by_itself_once_the_disk_takes_readings_again(
    tmp_path: Path, executables: Executables, account: ServerAccount, state: str
) -> None:
    tmp_path.chmod(0o755)
    cluster, disk = cluster_on_failing_disk(tmp_path, executables, account)
    data_dir = DataDir(tmp_path / "data")
    data_dir.prepare()
    said: list[str] = []
    with SignalQueue() as signals:
        supervisor = Supervisor(data_dir, signals, said.append)
        try:
            supervisor.start(cluster.service)
            cluster.create_database()
            migrate(cluster.service.url)
            project = seed_project(cluster.service.url)
            with (
                running("ingest", cluster.service.url, tmp_path / "ingest.log") as ingest,
                SteadyGateway(ingest, project) as gateway,
            ):
                gateway.wait_for_acks(100)
                with disk.state(state):
                    tend(supervisor, lambda: False, OUTAGE_S)
                room_s = time.monotonic()
                acked = gateway.acked
                tend(supervisor, lambda: gateway.acked > acked, BACK_WITHIN_S)
                log.warning("%s for %g s: back after %.1f s", state, OUTAGE_S, time.monotonic() - room_s)
                assert gateway.acked > acked, said
            gateway.check(cluster.service.url)
        finally:
            supervisor.stop()


def tend(supervisor: Supervisor, is_over: Callable[[], bool], at_most_s: float) -> None:
    """What dies is started again meanwhile."""
    end = time.monotonic() + at_most_s

    def stop_when_over() -> None:
        if is_over() or time.monotonic() > end:
            raise StopAsked

    with pytest.raises(StopAsked):
        supervisor.watch(stop_when_over)
