"""The log-in that `up` shows is one that works, whatever the database has become since it was first shown."""

from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from barograph.cli.machine.up_and_down import log_in_as
from barograph.local.connection import ConnectionFile
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.up import settle_admin
from barograph.settings import Settings

EMAIL = "admin@barograph.local"


def connection(database_url: str, password: str | None) -> ConnectionFile:
    return ConnectionFile("", "", "", database_url, "", EMAIL, password)


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path)


def test_what_was_made_is_shown_again_until_it_is_changed(database_url: str, data_dir: DataDir) -> None:
    made = settle_admin(Settings(), data_dir, database_url)
    assert made is not None
    connection(database_url, made).write(data_dir.connection)
    assert settle_admin(Settings(), data_dir, database_url) == made
    assert log_in_as(connection(database_url, made)) == f"{EMAIL}   {made}"
    with psycopg.connect(database_url) as other:
        other.execute("update account set password_hash = 'of a database that was restored'")
    assert settle_admin(Settings(), data_dir, database_url) is None
    assert "given earlier" in log_in_as(connection(database_url, None))


def test_a_second_start_with_another_secret_shows_none(database_url: str, data_dir: DataDir) -> None:
    first = Settings(admin_password=SecretStr("the first one of them"))
    second = Settings(admin_password=SecretStr("the second one of them"))
    assert settle_admin(first, data_dir, database_url) == "the first one of them"
    assert settle_admin(second, data_dir, database_url) is None
    assert settle_admin(first, data_dir, database_url) == "the first one of them"


def test_an_existing_database_without_such_an_account_says_so(database_url: str, data_dir: DataDir) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("insert into account (email, password_hash, is_admin) values ('bo@x.org', 'x', true)")
    assert settle_admin(Settings(), data_dir, database_url) is None
    assert "is none" in log_in_as(connection(database_url, None))
