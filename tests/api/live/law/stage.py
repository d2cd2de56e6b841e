"""The stage of the law of live pictures: programs that are killed, readings that flow, who watches them."""

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import psycopg

from barograph.times import now_us
from tests.api.live.law.changing import Asker, Gateways
from tests.api.live.law.ledger import keep_ledger
from tests.api.live.law.witnesses import EventsWitness, HeldRecord, Witness
from tests.api.server import SIGNING_KEY, Person, Server, serving
from tests.programs import ROLES, Program, free_port, url_of
from tests.seed import Profile, Project, seed_project
from tests.servers.postgres import Postgres
from tests.servers.proxy import Proxy

SENSORS = 3
# Several programs at once, on a machine that is busy.
STARTS_WITHIN_S = 120


StageWitness: TypeAlias = Witness | EventsWitness
# Of two ways to the API, the headers that log in, and the sensors.
Witnesses: TypeAlias = Callable[[str, str, dict[str, str], Sequence[str]], Sequence[StageWitness]]


@dataclass
class Stage:
    """All that runs."""

    database_url: str
    project: Project
    sensors: Sequence[str]
    programs: dict[str, Program]
    proxies: Sequence[Proxy]
    witnesses: Sequence[StageWitness]
    asker: Asker
    owner: Person

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
def stage(
    database_url: str,
    redis_url: str,
    folder: Path,
    witnesses: Witnesses,
    settings: Mapping[str, str] | None = None,
) -> Generator[Stage]:
    """Everything runs, readings flow, and witnesses watch."""
    project = seed_project(database_url, SENSORS, [Profile()])
    keep_ledger(database_url)
    shared = {
        "BAROGRAPH_DATA_DIR": str(folder),
        "BAROGRAPH_REDIS_URL": redis_url,
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
        **(settings or {}),
    }
    with ExitStack() as stack:
        programs = {
            name: started(stack, name, database_url, folder, shared) for name in ("ingest", "api", "backfill")
        }
        second = stack.enter_context(serving(database_url, data_dir=folder))
        server = Server(second.url, database_url)
        owner = server.person("owner@example.org")
        stack.callback(owner.client.close)
        server.add_member(str(project.public_id), owner.email, "owner")
        headers = {"Authorization": owner.client.headers["Authorization"]}
        for program in programs.values():
            program.wait_for("/ready", STARTS_WITHIN_S)
        proxies = [stack.enter_context(Proxy(programs[name].url)) for name in ("ingest", "api")]
        sensors = sensor_ids(database_url, project)
        watching = witnesses(proxies[1].url, second.url, headers, sensors)
        gateways = Gateways(project, proxies[0].url.replace("http", "ws") + "/ingest/v1/ws", now_us())
        asker = Asker([programs["api"].url, second.url], headers, project)
        stack.enter_context(working([gateways.run, *(witness.run for witness in watching)]))
        yield Stage(database_url, project, sensors, programs, proxies, watching, asker, owner)


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


def lose_connections(database_url: str) -> None:
    """Of everybody else."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def trouble(on_stage: Stage, postgres: Postgres) -> int:
    """One round of it: each program is killed at another point; how many readings were replayed."""
    asker = on_stage.asker
    backfill = asker.recalibrate(on_stage.sensors[0])
    on_stage.restart("backfill")
    asker.wait_for(backfill, "finished")
    imported = asker.import_some(on_stage.project.keys)
    on_stage.restart("ingest")
    on_stage.cut()
    asker.undo(backfill)
    postgres.kill()
    postgres.start()
    replayed = asker.replay_some(on_stage.sensors[1])
    on_stage.restart("api")
    asker.wait_for(backfill, "undone")
    asker.wait_for_import(imported)
    on_stage.cut()
    time.sleep(2)
    return replayed
