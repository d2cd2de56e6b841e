"""The list of sensors in each order, by connection, and with the latest readings."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, get_args

import psycopg
import pytest
from psycopg.rows import dict_row

from api.edge.lists.facets import MAX_COUNTED, MAX_VALUES
from api.edge.lists.sorted_pages import OrderedSpan
from api.sensors.filters import ANY_ORDER, SensorListFilters, composed, page_statement
from api.sensors.latest import MAX_PACED
from api.sensors.orders import SensorSort
from barograph.database.queries import query
from barograph.times import format_time, from_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server
from tests.api.stored import Stored, see, store

NOW = datetime.now(UTC)
# Key, name, seen so many seconds ago.
SENSORS: list[tuple[str, str, float | None]] = [
    ("c", "Pump", 5),
    ("a", "inlet", None),
    ("e", "Inlet", 3600),
    ("b", "", 30),
    ("d", "valve", None),
    ("f", "pump", 2),
]
CROWD = 20_000
PAGE = 50


@pytest.fixture
def listed(server: Server, owner: Person, make_project: ProjectMaker) -> str:
    """The path of a list of those sensors."""
    path = f"/projects/{make_project()}/sensors"
    for key, name, seen_s in SENSORS:
        made = owner.made(path, {"key": key, "name": name})
        if seen_s is not None:
            see(server.database_url, made["id"], datetime.now(UTC) - timedelta(seconds=seen_s))
    return path


def keys(person: Person, path: str, limit: int = 50, **asked: str | None) -> str:
    """Page after page."""
    found, cursor = "", None
    while True:
        given = {name: value for name, value in {**asked, "cursor": cursor}.items() if value is not None}
        page = person.read(path, limit=limit, **given)
        found += "".join(item["key"] for item in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (None, "fdbeac"),
        ("created_at", "caebdf"),
        ("-created_at", "fdbeac"),
        ("key", "abcdef"),
        ("-key", "fedcba"),
        ("name", "baecfd"),
        ("-name", "dfceab"),
        ("last_seen_at", "adebcf"),
        ("-last_seen_at", "fcbeda"),
    ],
)
def test_sensors_are_listed_in_each_order_whatever_the_page(
    owner: Person, listed: str, sort: str | None, expected: str
) -> None:
    for limit in (1, 2, 50):
        assert keys(owner, listed, limit, sort=sort) == expected


@pytest.mark.parametrize(("connection", "expected"), [("online", "cf"), ("delayed", "b"), ("offline", "ade")])
def test_sensors_are_listed_by_their_connection(
    owner: Person, listed: str, connection: str, expected: str
) -> None:
    assert keys(owner, listed, 2, connection=connection, sort="key") == expected


def test_a_sensor_made_between_two_pages_moves_none(owner: Person, listed: str) -> None:
    first = owner.read(listed, limit=3, sort="key")
    owner.made(listed, {"key": "aa"})
    rest = owner.read(listed, limit=50, sort="key", cursor=first["next_cursor"])
    assert [item["key"] for item in first["items"] + rest["items"]] == list("abcdef")


@pytest.mark.parametrize(
    "asked", [{"sort": "kind"}, {"sort": "started_at"}, {"connection": "away"}, {"include": "rate"}]
)
def test_what_the_list_does_not_know_is_refused(owner: Person, listed: str, asked: dict[str, str]) -> None:
    assert owner.get(listed, asked).status_code == 422


def test_a_cursor_goes_on_in_its_own_order_alone(owner: Person, listed: str) -> None:
    cursor = owner.read(listed, limit=1, sort="key")["next_cursor"]
    assert owner.get(listed, {"cursor": cursor, "sort": "key"}).status_code == 200
    assert owner.get(listed, {"cursor": cursor, "sort": "name"}).status_code == 422


def note_latest(server: Server, sensor: str, t_us: int) -> None:
    """As ingest does for the latest reading that is not historical."""
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update sensor_liveness set latest_at = %s"
            " where sensor_id = (select id from sensor where public_id = %s)",
            (from_us(t_us), sensor),
        )


def test_the_latest_reading_comes_if_it_is_asked_for(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    path = f"/projects/{project}/sensors"
    (item,) = owner.read(path)["items"]
    assert not {"latest", "rate_hz"} & item.keys()
    (item,) = owner.read(path, include="latest")["items"]
    assert (item["latest"], item["rate_hz"]) == (None, 0)
    end_us = now_us()
    readings = [Stored(end_us - n * 100_000, float(n), 10.0 * n, flags=n) for n in range(100)]
    # History that was sent later moves nothing.
    store(server.database_url, sensor, [*readings, Stored(end_us + 1, -1.0, -1.0)])
    see(server.database_url, sensor, datetime.now(UTC))
    note_latest(server, sensor, end_us)
    (item,) = owner.read(path, include="latest")["items"]
    shown = {"time": format_time(from_us(end_us)), "raw": 0.0, "physical": 0.0, "flags": 0}
    assert item["latest"] == shown
    assert item["rate_hz"] == pytest.approx(10)


def test_who_may_not_see_raw_values_sees_none(
    server: Server, people: People, owner: Person, project: str, sensor: str
) -> None:
    store(server.database_url, sensor, [Stored(now_us(), 1.0, float("inf"))])
    see(server.database_url, sensor, datetime.now(UTC))
    owner.patch(f"/projects/{project}", {"raw_access": "editors"})
    path = f"/projects/{project}/sensors"
    (item,) = people.viewer.read(path, include="latest")["items"]
    assert item["latest"].keys() == {"time", "physical", "flags"}
    # What a former release has heard of has a latest reading too; JSON has no infinity.
    assert item["latest"]["physical"] is None
    assert item["rate_hz"] is None
    (item,) = owner.read(path, include="latest")["items"]
    assert item["latest"]["raw"] == 1.0


def test_a_sensor_that_is_offline_sends_nothing_a_second(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    then_us = now_us() - 3600 * 10**6
    store(server.database_url, sensor, [Stored(then_us, 1.0), Stored(then_us - 10**6, 2.0)])
    see(server.database_url, sensor, from_us(then_us))
    (item,) = owner.read(f"/projects/{project}/sensors", include="latest")["items"]
    assert (item["connection"], item["rate_hz"], item["latest"]["raw"]) == ("offline", 0, 1.0)


@pytest.fixture
def crowd(database_url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A project of very many sensors, half of which were heard of, each with a thousand readings or none."""
    with psycopg.Connection[dict[str, Any]].connect(
        database_url, autocommit=True, row_factory=dict_row
    ) as connection:
        connection.execute("insert into project (name) values ('crowded')")
        connection.execute(
            "insert into sensor (project_id, key, name, created_at)"
            " select 1, 'k' || n, 'n' || n %% 700, now() - n * interval '1 second'"
            " from generate_series(1, %s) as n",
            (CROWD,),
        )
        connection.execute(
            "insert into sensor_liveness"
            " select id, now() - id * interval '1 ms', now() - id * interval '1 ms' from sensor"
            " where id % 2 = 0"
        )
        connection.execute(
            "insert into reading (time, raw, sensor_id)"
            " select latest_at - n * interval '1 minute', n, sensor_id"
            " from sensor_liveness, generate_series(0, 3000) as n where sensor_id <= 60"
        )
        connection.execute("vacuum analyze sensor, sensor_liveness, reading")
        yield connection


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def plan_of(
    connection: psycopg.Connection[dict[str, Any]], text: LiteralString, given: dict[str, Any]
) -> list[dict[str, Any]]:
    """The nodes of a plan, with what each has read."""
    explained = "explain (analyze, timing off, format json) " + text
    row = connection.execute(explained, given, prepare=False).fetchone()
    assert row is not None
    return list(nodes(row["QUERY PLAN"][0]["Plan"]))


