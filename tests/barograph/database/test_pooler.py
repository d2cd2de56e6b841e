"""A connection pooler between us and the server: refused in words, at once.

Tried with PgBouncer, where there is one.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from barograph.database.migrations import migrate
from barograph.database.pooler import UnfitPooler, find_pooler
from barograph.local.doctor import examine_database, problems
from barograph.local.servers.account import ServerAccount
from tests.programs import Program, free_port

PGBOUNCER = shutil.which(os.environ.get("BAROGRAPH_TEST_PGBOUNCER") or "pgbouncer")
needs_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None, reason="neither installed nor named by BAROGRAPH_TEST_PGBOUNCER"
)
PATIENCE_S = 60


@contextmanager
def pgbouncer(database_url: str, folder: Path, account: ServerAccount, **settings: str) -> Generator[str]:
    """PgBouncer before the database; its URL."""
    folder.chmod(0o755)
    parts, port = urlsplit(database_url), free_port()
    (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password}"\n')
    lines = [
        "[databases]",
        f"{parts.path[1:]} = host={parts.hostname} port={parts.port}",
        "[pgbouncer]",
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =",
        f"auth_type = plain\nauth_file = {folder / 'users.txt'}",
        *(f"{name} = {value}" for name, value in settings.items()),
    ]
    (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
    (folder / "pgbouncer.ini").chmod(0o644)
    (folder / "users.txt").chmod(0o644)
    command = account.command(PGBOUNCER or "", folder / "pgbouncer.ini")
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
    try:
        wait_until_it_answers(url, folder / "pgbouncer.log")
        yield url
    finally:
        process.kill()
        process.wait()


def wait_until_it_answers(url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        else:
            return


def test_the_server_itself_is_no_pooler(database_url: str) -> None:
    assert find_pooler(database_url) is None
    assert problems(examine_database(database_url)) == []


@needs_pgbouncer
def test_one_that_refuses_options_is_told_in_its_words(
    database_url: str, tmp_path: Path, account: ServerAccount
) -> None:
    with pgbouncer(database_url, tmp_path, account, pool_mode="transaction") as url:
        (finding,) = examine_database(url)
        assert "startup parameter" in finding.detail
        assert "name the PostgreSQL server itself" in finding.advice


@needs_pgbouncer
def test_one_that_drops_options_is_found(database_url: str, tmp_path: Path, account: ServerAccount) -> None:
    settings = {"pool_mode": "session", "ignore_startup_parameters": "options"}
    with pgbouncer(database_url, tmp_path, account, **settings) as url:
        assert find_pooler(url) == "a connection pooler leaves settings out that connections begin with"


@needs_pgbouncer
@pytest.mark.parametrize(
    "more", [{}, {"server_round_robin": "1", "min_pool_size": "5"}, {"default_pool_size": "1"}]
)
def test_one_that_shares_connections_is_found(
    database_url: str, tmp_path: Path, account: ServerAccount, more: dict[str, str]
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        # What the pooler drops holds all the same: only the sharing is left to be seen.
        name = connection.info.dbname
        connection.execute(f"alter database {name} set statement_timeout = 29983".encode())
    settings = {"pool_mode": "transaction", "ignore_startup_parameters": "options", **more}
    with pgbouncer(database_url, tmp_path, account, **settings) as url:
        assert (
            find_pooler(url) == "a connection pooler gives each transaction another connection to the server"
        )


@needs_pgbouncer
@pytest.mark.parametrize("name", ["api", "ingest", "backfill"])
def test_a_program_behind_one_ends_at_once_and_says_why(
    database_url: str, redis_url: str, tmp_path: Path, account: ServerAccount, name: str
) -> None:
    with pgbouncer(database_url, tmp_path, account, pool_mode="transaction") as url:
        environment = {"BAROGRAPH_DATABASE_URL": url, "BAROGRAPH_REDIS_URL": redis_url}
        program = Program(name, free_port(), environment, tmp_path / "log")
        program.start(wait_for=None)
        assert program.process is not None
        assert program.process.wait(PATIENCE_S) == 2
        assert "a connection pooler refuses" in program.log.read_text()


@needs_pgbouncer
def test_migrate_behind_one_leaves_no_lock_behind(
    empty_database_url: str, tmp_path: Path, account: ServerAccount
) -> None:
    settings = {"pool_mode": "transaction", "ignore_startup_parameters": "options"}
    with (
        pgbouncer(empty_database_url, tmp_path, account, **settings) as url,
        pytest.raises(UnfitPooler, match="name the PostgreSQL server itself"),
    ):
        migrate(url)
    assert len(migrate(empty_database_url)) > 1
