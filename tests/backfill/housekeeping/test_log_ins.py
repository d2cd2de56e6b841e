"""What is left of log-ins, sessions and lost passwords goes in time, and no sooner."""

import psycopg
import pytest

from tests.backfill.housekeeping.statements import run_now


@pytest.fixture
def log_ins(database_url: str) -> str:
    """Three log-ins of the day before yesterday and one of now, each by what leads to it."""
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into account (email, password_hash) values ('ada@example.org', 'x')")
        connection.execute(
            "insert into login (id, account_id, created_at)"
            " select ('00000000-0000-4000-8000-00000000000' || place)::uuid, account.id,"
            " now() - age::interval"
            " from account,"
            " (values (1, '2 days'), (2, '2 days'), (3, '2 days'), (4, '0 days')) as made (place, age)"
        )
        connection.execute(
            "insert into refresh_token (token_hash, login_id, expires_at)"
            " select 'late'::bytea, id, now() - interval '6 days' from login where id::text like '%1'"
        )
        connection.execute(
            "insert into browser_session (token_hash, login_id, expires_at)"
            " select 'good'::bytea, id, now() + interval '1 hour' from login where id::text like '%2'"
            " union all select 'over', id, now() - interval '1 second' from login where id::text like '%3'"
        )
        connection.execute(
            "insert into password_reset (token_hash, account_id, expires_at)"
            " select 'good'::bytea, id, now() + interval '1 hour' from account"
            " union all select 'over', id, now() - interval '1 second' from account"
        )
    return database_url


def left(database_url: str) -> tuple[list[str], list[str], list[str]]:
    """Which log-ins, sessions and resets there are."""
    with psycopg.connect(database_url) as connection:
        logins = connection.execute("select right(id::text, 1) from login order by id").fetchall()
        sessions = connection.execute("select token_hash from browser_session").fetchall()
        resets = connection.execute("select token_hash from password_reset").fetchall()
    return (
        [row[0] for row in logins],
        [row[0].decode() for row in sessions],
        [row[0].decode() for row in resets],
    )


def test_what_is_over_goes_and_what_may_still_be_needed_stays(log_ins: str) -> None:
    for name in (
        "housekeeping.expire_refresh_tokens",
        "housekeeping.expire_browser_sessions",
        "housekeeping.expire_password_resets",
    ):
        run_now(log_ins, name)
    assert left(log_ins) == (["1", "2", "3", "4"], ["good"], ["good"])
    assert run_now(log_ins, "housekeeping.expire_logins") == 1
    # The first waits for its used refresh token, whose return would be a theft; the last is just beginning.
    assert left(log_ins)[0] == ["1", "2", "4"]


def test_second_steps_and_set_ups_that_are_over_go(log_ins: str) -> None:
    with psycopg.connect(log_ins) as connection:
        account = connection.execute("select account_id from login limit 1").fetchone()
        assert account is not None
        connection.execute(
            "insert into second_step (token_hash, account_id, password_digest, challenge, expires_at)"
            " values ('over', %(id)s, '', '', now()), ('good', %(id)s, '', '', now() + interval '1 minute')",
            {"id": account[0]},
        )
        connection.execute(
            "insert into factor (account_id, kind, name, secret, confirmed_at, created_at) values"
            " (%(id)s, 'totp', 'over', '', null, now() - interval '2 days'),"
            " (%(id)s, 'totp', 'begun', '', null, now()),"
            " (%(id)s, 'totp', 'good', '', now(), now() - interval '2 days')",
            {"id": account[0]},
        )
    assert run_now(log_ins, "housekeeping.expire_second_steps") == 1
    with psycopg.connect(log_ins) as connection:
        assert connection.execute("select token_hash from second_step").fetchall() == [(b"good",)]
        assert connection.execute("select name from factor order by 1").fetchall() == [("begun",), ("good",)]
