"""Events are kept for a while, and then go, the oldest first."""

import psycopg

from tests.backfill.housekeeping.statements import run_now
from tests.seed import seed_project

EXPIRE = "housekeeping.expire_events"


def add_events(database_url: str, *ages: str) -> None:
    project = seed_project(database_url)
    with psycopg.connect(database_url) as connection:
        for age in ages:
            connection.execute(
                "insert into event (project_id, kind, payload, created_at)"
                " values (%s, 'run.started', '{}', now() - %s::interval)",
                (project.id, age),
            )


def ages_left(database_url: str) -> list[int]:
    """In whole days."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select extract(day from now() - created_at)::int from event order by id"
        ).fetchall()
    return [days for (days,) in rows]


def test_events_older_than_the_setting_go(database_url: str) -> None:
    add_events(database_url, "366 days", "365 days 1 hour", "364 days", "1 hour")
    assert run_now(database_url, EXPIRE, {"event_keep_days": 365}) == 2
    assert ages_left(database_url) == [364, 0]
    assert run_now(database_url, EXPIRE, {"event_keep_days": 365}) == 0


def test_with_0_days_all_are_kept(database_url: str) -> None:
    add_events(database_url, "9000 days")
    assert run_now(database_url, EXPIRE, {"event_keep_days": 0}) == 0
    assert ages_left(database_url) == [9000]


def test_what_a_consumer_has_not_read_stays_for_as_long_again(database_url: str) -> None:
    add_events(database_url, "181 days", "95 days", "91 days", "1 hour")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into event_consumer (name, place, told_at)"
            " values ('redis', '', now() - interval '93 days')"
        )
    assert run_now(database_url, EXPIRE, {"event_keep_days": 90}) == 2
    assert ages_left(database_url) == [91, 0]


def test_up_to_where_events_have_gone_is_known(database_url: str) -> None:
    add_events(database_url, "366 days", "365 days 1 hour", "364 days")
    run_now(database_url, EXPIRE, {"event_keep_days": 365})
    known = (
        "select extract(day from now() - until)::int, xid < (select min(xid) from event)"
        " from event_pruned join project on project.id = project_id"
    )
    with psycopg.connect(database_url) as connection:
        assert connection.execute(known).fetchall() == [(365, False)]
        xid = connection.execute("select xid = (select min(xid) from event) from event_pruned").fetchone()
        assert xid == (True,)
    run_now(database_url, EXPIRE, {"event_keep_days": 300})
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "select extract(day from now() - until)::int from event_pruned"
        ).fetchall() == [(364,)]


def test_what_a_message_of_a_webhook_waits_to_tell_stays(database_url: str) -> None:
    add_events(database_url, "7 days", "6 days", "5 days", "4 days")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into webhook (project_id, url, secret) select id, 'https://a', '' from project"
        )
        for event, status, age in (
            (1, "waiting", "70 hours"),
            (2, "delivered", "70 hours"),
            (3, "failed", "70 hours"),
            # One that waits at a webhook that is switched off.
            (4, "waiting", "97 hours"),
        ):
            connection.execute(
                "insert into webhook_delivery (webhook_id, event_id, status, created_at)"
                " select webhook.id, event.id, %s, now() - %s::interval from webhook, event"
                " order by event.id offset %s limit 1",
                (status, age, event - 1),
            )
    assert run_now(database_url, EXPIRE, {"event_keep_days": 1}) == 3
    assert ages_left(database_url) == [7]
