"""The whole law of live pictures: after each message, a client holds what was stored at its position.

Live, late and historical frames, imports, dead letters that are replayed, recalibrations and their undoing,
while ingest, the API, the worker and the database are killed, and connections are cut.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import SECOND_US, now_us
from tests.api.live.law.changing import Asker, Gateways
from tests.api.live.law.ledger import ReadingLedger, keep_ledger
from tests.api.live.law.truth import broken
from tests.api.live.law.witnesses import (
    EventsWitness,
    HeldRecord,
    Pace,
    Witness,
    WitnessedWatch,
    by_little,
    slowly,
)
from tests.api.server import ACCESS_TOKEN_S, SIGNING_KEY, Server, serving
from tests.postgres import Postgres, own_postgres
from tests.programs import ROLES, Program, free_port, url_of
from tests.proxy import Proxy
from tests.seed import Profile, Project, seed_project

SENSORS = 3
BUSY_US = 4 * SECOND_US
# Several programs at once, on a machine that is busy.
STARTS_WITHIN_S = 120


@dataclass
class Stage:
    """All that runs."""

    database_url: str
    project: Project
    sensors: Sequence[str]
    programs: dict[str, Program]
    proxies: Sequence[Proxy]
    witnesses: Sequence[Witness | EventsWitness]
    asker: Asker

    def restart(self, *names: str) -> None:
        """Kills programs, all at once, and starts them again."""
        for name in names:
            self.programs[name].kill()
        for name in names:
            self.programs[name].start(wait_for=None)
        for name in names:
            self.programs[name].wait_for("/ready", STARTS_WITHIN_S)

    def cut(self) -> int:
        """A tenth of the connections; how many."""
        return sum(proxy.cut_some(0.1) for proxy in self.proxies)

    @property
    def records(self) -> list[HeldRecord]:
        return [record for witness in self.witnesses for record in list(witness.records)]


@contextmanager
def stage(database_url: str, redis_url: str, folder: Path) -> Generator[Stage]:
    """Everything runs, readings flow, and clients watch."""
    project = seed_project(database_url, SENSORS, [Profile()])
    keep_ledger(database_url)
    shared = {
        "BAROGRAPH_DATA_DIR": str(folder),
        "BAROGRAPH_REDIS_URL": redis_url,
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
        "BAROGRAPH_ACCESS_TOKEN_S": str(ACCESS_TOKEN_S),
    }
    with ExitStack() as stack:
        programs = {
            name: started(stack, name, database_url, folder, shared) for name in ("ingest", "api", "backfill")
        }
        second = stack.enter_context(serving(database_url, data_dir=folder, access_token_s=ACCESS_TOKEN_S))
        server = Server(second.url, database_url)
        owner = server.person("owner@example.org")
        stack.callback(owner.client.close)
        server.add_member(str(project.public_id), owner.email, "owner")
        headers = {"Authorization": owner.client.headers["Authorization"]}
        for program in programs.values():
            program.wait_for("/ready", STARTS_WITHIN_S)
        proxies = [stack.enter_context(Proxy(programs[name].url)) for name in ("ingest", "api")]
        sensors = sensor_ids(database_url, project)
        witnesses = list(clients(proxies[1].url, second.url, headers, sensors))
        gateways = Gateways(project, proxies[0].url.replace("http", "ws") + "/ingest/v1/ws", now_us())
        asker = Asker([programs["api"].url, second.url], headers, project)
        stack.enter_context(working([gateways.run, *(witness.run for witness in witnesses)]))
        yield Stage(database_url, project, sensors, programs, proxies, witnesses, asker)


def started(
    stack: ExitStack, name: str, database_url: str, folder: Path, environment: dict[str, str]
) -> Program:
    own_url = url_of(ROLES[name], database_url)
    settings = {"BAROGRAPH_DATABASE_URL": own_url, **environment}
    program = Program(name, free_port(), settings, folder / f"{name}.log")
    program.start(wait_for=None)
    stack.callback(lambda: program.kill() if program.process is not None else None)
    return program


def sensor_ids(database_url: str, project: Project) -> list[str]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select public_id from sensor where project_id = %s order by id", (project.id,)
        ).fetchall()
    return [str(row[0]) for row in rows]


def clients(
    first: str, second: str, headers: dict[str, str], sensors: Sequence[str]
) -> Generator[Witness | EventsWitness]:
    """Of the process that is killed, and of one that is not."""
    standing = WitnessedWatch("physical", 200, None, now_us() - 40 * SECOND_US)
    moving = WitnessedWatch("physical", 60, BUSY_US)
    raw = WitnessedWatch("raw", 4000, BUSY_US)

    def witness(name: str, url: str, pace: Pace, *watches: WitnessedWatch) -> Witness:
        return Witness(name, url, headers, sensors, watches, pace)

    yield witness("every tick", first, Pace(), moving, raw, standing)
    yield witness("every seventh tick", first, Pace(slowly), moving)
    yield witness("10 kB a second", first, Pace(by_little), moving, raw)
    yield witness("cut and resumed", first, Pace(stays_s=1.1), moving, standing)
    yield witness("of the second process", second, Pace(), moving, standing)
    yield EventsWitness("events", first, headers, sensors, moving)


@contextmanager
def working(works: Sequence[Callable[[threading.Event], None]]) -> Generator[None]:
    """Each in a thread, until the block ends; what one of them raises is raised here."""
    stop, failures = threading.Event(), list[BaseException]()

    def kept(work: Callable[[threading.Event], None]) -> None:
        try:
            work(stop)
        except BaseException as failure:  # noqa: BLE001  # raised again below
            failures.append(failure)

    threads = [threading.Thread(target=kept, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def check(stage: Stage, least: int) -> None:
    records = stage.records
    ledger = ReadingLedger.load(stage.database_url)
    found = broken(ledger, stage.project.sensor_ids, records)
    assert not found, f"{len(found)} of {len(records)}: {found[:5]}"
    assert len(records) >= least
    assert (ledger.columns["change"] < 0).any(), "nothing was rewritten"
    silent = [witness.name for witness in stage.witnesses if len(witness.records) < 5]
    assert not silent


def test_the_law_holds_whatever_is_killed(database_url: str, redis_url: str, tmp_path: Path) -> None:
    """The short form: some of each. The database loses its connections, in place of its life."""
    with stage(database_url, redis_url, tmp_path) as all_of_it:
        asker = all_of_it.asker
        time.sleep(1)
        backfill = asker.recalibrate(all_of_it.sensors[0])
        imported = asker.import_some(all_of_it.project.keys)
        all_of_it.restart("api", "backfill")
        assert asker.replay_some(all_of_it.sensors[1]) > 0
        asker.wait_for(backfill, "finished")
        asker.undo(backfill)
        lose_connections(database_url)
        assert all_of_it.cut() >= 2
        asker.wait_for(backfill, "undone")
        asker.wait_for_import(imported)
        time.sleep(1)
    check(all_of_it, 150)


def lose_connections(database_url: str) -> None:
    """Of everybody else."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_the_law_holds_at_a_thousand_positions(
    redis_url: str, tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    with own_postgres(tmp_path, executables, account) as postgres:
        with stage(postgres.url, redis_url, tmp_path) as all_of_it:
            replayed, began_s = 0, time.monotonic()
            while len(all_of_it.records) < 1000 or time.monotonic() - began_s < 60:
                replayed += trouble(all_of_it, postgres)
        check(all_of_it, 1000)
        assert replayed > 0


def trouble(all_of_it: Stage, postgres: Postgres) -> int:
    """One round of it: each program is killed at another point; how many readings were replayed."""
    asker = all_of_it.asker
    backfill = asker.recalibrate(all_of_it.sensors[0])
    all_of_it.restart("backfill")
    asker.wait_for(backfill, "finished")
    imported = asker.import_some(all_of_it.project.keys)
    all_of_it.restart("ingest")
    all_of_it.cut()
    asker.undo(backfill)
    postgres.kill()
    postgres.start()
    replayed = asker.replay_some(all_of_it.sensors[1])
    all_of_it.restart("api")
    asker.wait_for(backfill, "undone")
    asker.wait_for_import(imported)
    all_of_it.cut()
    time.sleep(2)
    return replayed
