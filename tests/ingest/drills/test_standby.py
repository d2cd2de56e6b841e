"""With a synchronous standby configured, nothing is acknowledged that the standby does not have."""

import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import httpx
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import now_us
from ingest.commits.committer import Committer
from ingest.messages.frames import Fate
from tests.ingest.database import raw
from tests.ingest.frames import bind_source, make_frame
from tests.ingest.gateway import binary_frame, open_gateway
from tests.ingest.posting import PRODUCERS, post, post_once, reading
from tests.programs import Program, running
from tests.seed import Project
from tests.servers.postgres import Postgres, own_postgres
from tests.servers.standby import Waiting, away, cancel, synchronous_standby, wait_for_a_waiting_commit

JOIN_S = 30
# Whoever leaves waits twice that long for a COMMIT.
HURRY = {"ingest.edges.gate.DRAIN_S": 1}
SAME_US = now_us()
SAME = reading(1.0, t_us=SAME_US)


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    with own_postgres(tmp_path_factory.mktemp("primary"), executables, account) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def database_url(postgres: Postgres) -> str:
    """In place of the run's own server."""
    return postgres.url


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


@pytest.fixture
def crash(postgres: Postgres) -> Callable[[], None]:
    """Power fails on the primary, and it comes back with what waited for the standby, out of its log."""

    def kill_and_start() -> None:
        postgres.kill()
        postgres.start()

    return kill_and_start


def standby_has(standby: Postgres, project: Project) -> list[float]:
    """The project's values on the standby, once it has applied what it has."""
    end = time.monotonic() + JOIN_S
    while not (found := raw(standby.url, project)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_a_wait_that_was_cancelled_is_waited_again_before_the_ack(
    committer: Committer, database_url: str, standby: Postgres, project: Project
) -> None:
    source = bind_source(database_url, project)
    with away(standby):
        committing = Waiting(lambda: committer.commit([make_frame(source, 1, [1.0])])[0].fate)
        for _ in range(3):
            cancel(database_url, wait_for_a_waiting_commit(database_url))
            committing.assert_waits()
    assert committing.result() is Fate.STORED
    assert standby_has(standby, project) == raw(database_url, project) == [1]


def test_what_a_crash_recovered_is_not_acknowledged_before_the_standby_has_it(
    committer: Committer,
    database_url: str,
    standby: Postgres,
    project: Project,
    crash: Callable[[], None],
) -> None:
    source = bind_source(database_url, project)
    with away(standby):
        committing = Waiting(lambda: committer.commit([make_frame(source, 1, [1.0])])[0].fate)
        wait_for_a_waiting_commit(database_url)
        crash()
        assert raw(database_url, project) == [1]
        committing.assert_waits()
    assert committing.result() is Fate.STORED
    assert standby_has(standby, project) == raw(database_url, project) == [1]


def test_a_bind_says_what_the_standby_has(
    ingest: Program, database_url: str, standby: Postgres, project: Project, crash: Callable[[], None]
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        with away(standby):
            gateway.send_values(1, [1.0])
            wait_for_a_waiting_commit(database_url)
            crash()
            with open_gateway(ingest, project) as again:
                binding = Waiting(lambda: again.bind("rig/daq", ["s0"])["last_seq"])
                cancel(database_url, wait_for_a_waiting_commit(database_url, "barograph"))
                binding.assert_waits()
                standby.start()
                assert binding.result() == 1
                standby.stop()
    assert standby_has(standby, project) == [1]


def send(program: Program, project: Project, request: Callable[[httpx.Client], httpx.Response]) -> int:
    with httpx.Client(base_url=program.url, headers=project.headers, timeout=JOIN_S) as client:
        return request(client).status_code


def test_a_receipt_found_under_a_key_waits_for_the_standby(
    ingest: Program, own_ingest: Program, database_url: str, standby: Postgres, project: Project
) -> None:
    same = reading(1.0)
    with away(standby):
        earlier = Waiting(lambda: send(ingest, project, lambda client: post_once(client, "key", same)))
        # From here on others see what was committed, though the standby does not have it.
        cancel(database_url, wait_for_a_waiting_commit(database_url, "barograph-store"))
        later = Waiting(lambda: send(own_ingest, project, lambda client: post_once(client, "key", same)))
        later.assert_waits()
    assert (earlier.result(), later.result()) == (200, 200)
    assert standby_has(standby, project) == raw(database_url, project) == [1]


def repeat(client: httpx.Client) -> httpx.Response:
    return post(client, SAME, producer="rig/daq", seq=1)


def ask_last_seq(client: httpx.Client) -> httpx.Response:
    return client.get(PRODUCERS, params={"name": "rig/daq"})


@pytest.mark.parametrize("look", [repeat, ask_last_seq])
def test_a_sequence_that_is_looked_at_waits_for_the_standby(
    ingest: Program,
    own_ingest: Program,
    database_url: str,
    standby: Postgres,
    project: Project,
    look: Callable[[httpx.Client], httpx.Response],
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        with away(standby):
            gateway.send(binary_frame(1, [0], [SAME_US], [1.0]))
            cancel(database_url, wait_for_a_waiting_commit(database_url, "barograph-store"))
            later = Waiting(lambda: send(own_ingest, project, look))
            later.assert_waits()
        assert later.result() == 200
    assert standby_has(standby, project) == raw(database_url, project) == [1]


@pytest.mark.parametrize("hurry", [HURRY, pytest.param(None, marks=pytest.mark.nightly)], ids=bool)
def test_a_process_that_is_told_to_stop_while_the_standby_is_away_goes_without_an_ack(
    database_url: str, standby: Postgres, project: Project, tmp_path: Path, hurry: Mapping[str, float] | None
) -> None:
    with (
        running("ingest", database_url, tmp_path / "ingest.log", hurry=hurry) as ingest,
        open_gateway(ingest, project) as gateway,
    ):
        gateway.bind("rig/daq", ["s0"])
        with away(standby):
            gateway.send_values(1, [1.0])
            wait_for_a_waiting_commit(database_url, "barograph-store")
            stopping = Waiting(ingest.stop)
            assert gateway.close_code(timeout_s=JOIN_S) == (1012, "going-away")
            assert stopping.result() == 0
