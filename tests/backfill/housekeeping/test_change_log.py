"""The log of changes is kept for half an hour, and says first what it lets go of."""

from collections.abc import Generator

import psycopg
import pytest

from backfill.housekeeping.jobs import trim_change_log
from barograph.database.connections import create_thread_pool
from barograph.database.positions import Position
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from tests.programs import url_of

AHEAD = 10**12


@pytest.fixture
def owner(database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def change(owner: psycopg.Connection, ago_s: float) -> int:
    """A commit's line, written so long ago; its transaction."""
    row = owner.execute(
        "insert into change_log (created_at, touched) values (now() - %s * interval '1 second', '')"
        " returning xid::text::int8",
        (ago_s,),
    ).fetchone()
    assert row is not None
    return row[0]


def logged(owner: psycopg.Connection) -> list[int]:
    found = owner.execute("select xid::text::int8 from change_log order by xid").fetchall()
    return [xid for (xid,) in found]


def horizon(owner: psycopg.Connection) -> int:
    """As it is stored."""
    ((xid,),) = owner.execute("select xid::text::int8 from live_horizon").fetchall()
    return xid


def stand(owner: psycopg.Connection) -> tuple[Position, int]:
    """Where a client would stand now, and the horizon that it would hear of."""
    row = owner.execute(query("live.position")).fetchone()
    assert row is not None
    server_us, snapshot, _, seen_horizon = row
    position = Position.parse(f"{server_us:x}:{snapshot}")
    assert position is not None
    return position, seen_horizon


def trim(database_url: str) -> None:
    with create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.HOUSEKEEPING) as pool:
        trim_change_log(pool)


def test_what_is_old_goes_and_what_is_young_stays(owner: psycopg.Connection, database_url: str) -> None:
    old = [change(owner, ago_s) for ago_s in (7200, 5400, 3600)]
    young = [change(owner, ago_s) for ago_s in (1500, 60, 0)]
    trim(database_url)
    assert logged(owner) == young
    assert max(old) <= horizon(owner) < min(young)


def test_nobody_follows_what_has_gone(owner: psycopg.Connection, database_url: str) -> None:
    before, _ = stand(owner)
    change(owner, 7200)
    between, _ = stand(owner)
    young = change(owner, 60)
    trim(database_url)
    now, seen_horizon = stand(owner)
    assert not now.can_follow(before, seen_horizon)
    assert now.can_follow(between, seen_horizon)
    assert logged(owner) == [young]


def test_the_horizon_is_raised_before_anything_goes(owner: psycopg.Connection, database_url: str) -> None:
    """Both are one transaction: whoever sees the chunk gone sees the horizon raised."""
    old = change(owner, 7200)
    owner.execute(
        "create function refuse_horizon() returns trigger language plpgsql as"
        " $$begin raise exception 'not now'; end$$;"
        "create trigger refuse before update on live_horizon execute function refuse_horizon()"
    )
    with pytest.raises(psycopg.errors.RaiseException):
        trim(database_url)
    assert logged(owner) == [old]
    owner.execute("drop trigger refuse on live_horizon")
    trim(database_url)
    assert (logged(owner), horizon(owner)) == ([], old)


def test_a_horizon_never_falls_back(owner: psycopg.Connection, database_url: str) -> None:
    first = change(owner, 7200)
    later = change(owner, 60)
    with owner.transaction():
        owner.execute("update live_horizon set xid = %s::text::xid8", (str(later),))
    trim(database_url)
    assert first < horizon(owner) == later


def test_a_horizon_of_another_server_means_nothing(owner: psycopg.Connection, database_url: str) -> None:
    owner.execute("update live_horizon set xid = %s::text::xid8", (str(AHEAD),))
    before, seen_horizon = stand(owner)
    assert seen_horizon == 0
    young = change(owner, 60)
    now, seen_horizon = stand(owner)
    assert now.can_follow(before, seen_horizon)
    old = change(owner, 7200)
    trim(database_url)
    assert (logged(owner), horizon(owner)) == ([young], old)
