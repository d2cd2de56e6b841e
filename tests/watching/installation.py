"""Everything that runs in one place, with gateways that send and people who ask, for faults to be made in."""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
from websockets.exceptions import WebSocketException

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.server import PASSWORD, PASSWORD_HASH
from tests.drills.shifted_clock import ShiftedClock
from tests.ingest.gateway import open_gateway
from tests.programs import Program, running
from tests.seed import Project, seed_project
from tests.servers.failing_disk import FailingDisk
from tests.servers.own_redis import OwnRedis, own_redis
from tests.servers.postgres import Postgres, own_postgres

PERSON = "ada@example.org"
SEND_EVERY_S = 0.2
ASK_EVERY_S = 0.2
MAX_SOCKETS = 12
# Ten minutes otherwise.
HURRY = {"backfill.artifacts.jobs.EVERY_S": 5}


@dataclass
class Installation:
    """What runs.

    Attributes:
        data: the data directory.
        disk: of the data directory, to the API.
        clock: of ingest's machine.
        environment: of commands that are run here.
    """

    postgres: Postgres
    redis: OwnRedis
    api: Program
    ingest: Program
    worker: Program
    project: Project
    data: Path
    disk: FailingDisk
    clock: ShiftedClock
    environment: Mapping[str, str]
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def targets(self) -> dict[str, str]:
        """For Prometheus: addresses by the names of jobs."""
        programs = {"api": self.api, "ingest": self.ingest, "worker": self.worker}
        return {f"barograph-{name}": f"127.0.0.1:{program.port}" for name, program in programs.items()}

    def execute(self, *statements: str) -> None:
        """As the owner."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def execute_alone(self, *statements: str) -> None:
        """As the superuser."""
        with psycopg.connect(self.postgres.superuser_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def logged_in(self) -> Generator[httpx.Client]:
        """To the API, as a person who may do everything."""
        with httpx.Client(base_url=self.api.url, timeout=30) as client:
            token = client.post("/auth/login", json={"email": PERSON, "password": PASSWORD}).json()
            client.headers["Authorization"] = f"Bearer {token.get('access_token')}"
            yield client

    def ask(self, count: int = 1, at_once: int = 1) -> None:
        """Requests of a person, whatever they are answered."""
        with self.logged_in() as client, ThreadPoolExecutor(at_once) as threads:
            for _ in range(count):
                threads.submit(ask_as, client)

    def keep(self, work: Callable[[], None], every_s: float) -> None:
        """Again and again, whatever happens, until the end."""
        while not self.ending.wait(every_s):
            with suppress(
                WebSocketException,
                OSError,
                httpx.HTTPError,
                TimeoutError,
                AssertionError,
                LookupError,
                ValueError,
            ):
                work()

    def stream(self) -> None:
        """A gateway sends until something ends it."""
        with open_gateway(self.ingest, self.project) as gateway:
            seq = gateway.bind("rig/steady", ["s0"])["last_seq"]
            while not self.ending.wait(SEND_EVERY_S):
                seq += 1
                gateway.send_values(seq, [1.0, 2.0])
                gateway.acked_up_to(seq)


def ask_as(client: httpx.Client, path: str = "/api/v1/projects") -> None:
    """A request, whatever it is answered."""
    with suppress(httpx.HTTPError):
        client.get(path)


@contextmanager
def whole_installation(
    folder: Path, executables: Executables, account: ServerAccount
) -> Generator[Installation]:
    """It runs, and is used, until the end."""
    folder.chmod(0o755)
    data = folder / "data"
    with ExitStack() as stack:
        postgres = stack.enter_context(own_postgres(folder, executables, account))
        redis = stack.enter_context(own_redis(folder, executables, account))
        with psycopg.connect(postgres.url) as connection:
            account_row = "insert into account (email, password_hash, is_admin) values (%s, %s, true)"
            connection.execute(account_row, (PERSON, PASSWORD_HASH))
        environment = {
            "BAROGRAPH_REDIS_URL": redis.url,
            "BAROGRAPH_DATA_DIR": str(data),
            "BAROGRAPH_INGEST_MAX_SOCKETS": str(MAX_SOCKETS),
        }
        data.mkdir()
        disk, clock = FailingDisk(data, folder / "kept", account), ShiftedClock(folder)
        own = {"api": disk.environment, "ingest": clock.environment, "backfill": {}}
        api, ingest, worker = (
            stack.enter_context(
                running(name, postgres.url, folder / f"{name}.log", environment | of_machine, hurry=HURRY)
            )
            for name, of_machine in own.items()
        )
        installation = Installation(
            postgres,
            redis,
            api,
            ingest,
            worker,
            seed_project(postgres.url, 3),
            data,
            disk,
            clock,
            environment | {"BAROGRAPH_DATABASE_URL": postgres.url},
        )
        with _used(installation):
            yield installation


@contextmanager
def _used(installation: Installation) -> Generator[None]:
    threads = [
        threading.Thread(target=installation.keep, args=(installation.stream, 0.5)),
        threading.Thread(target=installation.keep, args=(installation.ask, ASK_EVERY_S)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        installation.ending.set()
        for thread in threads:
            thread.join()


@contextmanager
def meanwhile(work: Callable[[], None], every_s: float = 0.2) -> Generator[None]:
    """Does it again and again beside what the test does."""
    ending = threading.Event()

    def go_on() -> None:
        while not ending.wait(every_s):
            with suppress(WebSocketException, OSError, psycopg.Error, AssertionError, TimeoutError):
                work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def lock_for(installation: Installation, table: str, seconds: float) -> None:
    """Nobody else reads or writes the table meanwhile."""
    with psycopg.connect(installation.postgres.url) as connection:
        connection.execute(f"lock table {table} in access exclusive mode".encode())
        time.sleep(seconds)