def max_read(plan: list[dict[str, Any]]) -> float:
    """How many rows one node of the plan reads."""
    return max(
        (
            node["Actual Rows"]
            + sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        )
        * node["Actual Loops"]
        for node in plan
    )


def test_a_page_of_very_many_sensors_is_read_by_an_index(
    crowd: psycopg.Connection[dict[str, Any]],
) -> None:
    filters = SensorListFilters().parameters(1)
    places = {"created_at": format_time(NOW - timedelta(seconds=9000)), "key": "k5", "name": "n5"}
    for sort in get_args(SensorSort):
        column = sort.removeprefix("-")
        for after in (None, (places.get(column, format_time(NOW - timedelta(seconds=9))), 5000)):
            given = filters | OrderedSpan(PAGE, sort, after).parameters
            bound = CROWD if column == "last_seen_at" else 20 * PAGE
            assert max_read(plan_of(crowd, page_statement(given), given)) <= bound, (sort, after)


@pytest.mark.parametrize(
    ("sort", "connection"), [("-last_seen_at", None), ("last_seen_at", None), ("key", "offline")]
)
def test_what_reads_all_sensors_keeps_little_of_each_and_sorts_no_more_than_a_page(
    crowd: psycopg.Connection[dict[str, Any]], sort: str, connection: str | None
) -> None:
    filters = SensorListFilters.model_validate({"connection": connection}).parameters(1)
    given = filters | OrderedSpan(PAGE, sort, None).parameters
    plan = plan_of(crowd, page_statement(given), given)
    sorts = [node for node in plan if node["Node Type"] == "Sort" and node["Actual Rows"] > 0]
    assert all(node["Actual Rows"] * node["Actual Loops"] <= 4 * PAGE for node in sorts)
    assert {node["Sort Method"] for node in sorts} <= {"top-N heapsort", "quicksort"}
    # All that is kept of a sensor: where it stands in the order, and its number.
    assert sum(node.get("Peak Memory Usage", 0) for node in plan) * 1024 <= 100 * CROWD


def test_facets_of_very_many_sensors_are_counted_without_sorting_them(
    crowd: psycopg.Connection[dict[str, Any]],
) -> None:
    everything = OrderedSpan(MAX_COUNTED, "-created_at", None).parameters | {"max_rows": MAX_VALUES}
    given = everything | SensorListFilters().parameters(1) | ANY_ORDER
    plan = plan_of(crowd, composed()["facet.of_sensors"], given)
    assert all(node["Actual Rows"] < PAGE for node in plan if node["Node Type"] == "Sort")
    # Grouped once; their groups are grouped again.
    grouped = [node for node in plan if node["Node Type"] == "Aggregate"]
    assert len([node for node in grouped if node["Plans"][0]["Actual Rows"] >= CROWD]) == 1


def test_the_latest_readings_of_a_page_are_read_by_an_index(
    crowd: psycopg.Connection[dict[str, Any]],
) -> None:
    ids = list(range(1, 61))
    stretches = crowd.execute(query("sensor.latest_stretches"), {"sensor_ids": ids}).fetchall()
    asked = {
        "sensor_ids": [each["sensor_id"] for each in stretches],
        "sinces": [each["since"] for each in stretches],
        "untils": [each["until"] for each in stretches],
        "from": min(each["since"] for each in stretches),
        "to": max(each["until"] for each in stretches),
        "sees_raw": True,
        "paced": MAX_PACED,
    }
    rows = crowd.execute(query("sensor.latest"), asked).fetchall()
    assert [row["raw"] for row in rows] == [0.0] * 30
    assert max_read(plan_of(crowd, query("sensor.latest"), asked)) <= len(ids) * MAX_PACED
