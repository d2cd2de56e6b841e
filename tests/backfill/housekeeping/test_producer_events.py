"""Events of gateways that came and went: one for each change, and no flood of one that flaps."""

from typing import Any

import psycopg
import pytest

from tests.backfill.housekeeping.statements import run_now
from tests.seed import seed_project

LOOK = "housekeeping.note_producers"


@pytest.fixture(autouse=True)
def producer(database_url: str) -> None:
    project = seed_project(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into producer (project_id, name, epoch, last_seq, agent)"
            " values (%s, 'rig-7', 5, 12, 'x/1')",
            (project.id,),
        )


def see(database_url: str, *, is_connected: bool, ago_s: float = 0) -> None:
    """As ingest notes it."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into producer_liveness (producer_id, epoch, is_connected, seen_at, rate_hz)"
            " select id, epoch, %(is_connected)s, now() - %(ago_s)s * interval '1 second', 0 from producer"
            " on conflict (producer_id) do update"
            " set is_connected = excluded.is_connected, seen_at = excluded.seen_at",
            {"is_connected": is_connected, "ago_s": ago_s},
        )


def wait_a_minute(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update producer_liveness set told_at = told_at - interval '1 minute'")


def look(database_url: str) -> list[tuple[str, dict[str, Any]]]:
    """What has been told by now."""
    run_now(database_url, LOOK)
    run_now(database_url, LOOK)
    with psycopg.connect(database_url) as connection:
        return connection.execute("select kind, payload from event order by id").fetchall()


def test_a_gateway_that_comes_and_goes_is_told_once_each(database_url: str) -> None:
    see(database_url, is_connected=True)
    ((kind, data),) = look(database_url)
    assert (kind, data["producer"], data["agent"], data["last_seq"]) == (
        "producer.connected",
        "rig-7",
        "x/1",
        12,
    )
    wait_a_minute(database_url)
    see(database_url, is_connected=False, ago_s=20)
    assert [(kind, data.get("why")) for kind, data in look(database_url)] == [
        ("producer.connected", None),
        ("producer.lost", "closed"),
    ]


def test_one_whose_server_died_is_silent(database_url: str) -> None:
    see(database_url, is_connected=True)
    look(database_url)
    wait_a_minute(database_url)
    see(database_url, is_connected=True, ago_s=20)
    kind, data = look(database_url)[-1]
    assert (kind, data["why"]) == ("producer.lost", "silent")


def test_one_that_is_back_soon_was_never_away(database_url: str) -> None:
    see(database_url, is_connected=True)
    look(database_url)
    wait_a_minute(database_url)
    see(database_url, is_connected=False, ago_s=3)
    assert len(look(database_url)) == 1
    see(database_url, is_connected=True)
    assert len(look(database_url)) == 1


def test_one_that_flaps_is_told_of_once_a_minute(database_url: str) -> None:
    for _ in range(5):
        see(database_url, is_connected=True)
        look(database_url)
        see(database_url, is_connected=False, ago_s=20)
        look(database_url)
    assert [kind for kind, _ in look(database_url)] == ["producer.connected"]
    wait_a_minute(database_url)
    assert [kind for kind, _ in look(database_url)] == ["producer.connected", "producer.lost"]


def test_imports_are_no_gateways(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update producer set name = 'import/7'")
    see(database_url, is_connected=True)
    assert look(database_url) == []
