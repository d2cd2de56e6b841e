"""The database goes away for a while: nothing is acknowledged that isn't stored, and all goes on afterwards.

`BAROGRAPH_TEST_OUTAGE_S` says for how long (2 s by default).
"""

import os
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.ingest.database import stored
from tests.ingest.flock import Flock, Recording, last_seqs
from tests.ingest.gateway import open_gateway
from tests.ingest.posting import post, reading
from tests.programs import Program, free_port, running
from tests.seed import Project
from tests.servers.postgres import Postgres, own_postgres

# Whoever leaves waits twice that long for a database that does not answer.
HURRY = {"ingest.edges.gate.DRAIN_S": 1}
OUTAGE_S = float(os.environ.get("BAROGRAPH_TEST_OUTAGE_S") or 2)


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    with own_postgres(tmp_path_factory.mktemp("outage"), executables, account) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def database_url(postgres: Postgres) -> str:
    """In place of the run's own server, so that processes and projects are on this one."""
    return postgres.url


@contextmanager
def stopped(postgres: Postgres) -> Generator[None]:
    """As for maintenance: connections are closed, and new ones refused."""
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


Outage = Callable[[Postgres], AbstractContextManager[None]]
either = pytest.mark.parametrize("outage", [stopped, Postgres.frozen])


@either
def test_gateways_go_on_by_themselves(
    ingest: Program, postgres: Postgres, project: Project, outage: Outage
) -> None:
    recording = Recording(project)
    with Flock(recording, ingest.socket_url) as flock:
        time.sleep(0.5)
        with outage(postgres):
            time.sleep(OUTAGE_S)
        time.sleep(0.5)
    found = last_seqs(postgres.url, project)
    assert flock.sent == found
    recording.check(postgres.url, found)


@either
def test_meanwhile_sockets_are_held_and_nothing_is_acked(
    ingest: Program, postgres: Postgres, project: Project, outage: Outage
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/held", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        with outage(postgres):
            for seq in (2, 3):
                gateway.send_values(seq, [float(seq)])
            with pytest.raises(TimeoutError):
                gateway.receive(timeout_s=2)
        gateway.acked_up_to(3)
    assert [raw for _, _, raw in stored(postgres.url, project)] == [1, 2, 3]


def test_a_bind_waits_for_the_database(ingest: Program, postgres: Postgres, project: Project) -> None:
    with open_gateway(ingest, project) as first, open_gateway(ingest, project) as gateway:
        first.bind("rig/first", ["s0"])
        with stopped(postgres):
            gateway.send({"type": "bind", "producer": "rig/patient", "sensors": ["s0"]})
            with pytest.raises(TimeoutError):
                gateway.receive(timeout_s=6)
        assert gateway.receive()["type"] == "bound"


@either
def test_meanwhile_ingest_lives_but_is_not_ready(ingest: Program, postgres: Postgres, outage: Outage) -> None:
    with outage(postgres):
        assert status_of(ingest, "/health") == 200
        assert status_of(ingest, "/ready") == 503
    ingest.wait_for("/ready", timeout_s=8)


def status_of(ingest: Program, path: str) -> int:
    return httpx.get(ingest.url + path, timeout=5).status_code


def test_whoever_comes_meanwhile_is_told_to_come_back(
    ingest: Program, postgres: Postgres, project: Project
) -> None:
    with stopped(postgres), ThreadPoolExecutor() as threads:
        request = threads.submit(post_one, ingest, project)
        upgrade = threads.submit(upgrade_refused, ingest, project)
        assert upgrade.result().response.status_code == 503
        assert int(upgrade.result().response.headers["Retry-After"]) >= 1
        assert request.result().status_code == 503
        assert int(request.result().headers["Retry-After"]) >= 1
        assert request.result().headers["content-type"] == "application/problem+json"
    ingest.wait_for("/ready", timeout_s=8)
    assert post_one(ingest, project).status_code == 200


def post_one(ingest: Program, project: Project) -> httpx.Response:
    with httpx.Client(base_url=ingest.url, headers=project.headers, timeout=20) as client:
        return post(client, reading())


def upgrade_refused(ingest: Program, project: Project) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refusal, open_gateway(ingest, project):
        pass
    return refusal.value


def test_ingest_starts_before_the_database_is_there(
    postgres: Postgres, tmp_path: Path, project: Project
) -> None:
    environment = {"BAROGRAPH_DATABASE_URL": postgres.url}
    ingest = Program("ingest", free_port(), environment, tmp_path / "early.log")
    try:
        with stopped(postgres):
            ingest.start(wait_for="/health")
            assert status_of(ingest, "/ready") == 503
        ingest.wait_for("/ready", timeout_s=8)
        with open_gateway(ingest, project) as gateway:
            gateway.bind("rig/early", ["s0"])
            gateway.send_values(1, [1.0])
            gateway.acked_up_to(1)
    finally:
        ingest.kill()


@pytest.mark.parametrize("hurry", [HURRY, pytest.param(None, marks=pytest.mark.nightly)], ids=bool)
def test_sigterm_ends_ingest_although_the_database_hangs(
    postgres: Postgres, tmp_path: Path, project: Project, hurry: Mapping[str, float] | None
) -> None:
    with (
        running("ingest", postgres.url, tmp_path / "ingest.log", hurry=hurry) as ingest,
        open_gateway(ingest, project) as gateway,
    ):
        gateway.bind("rig/last", ["s0"])
        with postgres.frozen():
            gateway.send_values(1, [1.0])
            time.sleep(0.3)
            ingest.stop()  # waits for 30 s at most
            assert gateway.close_code() == (1012, "going-away")
    # The commit that was under way may have come through, though nobody was told.
    assert len(stored(postgres.url, project)) <= 1
