"""The first admin, and links for passwords that are lost."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from argon2 import Type, extract_parameters

from barograph.identity.accounts import (
    HASHER,
    create_reset,
    ensure_admin,
    is_active,
    lets_in,
    remove_factors,
)
from barograph.identity.secret_tokens import digest
from barograph.identity.weak_passwords import WeakPassword
from tests.cheap_hashes import REAL_HASHER
from tests.programs import ROOT


def test_the_first_admin_is_made_once(database_url: str) -> None:
    assert ensure_admin(database_url, "admin@example.org", "a password")
    assert not ensure_admin(database_url, "admin@example.org", "another")
    assert not ensure_admin(database_url, "second@example.org", "another")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select email, password_hash, is_admin from account").fetchall()
    ((email, password_hash, is_admin),) = rows
    assert (email, is_admin) == ("admin@example.org", True)
    assert HASHER.verify(password_hash, "a password")


def test_a_real_hash_takes_as_much_as_is_asked_of_small_machines() -> None:
    """RFC 9106, the second of its choices. Tests themselves hash cheaply."""
    made = extract_parameters(REAL_HASHER.hash("a password"))
    assert (made.type, made.memory_cost, made.time_cost, made.parallelism) == (Type.ID, 64 * 1024, 3, 4)


def test_an_account_with_the_admins_email_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into account (email, password_hash) values ('ADMIN@example.org', 'x')")
    assert not ensure_admin(database_url, "admin@example.org", "a password")


def test_without_a_database_the_error_is_the_drivers() -> None:
    with pytest.raises(psycopg.OperationalError):
        ensure_admin("postgresql://127.0.0.1:1/none?connect_timeout=1", "admin@example.org", "a password")


def test_a_link_for_a_lost_password_is_made_on_the_servers_machine(database_url: str, tmp_path: Path) -> None:
    ensure_admin(database_url, "admin@example.org", "a password")
    environment = {
        **os.environ,
        "BAROGRAPH_DATABASE_URL": database_url,
        "BAROGRAPH_ADMIN_EMAIL": "Admin@example.org",
        "BAROGRAPH_PUBLIC_URL": "https://barograph.example.org",
    }
    command = [sys.executable, "-m", "barograph", "reset-link", "--data", tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    page, _, token = done.stdout.splitlines()[0].partition("#")
    assert page == "https://barograph.example.org/reset"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select token_hash from password_reset").fetchall() == [(digest(token),)]


def test_a_link_that_logs_in_is_made_on_the_servers_machine(database_url: str, tmp_path: Path) -> None:
    ensure_admin(database_url, "admin@example.org", "a password")
    environment = {
        **os.environ,
        "BAROGRAPH_DATABASE_URL": database_url,
        "BAROGRAPH_PUBLIC_URL": "https://barograph.example.org/",
    }
    command = [sys.executable, "-m", "barograph", "login-link", "admin@example.org", "--data", tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    page, _, code = done.stdout.splitlines()[0].partition("#code=")
    assert page == "https://barograph.example.org/"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select token_hash from login_code").fetchall() == [(digest(code),)]


def test_there_is_no_link_for_nobody_and_none_for_the_deactivated(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into account (email, password_hash, deactivated_at)"
            " values ('gone@example.org', 'x', now())"
        )
    assert create_reset(database_url, "nobody@example.org") is None
    assert create_reset(database_url, "gone@example.org") is None


@pytest.mark.parametrize("password", ["admin", "password1", "admin@example.org", " " * 12])
def test_no_admin_is_made_with_a_password_that_could_be_guessed(database_url: str, password: str) -> None:
    with pytest.raises(WeakPassword):
        ensure_admin(database_url, "admin@example.org", password)
    assert ensure_admin(database_url, "admin@example.org", "a good password")


def test_whoever_has_the_server_takes_second_factors_away(database_url: str) -> None:
    ensure_admin(database_url, "admin@example.org", "a good password")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into factor (account_id, kind, name, secret, confirmed_at)"
            " select id, 'totp', 'phone', '', now() from account"
        )
        connection.execute("insert into recovery_code select 'hash', id from account")
        connection.execute("insert into login (account_id) select id from account")
    assert not remove_factors(database_url, "nobody@example.org")
    assert remove_factors(database_url, "Admin@example.org")
    with psycopg.connect(database_url) as connection:
        left = "select (select count(*) from factor) + (select count(*) from recovery_code)"
        assert connection.execute(left).fetchall() == [(0,)]
        assert connection.execute("select count(*) from login where revoked_at is null").fetchall() == [(0,)]
        entries = connection.execute("select actor, action from audit_entry").fetchall()
    assert entries == [("barograph", "account.reset-factors")]


def test_a_log_in_is_known_to_work_or_not(database_url: str) -> None:
    assert not lets_in(database_url, "admin@example.org", "a password")
    ensure_admin(database_url, "admin@example.org", "a password")
    assert lets_in(database_url, "ADMIN@example.org", "a password")
    assert not lets_in(database_url, "admin@example.org", "another")
    assert is_active(database_url, "admin@example.org")
    assert not is_active(database_url, "nobody@example.org")
    with psycopg.connect(database_url) as connection:
        connection.execute("update account set is_admin = false, deactivated_at = now()")
    assert not lets_in(database_url, "admin@example.org", "a password")
    assert not is_active(database_url, "admin@example.org")
    with psycopg.connect(database_url) as connection:
        connection.execute("update account set deactivated_at = null, password_hash = 'x'")
    assert not lets_in(database_url, "admin@example.org", "x")
