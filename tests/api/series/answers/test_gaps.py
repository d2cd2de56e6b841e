"""What is missing of sensors is named beside their series."""

from typing import Any, LiteralString

import psycopg
import pytest

from barograph.database.queries import query
from tests.api.server import Person, Server

AT = "2026-01-31T"
INSERT: LiteralString = """
with asked as (select id, project_id from sensor where public_id = %(sensor)s),
daq as (
    insert into producer (project_id, name) select project_id, %(name)s from asked
    on conflict (project_id, name) do update set name = excluded.name
    returning id, public_id
), gap as (
    insert into producer_gap (producer_id, first_seq, last_seq, last_commit_at, resumed_at, sensor_ids)
    select daq.id, %(first)s, %(last)s, %(before)s::timestamptz, %(after)s::timestamptz, array[asked.id]
    from daq, asked
)
select public_id::text from daq
"""

MANY: LiteralString = """
with made as (
    insert into project (name) values ('many') returning id
), daq as (
    insert into producer (project_id, name) select id, 'daq' from made returning id
)
insert into producer_gap (producer_id, first_seq, last_seq, sensor_ids)
select daq.id, n, n, array[n] from daq, generate_series(1, 5000) as n
"""


def lose(server: Server, sensor: str, first: int, last: int, before: str | None, after: str) -> str:
    """Records a gap of the producer `daq`; its id."""
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute(
            INSERT,
            {
                "sensor": sensor,
                "name": "daq",
                "first": first,
                "last": last,
                "before": before and AT + before,
                "after": AT + after,
            },
        ).fetchone()
    assert row is not None
    return row[0]


def gaps(person: Person, *sensors: str, start: str = "10:00Z", end: str = "14:00Z") -> list[dict[str, Any]]:
    answer = person.read("/series", **{"sensor": list(sensors), "from": AT + start, "to": AT + end})
    return answer["meta"]["gaps"]


def test_a_gap_in_the_period_is_named_with_the_sensors_it_is_about(
    server: Server, owner: Person, sensor: str, project: str
) -> None:
    other = owner.made(f"/projects/{project}/sensors", {"key": "p2"})["id"]
    producer = lose(server, sensor, 4, 6, "11:00Z", "12:00Z")
    gap = {
        "producer_id": producer,
        "producer": "daq",
        "from": "2026-01-31T11:00:00.000000Z",
        "to": "2026-01-31T12:00:00.000000Z",
        "first_seq": 4,
        "last_seq": 6,
        "sensor_ids": [sensor],
    }
    assert gaps(owner, sensor) == gaps(owner, sensor, other) == [gap]
    assert gaps(owner, other) == []


@pytest.mark.parametrize(
    ("start", "end", "is_named"),
    [
        ("10:00Z", "11:00Z", False),
        ("10:00Z", "11:00:00.000001Z", True),
        ("11:20Z", "11:40Z", True),
        ("11:59:59.999999Z", "14:00Z", True),
        ("12:00Z", "14:00Z", False),
    ],
)
def test_only_gaps_that_the_period_touches_are_named(
    server: Server, owner: Person, sensor: str, start: str, end: str, is_named: bool
) -> None:
    lose(server, sensor, 4, 6, "11:00Z", "12:00Z")
    assert bool(gaps(owner, sensor, start=start, end=end)) == is_named


def test_what_was_lost_before_the_first_frame_has_no_beginning(
    server: Server, owner: Person, sensor: str
) -> None:
    lose(server, sensor, 4, 6, "11:00Z", "12:00Z")
    lose(server, sensor, 1, 3, None, "12:30Z")
    assert [(gap["from"], gap["first_seq"]) for gap in gaps(owner, sensor, start="12:10Z")] == [(None, 1)]
    assert [gap["first_seq"] for gap in gaps(owner, sensor)] == [1, 4]


def test_gaps_are_looked_up_by_the_index(database_url: str) -> None:
    asked = {"sensor_ids": [1, 2], "from": AT + "10:00Z", "to": AT + "14:00Z"}
    with psycopg.connect(database_url) as connection:
        connection.execute(MANY)
        connection.execute("analyze producer_gap")
        rows = connection.execute("explain " + query("series.gaps"), asked).fetchall()
    assert any("producer_gap_sensor_ids_idx" in line for (line,) in rows)
