"""Readings as rows: order, pages, bounds, and what is hidden."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.readings import stored_periods
from barograph.database import block_format
from barograph.database.block_format import EncodedReadings, copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns, encode
from barograph.database.queries import query
from barograph.times import MINUTE_US, format_us, from_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

LINEAR = {"kind": "linear", "payload": {"slope": 2, "offset": 1}}
START_US = now_us() // 10**6 * 10**6 - 3600 * 10**6
# Few instants, around the end of a minute, and few values, so that every kind of tie occurs.
FIRST_US = START_US // MINUTE_US * MINUTE_US - 2
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=st.integers(0, 4).map(lambda offset: FIRST_US + offset),
        raw=st.sampled_from([-1.5, 0.0, 2.0]),
        physical=st.sampled_from([None, 0.0, 7.0]),
        profile=st.sampled_from([None, 1, 2]),
        flags=st.sampled_from([None, 3]),
    ),
    max_size=12,
)


def all_pages(person: Person, sensor: str, limit: int, **parameters: str) -> list[dict[str, Any]]:
    """Every reading of a question, page after page; each page but the last is full."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.read(f"/sensors/{sensor}/readings", limit=limit, **parameters, **cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            assert len(page["items"]) <= limit
            return items
        assert len(page["items"]) == limit
        cursor = {"cursor": page["next_cursor"]}


def nulls_last(item: dict[str, Any]) -> tuple[object, ...]:
    physical = item["physical"]
    return (item["time"], item["raw"], physical is None, physical or 0.0)


def test_a_reading_shows_raw_physical_and_what_made_it(server: Server, owner: Person, sensor: str) -> None:
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)["id"]
    store(server.database_url, sensor, [Stored(START_US, 1.5, 4.0, 1, 5), Stored(START_US + 1, 2.5)])
    assert owner.read(f"/sensors/{sensor}/readings") == {
        "items": [
            {"time": format_us(START_US), "raw": 1.5, "physical": 4.0, "profile_id": profile, "flags": 5},
            {"time": format_us(START_US + 1), "raw": 2.5, "physical": None, "profile_id": None, "flags": 0},
        ],
        "next_cursor": None,
    }


@few_examples(8)
@given(
    commits=st.lists(READINGS, max_size=4), limit=st.integers(1, 7), order=st.sampled_from(["asc", "desc"])
)
def test_pages_hold_every_reading_once_and_in_order(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    commits: list[list[Stored]],
    limit: int,
    order: str,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    for _ in range(2):
        people.owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)
    for readings in commits:
        store(server.database_url, sensor, readings)
    items = all_pages(people.owner, sensor, limit, order=order)
    # By several statements of one moment, instead of by one.
    assert items == all_pages(people.owner, sensor, limit, order=order, as_of=format_us(now_us()))
    keys = [nulls_last(item) for item in items]
    assert keys == sorted(keys, reverse=order == "desc")
    expected = sorted(
        (format_us(r.t_us), r.raw, str(r.physical), r.flags or 0) for readings in commits for r in readings
    )
    assert expected == sorted((i["time"], i["raw"], str(i["physical"]), i["flags"]) for i in items)


def test_a_page_is_not_moved_by_late_readings(server: Server, owner: Person, sensor: str) -> None:
    store(server.database_url, sensor, [Stored(START_US, float(raw)) for raw in (1, 2, 3, 4)])
    first = owner.read(f"/sensors/{sensor}/readings", limit=2)
    store(server.database_url, sensor, [Stored(START_US, 0.0), Stored(START_US - 1, 9.0)])
    second = owner.read(f"/sensors/{sensor}/readings", limit=2, cursor=first["next_cursor"])
    assert [item["raw"] for item in first["items"] + second["items"]] == [1.0, 2.0, 3.0, 4.0]


def test_bounds_are_half_open(server: Server, owner: Person, sensor: str) -> None:
    store(server.database_url, sensor, [Stored(START_US + offset, offset) for offset in range(4)])
    for order in ("asc", "desc"):
        bounds = {"from": format_us(START_US + 1), "to": format_us(START_US + 3), "order": order}
        assert sorted(item["raw"] for item in all_pages(owner, sensor, 1, **bounds)) == [1.0, 2.0]


def test_by_default_all_that_the_project_accepts_is_asked(server: Server, owner: Person, sensor: str) -> None:
    day_us = 86400 * 10**6
    store(server.database_url, sensor, [Stored(now_us() - days * day_us, days) for days in (0, 300, 366)])
    assert [item["raw"] for item in all_pages(owner, sensor, 10)] == [300.0, 0.0]


