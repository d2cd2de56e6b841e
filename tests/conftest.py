"""A real PostgreSQL with TimescaleDB and a real Redis for the whole run, a fresh database for each test.

The servers are the embedded ones, in a temporary folder, unless `BAROGRAPH_DATABASE_URL` and
`BAROGRAPH_REDIS_URL` name others (whose Redis database is then emptied). Tests that ask for neither
start neither. Each process that runs tests (pytest-xdist's workers) has servers of its own.
"""

import gc
import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from redis import Redis

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.schema.migrations import migrate
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount, choose_account
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables, find_executables
from barograph.local.servers.redis_server import prepare_redis
from barograph.local.servers.service import running
from tests.cheap_hashes import hash_cheaply
from tests.examples import (
    IS_NIGHTLY,
    SAMPLE,
    also_nightly_item,
    is_nightly,
    sample,
    try_as_many_as_there_is_time_for,
)
from tests.forking import FORKS
from tests.servers.in_memory import quick_folder
from tests.servers.own_rabbitmq import own_rabbitmq
from tests.workers import import_from_own_place, order_for_workers, worker_count
from tools.programs.prometheus import PrometheusPrograms, ensure_prometheus
from tools.programs.rabbitmq import RabbitmqPrograms, ensure_rabbitmq

PROJECT = Path(__file__).parent.parent
SERVICES_DIR = Path(os.environ.get("BAROGRAPH_SERVICES_DIR") or PROJECT / ".services")
# Databases are made and dropped all the time, and each drop is a checkpoint, after which every page that is
# changed is logged whole. Nobody kills this server, so no page can be torn.
NEVER_KILLED = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB", "min_wal_size": "80MB"}
# Each checkpoint, and each drop of a database, looks at every one of its buffers.
FEW_BUFFERS = {"shared_buffers": "128MB"}
# Tests connect some ten thousand times; as many rounds as usual take each of them 3 ms.
QUICK_LOG_INS = {"scram_iterations": "1"}
# Each client of httpx reads the machine's authorities, for 30 ms of the processor; tests make thousands.
pytest.MonkeyPatch().setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
_numbers = count(1)
hash_cheaply()


