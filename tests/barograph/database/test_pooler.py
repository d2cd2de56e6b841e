"""A connection pooler between us and the server: refused in words, at once. Tried with PgBouncer."""

import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from barograph.database.pooler import UnfitPooler, find_pooler
from barograph.database.schema.migrations import migrate
from barograph.local.doctor import examine_database, problems
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from tests.conftest import SERVICES_DIR
from tests.programs import Program, free_port
from tools.programs.pgbouncer import PgbouncerProgram, ensure_pgbouncer

PATIENCE_S = 60


@dataclass(frozen=True)
class Pooler:
    """PgBouncer's program, and who runs it."""

    program: PgbouncerProgram
    folder: Path
    account: ServerAccount

    @contextmanager
    def before(self, database_url: str, **settings: str) -> Generator[str]:
        """One that runs before the database; its URL."""
        with pgbouncer(database_url, self, settings) as url:
            yield url


@pytest.fixture
def pooler(tmp_path: Path, account: ServerAccount) -> Pooler:
    """Unpacked if need be."""
    try:
        program = ensure_pgbouncer(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no PgBouncer to test with: {refused}")
    folder = tmp_path / "pooler"
    folder.mkdir()
    return Pooler(program, folder, account)


@contextmanager
def pgbouncer(database_url: str, pooler: Pooler, settings: Mapping[str, str]) -> Generator[str]:
    folder = pooler.folder
    for each in (folder.parent, folder):
        each.chmod(0o755)
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
    command = pooler.account.command(pooler.program.server, folder / "pgbouncer.ini")
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


@pytest.mark.nightly
@pytest.mark.parametrize("pool_mode", ["session", "transaction", "statement"])
def test_one_that_refuses_options_is_told_in_its_words(
    database_url: str, pooler: Pooler, pool_mode: str
) -> None:
    with pooler.before(database_url, pool_mode=pool_mode) as url:
        (finding,) = examine_database(url)
        assert "startup parameter" in finding.detail
        assert "name the PostgreSQL server itself" in finding.advice
        assert "PgBouncer does not" in finding.advice


@pytest.mark.nightly
@pytest.mark.parametrize(
    "settings",
    [
        {"ignore_startup_parameters": "options"},
        {"ignore_startup_parameters": "statement_timeout"},
        {
            "ignore_startup_parameters": "statement_timeout",
            "track_extra_parameters": "IntervalStyle, statement_timeout",
        },
    ],
)
def test_one_that_drops_options_is_found(database_url: str, pooler: Pooler, settings: dict[str, str]) -> None:
    with pooler.before(database_url, pool_mode="session", **settings) as url:
        assert find_pooler(url) == "a connection pooler leaves settings out that connections begin with"


@pytest.mark.nightly
@pytest.mark.parametrize(
    "more", [{}, {"server_round_robin": "1", "min_pool_size": "5"}, {"default_pool_size": "1"}]
)
def test_one_that_shares_connections_is_found(
    database_url: str, pooler: Pooler, more: dict[str, str]
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        # What the pooler drops holds all the same: only the sharing is left to be seen.
        name = connection.info.dbname
        connection.execute(f"alter database {name} set statement_timeout = 29983".encode())
    settings = {"pool_mode": "transaction", "ignore_startup_parameters": "options", **more}
    with pooler.before(database_url, **settings) as url:
        assert (
            find_pooler(url) == "a connection pooler gives each transaction another connection to the server"
        )


@pytest.mark.nightly
@pytest.mark.parametrize("pool_mode", ["session", "transaction"])
@pytest.mark.parametrize("name", ["api", "ingest", "backfill"])
def test_a_program_behind_one_ends_at_once_and_says_why(
    database_url: str, redis_url: str, tmp_path: Path, pooler: Pooler, name: str, pool_mode: str
) -> None:
    with pooler.before(database_url, pool_mode=pool_mode) as url:
        environment = {"BAROGRAPH_DATABASE_URL": url, "BAROGRAPH_REDIS_URL": redis_url}
        program = Program(name, free_port(), environment, tmp_path / "log")
        program.start(wait_for=None)
        assert program.process is not None
        assert program.process.wait(PATIENCE_S) == 2
        assert "a connection pooler refuses" in program.log.read_text()


@pytest.mark.nightly
def test_migrate_behind_one_leaves_no_lock_behind(empty_database_url: str, pooler: Pooler) -> None:
    settings = {"pool_mode": "transaction", "ignore_startup_parameters": "options"}
    with (
        pooler.before(empty_database_url, **settings) as url,
        pytest.raises(UnfitPooler, match="name the PostgreSQL server itself"),
    ):
        migrate(url)
    assert len(migrate(empty_database_url)) > 1
