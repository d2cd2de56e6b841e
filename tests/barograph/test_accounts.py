"""The first admin."""

import psycopg
import pytest

from barograph.accounts import HASHER, ensure_admin


def test_the_first_admin_is_made_once(database_url: str) -> None:
    assert ensure_admin(database_url, "admin@example.org", "a password")
    assert not ensure_admin(database_url, "admin@example.org", "another")
    assert not ensure_admin(database_url, "second@example.org", "another")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select email, password_hash, is_admin from account").fetchall()
    ((email, password_hash, is_admin),) = rows
    assert (email, is_admin) == ("admin@example.org", True)
    assert HASHER.verify(password_hash, "a password")


def test_an_account_with_the_admins_email_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into account (email, password_hash) values ('ADMIN@example.org', 'x')")
    assert not ensure_admin(database_url, "admin@example.org", "a password")


def test_without_a_database_the_error_is_the_drivers() -> None:
    with pytest.raises(psycopg.OperationalError):
        ensure_admin("postgresql://127.0.0.1:1/none?connect_timeout=1", "admin@example.org", "a password")
