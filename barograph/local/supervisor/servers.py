"""The database and Redis: those the settings name, if they are fit, else embedded ones."""

from collections.abc import Callable
from urllib.parse import urlsplit

from barograph.local.doctor import examine_database, examine_redis, problems
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount, choose_account
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables, find_executables
from barograph.local.servers.redis_server import prepare_redis
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.supervisor import Supervisor
from barograph.local.supervisor.programs import PROJECT
from barograph.settings import Settings


def start_servers(
    settings: Settings, data_dir: DataDir, supervisor: Supervisor, say: Callable[[str], None]
) -> tuple[str, str]:
    """URLs of the database and of Redis, which answer when this returns.

    Raises:
        SetUpRefused: a server does not start, or one that the settings name will not do.
    """
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url:
        _refuse_unfit_database(database_url)
    if redis_url:
        _refuse_unfit_redis(redis_url)
    if database_url and redis_url:
        return database_url, redis_url
    say("Starting the database and Redis")
    executables = find_executables(settings.services_dir)
    account = _choose_account(data_dir, executables)
    return (
        database_url or _start_database(data_dir, supervisor, executables, account),
        redis_url or _start_redis(data_dir, supervisor, executables, account),
    )


def _choose_account(data_dir: DataDir, executables: Executables) -> ServerAccount:
    """Whoever has the data already; at first, the project's owner."""
    data = data_dir.root / "postgres"
    return choose_account(data if data.exists() else PROJECT, [data_dir.root, executables.postgres.parent])


def _start_database(
    data_dir: DataDir, supervisor: Supervisor, executables: Executables, account: ServerAccount
) -> str:
    cluster = prepare_cluster(data_dir.root / "postgres", executables, account)
    supervisor.start(cluster.service)
    cluster.create_database()
    return cluster.service.url


def _start_redis(
    data_dir: DataDir, supervisor: Supervisor, executables: Executables, account: ServerAccount
) -> str:
    service = prepare_redis(data_dir.root / "redis", executables, account)
    supervisor.start(service)
    return service.url


def _refuse_unfit_database(database_url: str) -> None:
    if found := problems(examine_database(database_url)):
        place = urlsplit(database_url).hostname or "the set address"
        raise SetUpRefused("\n".join([f"The database at {place} will not do:", *map(str, found)]))


def _refuse_unfit_redis(redis_url: str) -> None:
    if problems([found := examine_redis(redis_url)]):
        raise SetUpRefused(f"The set Redis will not do:\n{found}")
