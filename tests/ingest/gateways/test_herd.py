"""A herd of gateways whose connections end all at once: all are back soon, nobody who waits is sent away."""

from collections.abc import Generator
from pathlib import Path

import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.ingest.database import ask
from tests.ingest.gateways.herd import Herd
from tests.programs import Program, running
from tests.seed import Project
from tests.servers.postgres import Postgres, own_postgres
from tests.servers.proxy import Proxy

ROOM = {f"BAROGRAPH_INGEST_MAX_{of}SOCKETS": "2000" for of in ("", "PROJECT_", "TOKEN_")}
either_herd = pytest.mark.parametrize("gateways", [40, pytest.param(1000, marks=pytest.mark.nightly)])


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    with own_postgres(tmp_path_factory.mktemp("herd"), executables, account) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def database_url(postgres: Postgres) -> str:
    """In place of the run's own server, so that projects are on this one."""
    return postgres.url


@pytest.fixture
def ingest(postgres: Postgres, tmp_path: Path) -> Generator[Program]:
    with running("ingest", postgres.url, tmp_path / "ingest.log", ROOM) as ingest:
        yield ingest


@pytest.mark.nightly
@pytest.mark.timeout(600)
@either_herd
def test_a_herd_is_back_after_everything_was_killed(
    ingest: Program, postgres: Postgres, project: Project, gateways: int
) -> None:
    with Herd(project, ingest.socket_url, gateways) as herd:
        herd.send()
        ingest.kill()
        postgres.kill()
        ingest.start(wait_for="/health")
        postgres.start()
        herd.send()
    check(ingest, postgres, project, {2: gateways})


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_a_herd_is_back_after_restarts_of_ingest(
    ingest: Program, postgres: Postgres, project: Project
) -> None:
    with Herd(project, ingest.socket_url, 1000) as herd:
        herd.send()
        ingest.kill()
        ingest.start(wait_for=None)
        herd.send()
        ingest.stop()
        ingest.start()
        herd.send()
    check(ingest, postgres, project, {3: 1000})


@pytest.mark.timeout(600)
@either_herd
def test_a_herd_is_back_after_its_network_was_cut(
    ingest: Program, postgres: Postgres, project: Project, gateways: int
) -> None:
    with Proxy(ingest.socket_url) as network, Herd(project, network.url, gateways) as herd:
        herd.send()
        network.cut()
        herd.send()
    check(ingest, postgres, project, {2: gateways})


def check(ingest: Program, postgres: Postgres, project: Project, gateways_at: dict[int, int]) -> None:
    """Each frame is stored once, and no bind was given up."""
    standing = "select last_seq, count(*) from producer where project_id = %s group by last_seq"
    assert dict(ask(postgres.url, standing, project.id)) == gateways_at
    stored = "select count(*) from any_reading where sensor_id = any(%s)"
    frames = sum(seq * gateways for seq, gateways in gateways_at.items())
    assert ask(postgres.url, stored, list(project.sensor_ids)) == [(frames,)]
    assert "bind failed" not in ingest.log.read_text()
