"""With a synchronous standby, the API and the worker tell of nothing that the standby does not have."""

import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from api.rejects.replay import Replayed, replay
from api.rejects.routes import ReplayRequest
from backfill.imports.work import work_on_imports
from barograph.catalog.catalog import CatalogCache
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.server import Person, Server, serving
from tests.api.stored import Letter, refuse
from tests.backfill.imports.uploaded import OwnedImporter, started
from tests.ingest.database import ask, raw, wait_for_a_blocked_backend
from tests.seed import Project, seed_project
from tests.servers.postgres import Postgres, own_postgres
from tests.servers.standby import (
    WAITS_WITHIN_S,
    Waiting,
    away,
    cancel,
    synchronous_standby,
    wait_for_a_waiting_commit,
)

STORE = "barograph-store"
CSV = b"sensor,time,value\ns0,2020-01-01T00:00:00Z,1\n"


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    with own_postgres(tmp_path_factory.mktemp("primary"), executables, account) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def standby(
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
    executables: Executables,
    account: ServerAccount,
) -> Generator[Postgres]:
    folder = tmp_path_factory.mktemp("standby")
    with synchronous_standby(postgres, folder, executables, account) as standby:
        yield standby


@pytest.fixture(scope="module")
def database_url(postgres: Postgres, standby: Postgres) -> str:
    """In place of the run's own server."""
    assert standby.is_running()
    return postgres.url


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url)


@pytest.fixture(scope="module")
def server(database_url: str) -> Generator[Server]:
    with serving(database_url) as server:
        yield server


@pytest.fixture(scope="module")
def person(server: Server) -> Generator[Person]:
    person = server.person("standby@example.org", is_admin=True)
    yield person
    person.client.close()


def wait_for_a_waiting_request(database_url: str) -> int:
    """The pid of a backend whose COMMIT waits for the standby, for a request that holds its key."""
    end = time.monotonic() + WAITS_WITHIN_S
    while time.monotonic() < end:
        found = ask(
            database_url,
            "select pid from pg_stat_activity join pg_locks using (pid)"
            " where wait_event = 'SyncRep' and locktype = 'advisory'",
        )
        if found:
            return found[0][0]
        time.sleep(0.02)
    raise TimeoutError("no request waits for the standby")


def status_of(request: Callable[[], httpx.Response]) -> Waiting:
    return Waiting(lambda: request().status_code)


def test_an_answer_found_under_a_key_waits_for_the_standby(
    person: Person, database_url: str, standby: Postgres
) -> None:
    create = partial(person.post, "/projects", {"name": "once"}, {"Idempotency-Key": "k"})
    with away(standby):
        earlier = status_of(create)
        # From here on others see what was committed, though the standby does not have it.
        cancel(database_url, wait_for_a_waiting_request(database_url))
        later = status_of(create)
        later.assert_waits()
        earlier.assert_waits()
    assert (earlier.result(), later.result()) == (201, 201)
    assert ask(standby.url, "select count(*) from project where name = 'once'") == [(1,)]


def test_a_replay_of_dead_letters_waits_for_the_standby_also_for_what_another_one_stored(
    server: Server, project: Project, database_url: str, standby: Postgres
) -> None:
    refuse(server, str(project.public_id), Letter("s0"))
    catalogs = CatalogCache(database_url)
    catalogs.open()
    every = ReplayRequest().parameters | {"ids": None, "block_ids": None, "after": 0}
    try_again = partial(replay, database_url, catalogs, project.id, every)
    with away(standby):
        earlier = Waiting(try_again)
        cancel(database_url, wait_for_a_waiting_commit(database_url, STORE))
        later = Waiting(try_again)
        later.assert_waits()
        earlier.assert_waits()
    assert (earlier.result(), later.result()) == (Replayed(1, 0, None), Replayed(0, 0, None))
    catalogs.close()
    assert raw(standby.url, project) == raw(database_url, project) == [1.5]


def test_an_import_does_not_finish_before_the_standby_has_its_readings(
    project: Project, database_url: str, standby: Postgres, tmp_path: Path
) -> None:
    catalogs = CatalogCache(database_url)
    catalogs.open()
    importer = OwnedImporter(database_url, catalogs, tmp_path / "imports")
    importer.owner_url = database_url
    running = started(importer, project, CSV)
    with psycopg.connect(database_url) as blocker:
        blocker.execute("lock table dirty_window in exclusive mode")
        working = Waiting(lambda: work_on_imports(importer))
        wait_for_a_blocked_backend(database_url)
        standby.stop()
    try:
        cancel(database_url, wait_for_a_waiting_commit(database_url, STORE))
        working.assert_waits()
        assert raw(database_url, project) == [1]
        assert running.row()["status"] == "running"
    finally:
        standby.start()
    working.result()
    catalogs.close()
    assert running.row()["status"] == "finished"
    assert raw(standby.url, project) == raw(database_url, project) == [1]
