"""A few readings of late are answered at once, and the same as any others."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series import routes
from api.series.stored import few
from barograph.times import HOUR_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import roll_up
from tests.api.series.truth import STATS, VALUES, assert_true
from tests.api.server import Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

START_US = now_us() // MINUTE_US * MINUTE_US - HOUR_US
LENGTH_US = 10 * MINUTE_US
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=st.one_of(st.integers(0, 20), st.integers(0, LENGTH_US)).map(lambda offset: START_US + offset),
        raw=VALUES,
        physical=st.one_of(st.none(), VALUES),
        profile=st.sampled_from([None, 1, 2]),
    ),
    max_size=30,
)
LOST: LiteralString = """
with daq as (
    insert into producer (project_id, name) select project_id, 'daq' from sensor where public_id = %(sensor)s
    returning id
)
insert into producer_gap (producer_id, first_seq, last_seq, last_commit_at, resumed_at, sensor_ids)
select daq.id, 4, 6, %(at)s::timestamptz, %(at)s::timestamptz + interval '1 second', array[sensor.id]
from daq, sensor
where public_id = %(sensor)s
"""


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections on which a transaction of one moment was begun for a series."""
    begun: list[object] = []
    in_one_moment = routes.in_one_moment

    @asynccontextmanager
    async def noted(connection: Any) -> AsyncGenerator[None]:  # noqa: ANN401  # passed on
        begun.append(connection)
        async with in_one_moment(connection):
            yield

    monkeypatch.setattr(routes, "in_one_moment", noted)
    return begun


def ask(
    person: Person,
    *sensors: str,
    start_us: int = START_US,
    length_us: int = LENGTH_US,
    **parameters: Any,  # noqa: ANN401  # any parameters
) -> dict[str, Any]:
    period = {"from": format_us(start_us), "to": format_us(START_US + length_us)}
    asked: dict[str, Any] = {"sensor": list(sensors), "bucket": "10s", **period, **parameters}
    return person.read("/series", **{name: value for name, value in asked.items() if value is not None})


@few_examples(8)
@given(readings=READINGS, layer=st.sampled_from(["physical", "raw"]))
def test_they_say_what_the_plan_of_roll_ups_says(
    server: Server, people: People, make_project: ProjectMaker, readings: list[Stored], layer: str
) -> None:
    project = make_project()
    sensors = [people.owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "ab"]
    for sensor in sensors:
        for _ in range(2):
            people.owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
    store(server.database_url, sensors[0], readings)
    store(server.database_url, sensors[1], readings[::2])
    asked: dict[str, Any] = {"layer": layer, "stat": [*STATS, "p50", "p99"], "fill": "null"}
    at_once = ask(people.owner, *sensors, **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "MAX_FEW", -1)
        assert ask(people.owner, *sensors, **asked) == at_once
    inside = [each for each in readings if each.t_us < START_US + LENGTH_US]
    found = ask(people.owner, sensors[0], layer=layer, stat=STATS)
    assert_true(found["series"][0], inside, layer, 10 * SECOND_US, 0)


def test_they_take_no_transaction(
    server: Server, owner: Person, sensor: str, moments: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n * SECOND_US, n, n) for n in range(100)])
    roll_up(server.database_url, sensor)
    answer = ask(owner, sensor, stat="count")
    assert sum(answer["series"][0]["count"]) == 100
    assert answer["meta"]["sources"] == [{"tier": "raw", "rows": 100}]
    assert moments == []
    # Where there are more, roll-ups tell.
    monkeypatch.setattr(few, "MAX_FEW", 99)
    many = ask(owner, sensor, stat="count", bucket="1m")
    assert len(moments) == 1
    assert many["meta"]["tier"] == "1m"
    assert sum(many["series"][0]["count"]) == 100


@pytest.mark.parametrize(
    "asked",
    [
        {"columns": 10, "bucket": None},
        {"downsample": "minmax", "bucket": None},
        {"fill": "previous"},
        {"stat": "flagged"},
        {"stat": "time_weighted_mean"},
        {"as_of": format_us(START_US)},
        {"length_us": 31 * MINUTE_US},
    ],
)
def test_what_takes_more_than_readings_is_of_one_moment(
    server: Server, owner: Person, sensor: str, moments: list[object], asked: dict[str, Any]
) -> None:
    store(server.database_url, sensor, [Stored(START_US, 1, 1)])
    ask(owner, sensor, **asked)
    assert len(moments) == 1


def test_versions_between_are_named_only_where_they_were_used(
    server: Server, owner: Person, sensor: str, moments: list[object]
) -> None:
    for _ in range(3):
        owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
    store(server.database_url, sensor, [Stored(START_US + n, n, n, profile=1 + n % 2) for n in range(4)])
    assert [each["number"] for each in ask(owner, sensor)["meta"]["profiles"]] == [1, 2]
    assert moments == []
    store(server.database_url, sensor, [Stored(START_US + SECOND_US, 1, 1, profile=3)])
    later = ask(owner, sensor, start_us=START_US + 1)
    assert [each["number"] for each in later["meta"]["profiles"]] == [1, 2, 3]
    store(
        server.database_url,
        sensor,
        [Stored(START_US + 10 * SECOND_US + n, n, n, profile=1 + 2 * n) for n in (0, 1)],
    )
    last = ask(owner, sensor, start_us=START_US + 2 * SECOND_US)
    assert [each["number"] for each in last["meta"]["profiles"]] == [1, 3]


def test_what_is_missing_is_named(server: Server, owner: Person, sensor: str, moments: list[object]) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(LOST, {"sensor": sensor, "at": format_us(START_US)})
    (gap,) = ask(owner, sensor)["meta"]["gaps"]
    assert (gap["first_seq"], gap["last_seq"]) == (4, 6)
    assert moments == []


def test_who_may_not_see_them_is_refused(people: People, make_project: ProjectMaker) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    period = {"sensor": sensor, "from": format_us(START_US), "to": format_us(START_US + MINUTE_US)}
    assert people.viewer.get("/series", period).status_code == 200
    assert people.viewer.get("/series", period | {"layer": "raw"}).status_code == 403
    assert people.outsider.get("/series", period).status_code == 404
