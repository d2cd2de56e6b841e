"""Whatever is killed, cut or taken over: each reading sent is stored exactly once, as it was sent.

`BAROGRAPH_TEST_ROUNDS` multiplies how long trouble lasts (3 s each by default), and
`BAROGRAPH_TEST_SEED` repeats the chances of a run that failed.
"""

import logging
import os
import random
import signal
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.ingest.database import stored, wait_for_a_blocked_backend
from tests.ingest.flock import Flock, Recording, last_seqs
from tests.ingest.gateway import open_gateway
from tests.processes import is_stopped
from tests.programs import Program, running
from tests.seed import Profile, Project, seed_project
from tests.servers.postgres import own_postgres
from tests.servers.proxy import Proxy
from tests.waiting import wait_until

ROUNDS = int(os.environ.get("BAROGRAPH_TEST_ROUNDS") or 1)
log = logging.getLogger(__name__)


@pytest.fixture
def chance() -> random.Random:
    """Shown with what fails."""
    seed = int(os.environ.get("BAROGRAPH_TEST_SEED") or random.randrange(2**32))  # noqa: S311  # no secret
    log.warning("BAROGRAPH_TEST_SEED=%d", seed)
    return random.Random(seed)  # noqa: S311  # repeatable, not secret


@pytest.fixture
def recording(database_url: str) -> Recording:
    return Recording(seed_sensors(database_url))


def seed_sensors(database_url: str) -> Project:
    return seed_project(database_url, 8, [Profile("linear", {"slope": 2, "offset": 1})])


def trouble(chance: random.Random, make: Callable[[], object], min_s: float, max_s: float) -> None:
    """Makes trouble again and again, at moments nobody foresees."""
    end = time.monotonic() + 3 * ROUNDS
    while time.monotonic() < end:
        time.sleep(chance.uniform(min_s, max_s))
        make()


def check(recording: Recording, flock: Flock, database_url: str) -> None:
    found = last_seqs(database_url, recording.project)
    assert flock.sent.items() <= found.items()
    recording.check(database_url, found)


def test_ingest_is_killed(
    own_ingest: Program, database_url: str, recording: Recording, chance: random.Random
) -> None:
    def kill() -> None:
        own_ingest.kill()
        own_ingest.start()

    others = [Recording(seed_sensors(database_url)) for _ in range(2)]
    with ExitStack() as streaming:
        flocks = [streaming.enter_context(Flock(recording, own_ingest.socket_url))]
        # Commits carry several projects.
        flocks += [streaming.enter_context(Flock(other, own_ingest.socket_url, 2)) for other in others]
        trouble(chance, kill, 0.1, 0.8)
    for each, flock in zip([recording, *others], flocks, strict=True):
        check(each, flock, database_url)


def test_database_backends_are_terminated(
    own_ingest: Program, database_url: str, recording: Recording, chance: random.Random
) -> None:
    def terminate() -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5"
            )

    with Flock(recording, own_ingest.socket_url) as flock:
        trouble(chance, terminate, 0.01, 0.2)
    check(recording, flock, database_url)


def test_commits_are_lost_on_either_way(
    tmp_path: Path, database_url: str, recording: Recording, chance: random.Random
) -> None:
    def lose(proxy: Proxy) -> None:
        if chance.random() < 0.6:
            proxy.commits_to_lose = chance.randint(1, 2)
        else:
            proxy.commits_to_refuse = chance.randint(1, 2)

    with (
        Proxy(database_url) as proxy,
        running("ingest", proxy.url, tmp_path / "ingest.log") as ingest,
        Flock(recording, ingest.socket_url) as flock,
    ):
        trouble(chance, lambda: lose(proxy), 0.05, 0.2)
    check(recording, flock, database_url)


def test_the_database_is_killed(
    tmp_path: Path, executables: Executables, account: ServerAccount, chance: random.Random
) -> None:
    with (
        own_postgres(tmp_path, executables, account) as postgres,
        running("ingest", postgres.url, tmp_path / "ingest.log") as ingest,
    ):
        recording = Recording(seed_sensors(postgres.url))

        def kill() -> None:
            postgres.kill()
            time.sleep(chance.uniform(0, 0.3))
            postgres.start()

        with Flock(recording, ingest.socket_url) as flock:
            trouble(chance, kill, 0.3, 1)
        check(recording, flock, postgres.url)


@pytest.fixture
def other_ingest(database_url: str, tmp_path: Path) -> Generator[Program]:
    with running("ingest", database_url, tmp_path / "other.log") as program:
        yield program


@pytest.mark.nightly
def test_producers_jump_between_processes_one_of_which_is_killed(
    own_ingest: Program,
    other_ingest: Program,
    database_url: str,
    recording: Recording,
    chance: random.Random,
) -> None:
    with Proxy(own_ingest.socket_url, other_ingest.socket_url, seed=chance.randrange(2**32)) as proxy:

        def jump() -> None:
            if chance.random() < 0.2:
                other_ingest.kill()
                other_ingest.start()
            proxy.cut()

        with Flock(recording, proxy.url, rivals=2) as flock:
            trouble(chance, jump, 0.05, 0.4)
    check(recording, flock, database_url)


@pytest.mark.nightly
def test_connections_of_one_producer_fight(ingest: Program, database_url: str, recording: Recording) -> None:
    with Flock(recording, ingest.socket_url, producers=1, rivals=4):
        time.sleep(3 * ROUNDS)
    found = last_seqs(database_url, recording.project)
    assert min(found.values()) > 0
    recording.check(database_url, found)


@pytest.fixture
def hurried_ingest(database_url: str, tmp_path: Path) -> Generator[Program]:
    """Its transactions are given up soon."""
    hurry = {"ingest.commits.committer_connection.TIMEOUT_S": 4}
    with running("ingest", database_url, tmp_path / "hurried.log", hurry=hurry) as program:
        yield program


def test_a_zombie_comes_back_after_its_producer_was_taken_over(
    hurried_ingest: Program, ingest: Program, project: Project, database_url: str
) -> None:
    process = hurried_ingest.process
    assert process is not None
    with open_gateway(hurried_ingest, project) as old, open_gateway(ingest, project) as new:
        old.bind("rig/daq", ["s0"])
        old.send_values(1, [1.0])
        old.acked_up_to(1)
        with psycopg.connect(database_url) as blocker:
            # Holds the commit up after it has advanced the sequence.
            blocker.execute("lock table dirty_window in exclusive mode")
            old.send_values(2, [2.0])
            wait_for_a_blocked_backend(database_url)
            process.send_signal(signal.SIGSTOP)
            # Until each of its threads has stopped, one of them may still send the COMMIT.
            wait_until(lambda: is_stopped(process.pid))
        try:
            # The bind waits until the server ends the transaction that nobody goes on with.
            new.send({"type": "bind", "producer": "rig/daq", "sensors": ["s0"]})
            assert new.receive(timeout_s=14)["last_seq"] == 1
            new.send_values(2, [20.0])
            new.acked_up_to(2)
        finally:
            process.send_signal(signal.SIGCONT)
        assert old.close_code() == (4409, "superseded")
        new.send_values(3, [30.0])
        new.acked_up_to(3)
    assert [raw for _, _, raw in stored(database_url, project)] == [1, 20, 30]
