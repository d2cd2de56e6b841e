"""What a project holds, as those who may change it see it."""

import psycopg
import pytest

from barograph.times import MINUTE_US, now_us
from tests.api.conftest import People
from tests.api.rollups import roll_up
from tests.api.server import Person, Server
from tests.api.stored import DAY_US, Stored, store


def test_usage_says_what_is_held_and_what_may_be(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    now = now_us()
    # In days, hours and minutes, at the ends of each.
    ago_us = [
        400 * DAY_US,
        3 * DAY_US,
        2 * DAY_US,
        DAY_US,
        26 * 60 * MINUTE_US,
        3 * 60 * MINUTE_US,
        MINUTE_US,
    ]
    store(server.database_url, sensor, [Stored(now - each, 1.0) for each in ago_us])
    roll_up(server.database_url, sensor)
    owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    revoked = owner.made(f"/projects/{project}/ingest-tokens", {"name": "old"})["id"]
    owner.delete(f"/ingest-tokens/{revoked}")
    owner.made(f"/projects/{project}/imports", {"file_name": "f", "size_bytes": 1000})
    ended = owner.made(f"/projects/{project}/imports", {"file_name": "g", "size_bytes": 1000})["id"]
    owner.made(f"/imports/{ended}:cancel")
    usage = owner.read(f"/projects/{project}/usage")
    limits = usage.pop("limits")
    assert usage == {
        "sensors": 1,
        "members": 3,
        "ingest_tokens": 1,
        "readings": len(ago_us),
        "sockets": 0,
        "import_files": 1,
        "import_bytes": 1000,
        "artifact_files": 0,
        "artifact_bytes": 0,
        "archive": {"files": 0, "readings": 0, "size_bytes": 0, "from": None, "to": None},
    }
    assert limits["archive_after_days"] is None
    assert (limits["import_bytes"], limits["sockets"], limits["sockets_of_token"]) == (16 * 2**30, 750, 500)


@pytest.mark.parametrize(
    ("is_connected", "epoch", "age", "sockets"),
    [(True, 7, "1 s", 1), (False, 7, "1 s", 0), (True, 6, "1 s", 0), (True, 7, "16 s", 0)],
)
def test_sockets_are_those_that_stream_now(
    server: Server, owner: Person, project: str, is_connected: bool, epoch: int, age: str, sockets: int
) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "with made as ("
            " insert into producer (project_id, name, epoch) select id, 'daq', 7 from project"
            " where public_id = %s returning id"
            ") insert into producer_liveness (producer_id, epoch, is_connected, seen_at, rate_hz)"
            " select id, %s, %s, now() - %s::interval, 1 from made",
            (project, epoch, is_connected, age),
        )
    assert owner.read(f"/projects/{project}/usage")["sockets"] == sockets


def test_viewers_do_not_see_it(people: People, project: str) -> None:
    assert people.viewer.get(f"/projects/{project}/usage").status_code == 403