def pytest_configure(config: pytest.Config) -> None:
    """Says which run this is before tests are collected: how many examples they try depends on it."""
    asked = config.option.markexpr
    if "nightly" in asked and "not nightly" not in asked:
        os.environ[IS_NIGHTLY] = "yes"
    os.environ[FORKS] = "yes"
    try_as_many_as_there_is_time_for()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Modules and tests stay to the end, so no garbage is looked for among them."""
    gc.disable()
    try:
        if worker_count() > 1:
            import_from_own_place(session.config.args)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before `-m` chooses among them."""
    for item in items:
        also_nightly_item(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> Generator[None, object, object]:
    """Once `-m` has chosen, and before the one that shares tests out hears of them."""
    if worker_count() > 1:
        session.items[:] = order_for_workers(session.items, worker_count())
    return (yield)


def pytest_report_header() -> str:
    """How the cases of long tables are chosen again."""
    return f"sample: {SAMPLE}={sample()}"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:  # noqa: ARG001  # pytest's name for it
    """Twice as many processes as cores: tests wait half of the time, for programs, databases and timers.

    Long forms leave a core to each other: drills measure how long something takes.
    """
    return (1 if is_nightly() else 2) * len(os.sched_getaffinity(0))


@pytest.fixture(scope="session")
def executables() -> Executables:
    """PostgreSQL and Redis programs, unpacked if need be."""
    return find_executables(SERVICES_DIR)


@pytest.fixture(scope="session")
def rabbitmq_programs() -> RabbitmqPrograms:
    """RabbitMQ's, unpacked if need be."""
    try:
        return ensure_rabbitmq(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no RabbitMQ to test with: {refused}")


@pytest.fixture(scope="session")
def prometheus_programs() -> PrometheusPrograms:
    """Prometheus and promtool, unpacked if need be."""
    try:
        return ensure_prometheus(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no Prometheus to test with: {refused}")


@pytest.fixture(scope="session")
def rabbitmq_url(request: pytest.FixtureRequest, services_folder: Path) -> Generator[str]:
    """The RabbitMQ that `BAROGRAPH_TEST_AMQP_URL` names, or one for the whole run."""
    if external := os.environ.get("BAROGRAPH_TEST_AMQP_URL"):
        yield external
        return
    with own_rabbitmq(services_folder, request.getfixturevalue("rabbitmq_programs")) as broker:
        yield broker.url


@pytest.fixture(scope="session")
def services_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run's servers keep their data and logs (`postgres.log`, `redis.log`)."""
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="session")
def account(services_folder: Path, executables: Executables) -> ServerAccount:
    """Who the servers run as."""
    return choose_account(PROJECT, [services_folder, executables.postgres.parent])


@pytest.fixture(scope="session")
def server_url(services_folder: Path, executables: Executables, account: ServerAccount) -> Generator[str]:
    """URL of the server's maintenance database; its user may create databases."""
    if external := os.environ.get("BAROGRAPH_DATABASE_URL"):
        yield external
        return
    with quick_folder(services_folder) as folder:
        settings = NEVER_KILLED | FEW_BUFFERS | QUICK_LOG_INS
        cluster = prepare_cluster(folder / "postgres", executables, account, settings)
        with running(cluster.service, services_folder / "postgres.log"):
            _set_password_again(cluster.maintenance_url)
            yield cluster.maintenance_url


def _set_password_again(server_url: str) -> None:
    """The superuser's, which the settings did not hold for yet."""
    with psycopg.connect(server_url) as connection:
        role, password = Identifier(connection.info.user), connection.info.password
        connection.execute(SQL("alter role {} password {}").format(role, password))


@pytest.fixture(scope="session")
def template_name(server_url: str) -> Generator[str]:
    """A migrated database to copy; nobody may stay connected to it."""
    name = f"barograph_template_{os.getpid()}"
    with temporary_database(server_url, name) as url:
        migrate(url)
        _turn_columnstore_on(url)
        yield name


def _turn_columnstore_on(database_url: str) -> None:
    """As the worker does within an hour, where the edition has one."""
    with open_connection(database_url, Role.SETUP) as connection:
        ((is_there, _),) = connection.execute(query("columnstore.look")).fetchall()
        if is_there:
            connection.execute(query("columnstore.enable"))


@pytest.fixture
def database_url(server_url: str, template_name: str) -> Generator[str]:
    """A migrated, empty database of the test's own, dropped afterwards with whoever is connected."""
    with temporary_database(server_url, database_name(), template_name) as url:
        yield url


@pytest.fixture
def empty_database_url(server_url: str) -> Generator[str]:
    """A database without migrations."""
    with temporary_database(server_url, database_name()) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server_url(
    services_folder: Path, executables: Executables, account: ServerAccount
) -> Generator[str]:
    """The run's Redis."""
    if external := os.environ.get("BAROGRAPH_REDIS_URL"):
        yield _of_this_worker(external)
        return
    with running(
        prepare_redis(services_folder / "redis", executables, account), services_folder / "redis.log"
    ) as service:
        yield service.url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """An empty Redis."""
    # redis leaves the extra arguments of its methods untyped
    with Redis.from_url(redis_server_url) as client:  # pyright: ignore[reportUnknownMemberType]
        client.flushdb()  # pyright: ignore[reportUnknownMemberType]
    return redis_server_url


def _of_this_worker(redis_url: str) -> str:
    """Of the databases from the given one on, this worker's, so that none empties another's."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    parts = urlsplit(redis_url)
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + worker}").geturl()


def database_name() -> str:
    """One that no other database of this or another run has."""
    return f"barograph_test_{os.getpid()}_{next(_numbers)}"


@contextmanager
def temporary_database(server_url: str, name: str, template: str = "template1") -> Generator[str]:
    """A copy of the template under this name; afterwards dropped, with whoever is connected.

    By files: the other way writes every page of it to the log.
    """
    copy = SQL("create database {} template {} strategy file_copy")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(copy.format(Identifier(name), Identifier(template)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))
