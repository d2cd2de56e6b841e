"""Migrating a database that is in use: what differs changes, and nobody waits for long."""

import shutil
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from barograph.database.queries import SQL_DIR
from barograph.database.schema import migrations
from barograph.database.schema.migrations import migrate, pending
from barograph.database.schema.views import read_views
from barograph.errors import Unavailable
from tests.ingest.database import ask
from tests.waiting import wait_until

PATIENCE_S = 60


@pytest.fixture
def sql_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of our SQL, to be changed, and short pauses."""
    shutil.copytree(SQL_DIR, tmp_path / "sql")
    monkeypatch.setattr(migrations, "SQL_DIR", tmp_path / "sql")
    monkeypatch.setattr(migrations, "PAUSE_S", 0.2)
    return tmp_path / "sql"


@pytest.fixture
def reader(database_url: str) -> Generator[psycopg.Connection]:
    """Somebody whose transaction has read views, and stays open."""
    with psycopg.connect(database_url) as connection:
        connection.execute("select * from run_item, sensor_item, user_item, audit_digest, backfill_item")
        yield connection


@pytest.fixture
def background() -> Generator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def change_view(sql_dir: Path) -> None:
    """A release whose runs say one thing more."""
    path = sql_dir / "views" / "runs.sql"
    text = path.read_text()
    beginning = text.index("create or replace view run_sensor_item")
    end = text.index("\nfrom ", beginning)
    path.write_text(f"{text[:end]},\n    'more'::text as more{text[end:]}")


def read_soon(database_url: str, statement: LiteralString) -> None:
    """Fails if somebody holds it up for longer than a lock may be waited for, and some more."""
    with psycopg.connect(database_url, options="-c statement_timeout=10s") as connection:
        connection.execute(statement)


def test_each_table_says_what_it_holds(database_url: str) -> None:
    """`comment on table` in the migration that makes it: people look at it with tools of their own."""
    without = ask(
        database_url,
        "select relname from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and obj_description(oid, 'pg_class') is null order by relname",
    )
    assert without == []


def test_nothing_to_apply_waits_for_nobody(
    database_url: str, reader: psycopg.Connection, background: ThreadPoolExecutor
) -> None:
    assert reader.info.transaction_status.name == "INTRANS"
    migrating = background.submit(migrate, database_url)
    try:
        assert migrating.result(PATIENCE_S) == []
    finally:
        reader.rollback()


def test_a_changed_view_lets_others_pass_while_somebody_reads_it(
    database_url: str, reader: psycopg.Connection, background: ThreadPoolExecutor, sql_dir: Path
) -> None:
    reader.execute("select * from run_sensor_item")
    change_view(sql_dir)
    assert pending(database_url) == ["run_sensor_item"]
    migrating: Future[list[str]] = background.submit(migrate, database_url)
    tries: set[object] = set()

    def has_been_tried_twice() -> bool:
        tries.update(
            ask(
                database_url,
                "select query_start from pg_stat_activity where wait_event_type = 'Lock'"
                " and datname = current_database()"
                " and starts_with(query, 'create or replace view run_sensor_item')",
            )
        )
        # Whoever comes meanwhile waits behind it, but not for long.
        read_soon(database_url, "select count(*) from run_sensor_item")
        return len(tries) >= 2

    wait_until(has_been_tried_twice)
    assert not migrating.done()
    reader.rollback()
    assert migrating.result(PATIENCE_S) == []
    assert ask(database_url, "select more from run_sensor_item") == []
    assert pending(database_url) == []


def test_a_view_that_can_never_be_locked_is_told_in_words(
    database_url: str, reader: psycopg.Connection, sql_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MAX_TRIES", 2)
    reader.execute("select * from run_sensor_item")
    change_view(sql_dir)
    with pytest.raises(
        Unavailable, match="run_sensor_item can't be applied: somebody uses what it must lock"
    ):
        migrate(database_url)
    assert pending(database_url) == ["run_sensor_item"]


def test_a_migration_waits_for_its_lock_in_short_tries(
    database_url: str, background: ThreadPoolExecutor, sql_dir: Path
) -> None:
    (sql_dir / "migrations" / "9999_more.sql").write_text("alter table run add column more text;")
    with psycopg.connect(database_url) as user:
        user.execute("select * from run")
        migrating = background.submit(migrate, database_url)
        for _ in range(10):
            read_soon(database_url, "select count(*) from run")
        assert not migrating.done()
        user.rollback()
        assert migrating.result(PATIENCE_S) == ["9999_more.sql"]


@pytest.mark.parametrize(
    "damage",
    [
        "drop view run_sensor_item",
        "create or replace function audit_link(seal audit_seal) returns bytea language sql return ''::bytea",
        "delete from view_ledger",
    ],
)
def test_what_somebody_else_has_done_to_views_is_put_right(database_url: str, damage: LiteralString) -> None:
    before = definitions(database_url)
    ask(database_url, damage)
    migrate(database_url)
    assert pending(database_url) == []
    assert definitions(database_url) == before


def definitions(database_url: str) -> list[tuple[object, ...]]:
    return ask(
        database_url,
        "select pg_get_functiondef('audit_link'::regproc), pg_get_viewdef('run_sensor_item'::regclass)",
    )


def test_a_view_of_all_columns_of_another_follows_it(database_url: str, sql_dir: Path) -> None:
    path = sql_dir / "views" / "items.sql"
    text = path.read_text()
    end = text.index("\nfrom ", text.index("create or replace view sensor_item"))
    path.write_text(f"{text[:end]},\n    'more'::text as more{text[end:]}")
    migrate(database_url)
    assert ask(database_url, "select more from run_sensor_item") == []


def test_every_statement_of_the_views_is_read() -> None:
    text = "".join(path.read_text() for path in sorted((SQL_DIR / "views").glob("*.sql")))
    views = read_views(SQL_DIR / "views")
    assert len({view.name for view in views}) == len(views) == text.count("\ncreate ")
    assert sum(view.text.count("$$") % 2 for view in views) == 0
