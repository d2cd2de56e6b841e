"""A cluster to measure on, and fresh migrated databases in it."""

import os
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from barograph.database.queries import query
from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import choose_account
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import find_executables
from barograph.local.servers.redis_server import prepare_redis
from barograph.local.servers.service import running

ROOT = Path(__file__).parent.parent


@contextmanager
def serving_cluster() -> Generator[str]:
    """URL of a server: `BAROGRAPH_DATABASE_URL`, or an embedded one with its usual settings."""
    if external := os.environ.get("BAROGRAPH_DATABASE_URL"):
        yield external
        return
    with tempfile.TemporaryDirectory(prefix="barograph-bench-") as folder:
        executables = find_executables(ROOT / ".services")
        account = choose_account(ROOT, [Path(folder), executables.postgres.parent])
        cluster = prepare_cluster(Path(folder) / "postgres", executables, account)
        with running(cluster.service, Path(folder) / "postgres.log"):
            yield cluster.maintenance_url


@contextmanager
def serving_redis() -> Generator[str]:
    """URL of a Redis: `BAROGRAPH_REDIS_URL`, or an embedded one."""
    if external := os.environ.get("BAROGRAPH_REDIS_URL"):
        yield external
        return
    with tempfile.TemporaryDirectory(prefix="barograph-bench-") as folder:
        executables = find_executables(ROOT / ".services")
        account = choose_account(ROOT, [Path(folder), executables.postgres.parent])
        with running(
            prepare_redis(Path(folder) / "redis", executables, account), Path(folder) / "redis.log"
        ) as service:
            yield service.url


@contextmanager
def fresh_database(server_url: str) -> Generator[str]:
    """A migrated database, dropped afterwards; starts after a checkpoint, so that none is left over."""
    name = f"barograph_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("create database {}").format(Identifier(name)))
    url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
    try:
        migrate(url)
        turn_columnstore_on(url)
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute("checkpoint")
        yield url
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def turn_columnstore_on(url: str) -> None:
    """Where the edition has a columnstore, the database has one, as the worker sees to within an hour."""
    with psycopg.connect(url, autocommit=True) as connection:
        ((is_there, _),) = connection.execute(query("columnstore.look")).fetchall()
        if is_there:
            connection.execute(query("columnstore.enable"))