def test_a_period_may_be_of_any_length(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_us = 86400 * 10**6
    ever = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}
    # Other tests leave chunks of their own in this database.
    monkeypatch.setattr(stored_periods, "MAX_CHUNKS", 1000)
    assert owner.read(f"/sensors/{sensor}/readings", **ever) == {"items": [], "next_cursor": None}
    store(server.database_url, sensor, [Stored(now_us() - days * day_us, days) for days in (1200, 366, 0)])
    for order, days in (("asc", [1200.0, 366.0, 0.0]), ("desc", [0.0, 366.0, 1200.0])):
        assert [item["raw"] for item in all_pages(owner, sensor, 2, order=order, **ever)] == days
    between = {"from": format_us(now_us() - 1100 * day_us), "to": "2100-01-01T00:00:00Z"}
    assert [item["raw"] for item in all_pages(owner, sensor, 1, **between)] == [366.0, 0.0]
    monkeypatch.setattr(stored_periods, "MAX_CHUNKS", 0)
    assert owner.get(f"/sensors/{sensor}/readings", ever).status_code == 422


@pytest.mark.parametrize(
    "parameters",
    [
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00"},
        {"from": "yesterday"},
        {"from": "1767225600"},
        {"to": "0001-01-01T00:00:00+05:00"},
        {"limit": "0"},
        {"limit": "10001"},
        {"order": "up"},
        {"cursor": "x"},
        {"since": "2026-01-01T00:00:00Z"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    owner: Person, sensor: str, parameters: dict[str, str]
) -> None:
    assert owner.get(f"/sensors/{sensor}/readings", parameters).status_code == 422


def test_the_ends_of_time_can_be_asked_for(owner: Person, sensor: str) -> None:
    for parameters in (
        {"to": "0001-01-02T00:00:00Z"},
        {"from": "9999-12-01T00:00:00Z", "to": "9999-12-31T23:59:59.999999Z"},
    ):
        for order in ("asc", "desc"):
            assert all_pages(owner, sensor, 5, order=order, **parameters) == []


def test_raw_values_are_hidden_from_viewers_where_the_project_says_so(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    readings = [Stored(START_US, raw, physical) for raw, physical in ((1.25, 9.0), (2.5, 8.0), (3.5, 7.0))]
    store(server.database_url, sensor, readings)
    items = all_pages(people.viewer, sensor, 1)
    assert all("raw" not in item for item in items)
    # Not even their order tells.
    assert [item["physical"] for item in items] == [7.0, 8.0, 9.0]
    assert [item["raw"] for item in all_pages(people.editor, sensor, 1)] == [1.25, 2.5, 3.5]


@pytest.mark.parametrize("table", ["reading", "reading_block"])
def test_a_page_is_read_from_the_index_and_ends_early(
    server: Server, sensor: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_format, "MIN_READINGS", 1)
    readings = ReadingColumns(
        START_US + np.arange(20_000),
        np.ones(20_000),
        np.ones(20_000),
        np.full(20_000, surrogate(server, sensor), np.int32),
        np.full(20_000, -1, np.int32),
        np.zeros(20_000, np.uint16),
    )
    with psycopg.connect(server.database_url) as connection:
        if table == "reading":
            copy_readings(connection, EncodedReadings(encode(readings), []))
        else:
            copy_readings(connection, encode_readings(readings, in_blocks=True))
        connection.execute("analyze reading, reading_block")
        for statement in ("reading.ascending", "reading.descending"):
            bounds = {"from": from_us(START_US), "to": from_us(START_US + 10**9)}
            first = {
                "time": from_us(START_US + 9000),
                "raw": 0.0,
                "physical": 0.0,
                "profile_id": 0,
                "flags": 0,
            }
            if statement == "reading.ascending":
                bounds |= {"from": first["time"], "beyond": from_us(START_US + 9001)}
            else:
                bounds |= {"to": from_us(START_US + 9001), "beyond": first["time"]}
            page = {"sensor_id": readings.sensor_id[0].item(), "sees_raw": True, "skip": 1, "fetch": 101}
            plan = connection.execute(
                "explain (format json, analyze) " + query(statement), bounds | first | page, prepare=False
            ).fetchone()
            assert plan is not None
            found = list(nodes(plan[0][0]["Plan"]))
            assert "Function Scan" not in {each["Node Type"] for each in found}
            indexes = [each["Index Name"] for each in found if "Index Name" in each]
            assert any(each.endswith(f"_chunk_{table}_sensor_id_time_idx") for each in indexes)
            seen = [each["Actual Rows"] + each.get("Rows Removed by Filter", 0) for each in found]
            assert max(seen) < 500


def surrogate(server: Server, sensor: str) -> int:
    """A sensor's id in the database."""
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute("select id from sensor where public_id = %s", (sensor,)).fetchone()
    assert row is not None
    return row[0]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, the plan itself among them."""
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)
