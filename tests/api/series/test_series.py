"""Series from raw, against NumPy over the same readings."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.answers import answer as answers
from api.series.stored import few, slices
from barograph.times import format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.series.truth import STATS, VALUES, assert_true
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

START_US = now_us() // 60_000_000 * 60_000_000 - 3600 * 10**6
READINGS = st.lists(
    st.builds(
        Stored,
        # Clustered, so that instants coincide and buckets hold several.
        t_us=st.one_of(st.integers(0, 20), st.integers(0, 5 * 10**6)).map(lambda offset: START_US + offset),
        raw=VALUES,
        physical=st.one_of(st.none(), VALUES),
    ),
    max_size=40,
)


def ask(person: Person, *sensors: str, **parameters: Parameter) -> dict[str, Any]:
    question: dict[str, Parameter] = {
        "sensor": sensors,
        "from": format_us(START_US),
        "to": format_us(START_US + 10 * 60 * 10**6),
        "bucket": "1s",
    }
    return person.read("/series", **(question | parameters))


@pytest.fixture
def two_sensors(owner: Person, project: str) -> list[str]:
    batch = [{"key": key, "input_unit": "V", "output_unit": "Pa"} for key in ("a", "b")]
    made = owner.made(f"/projects/{project}/sensors:batch", {"sensors": batch})
    return [item["id"] for item in made["items"]]


@few_examples(10)
@given(
    readings=READINGS,
    layer=st.sampled_from(["physical", "raw"]),
    bucket_us=st.sampled_from([1, 7, 1000, 10**6, 60 * 10**6]),
)
def test_a_series_equals_numpy_over_the_same_readings(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    readings: list[Stored],
    layer: str,
    bucket_us: int,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    store(server.database_url, sensor, readings)
    answer = ask(people.owner, sensor, bucket=f"{bucket_us}us", layer=layer, stat=STATS)
    (series,) = answer["series"]
    assert_true(series, readings, layer, bucket_us)


def test_several_sensors_are_answered_in_the_order_asked(
    server: Server, owner: Person, two_sensors: list[str]
) -> None:
    for number, sensor in enumerate(two_sensors):
        store(
            server.database_url, sensor, [Stored(START_US + s * 10**6, number, s + number) for s in range(3)]
        )
    answer = ask(owner, *reversed(two_sensors), two_sensors[0], stat=["max", "count"])
    assert [series["sensor_id"] for series in answer["series"]] == two_sensors[::-1]
    assert answer["series"][0] == {
        "sensor_id": two_sensors[1],
        "key": "b",
        "unit": "Pa",
        "t_us": [START_US, START_US + 10**6, START_US + 2 * 10**6],
        "max": [1.0, 2.0, 3.0],
        "count": [1, 1, 1],
    }
    raw = ask(owner, two_sensors[1], layer="raw")["series"][0]
    assert (raw["unit"], raw["mean"]) == ("V", [1.0, 1.0, 1.0])


def test_only_readings_in_the_period_count(server: Server, owner: Person, sensor: str) -> None:
    store(server.database_url, sensor, [Stored(START_US + offset, offset, offset) for offset in range(10)])
    bounds = {"from": format_us(START_US + 3), "to": format_us(START_US + 6)}
    (series,) = ask(owner, sensor, **bounds, bucket="1h", stat=["count", "first", "last"])["series"]
    assert (series["count"], series["first"], series["last"]) == ([3], [3.0], [5.0])
    # The bucket's start may lie before the period.
    assert series["t_us"] == [(START_US + 3) // (3600 * 10**6) * 3600 * 10**6]


def test_buckets_before_1970_are_aligned_to_it_too(server: Server, owner: Person, sensor: str) -> None:
    readings = [Stored(t_us, 1.0, 1.0) for t_us in (-15 * 10**6, -10 * 10**6, -1, 0, 1)]
    store(server.database_url, sensor, readings)
    bounds = {"from": "1969-12-31T00:00:00Z", "to": "1970-01-02T00:00:00Z"}
    (series,) = ask(owner, sensor, **bounds, bucket="10s", stat="count")["series"]
    assert series["t_us"] == [-20 * 10**6, -10 * 10**6, 0]
    assert series["count"] == [1, 2, 2]


def test_the_answer_says_what_it_was_made_from(server: Server, owner: Person, two_sensors: list[str]) -> None:
    versions: dict[str, list[str]] = {}
    for sensor in two_sensors:
        saved = [owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"}) for _ in range(3)]
        versions[sensor] = [profile["id"] for profile in saved]
    one, other = two_sensors
    mixed = [Stored(START_US, 1.0, 1.0, 1), Stored(START_US + 1, 1.0, 1.0, 3), Stored(START_US, 1.0)]
    store(server.database_url, one, mixed)
    store(server.database_url, other, [Stored(START_US, 1.0, 1.0, 2)])
    used = [
        {"sensor_id": one, "profile_id": versions[one][0], "number": 1},
        {"sensor_id": one, "profile_id": versions[one][2], "number": 3},
        {"sensor_id": other, "profile_id": versions[other][1], "number": 2},
    ]
    meta = {"bucket": "1s", "tier": "raw", "raw_from": None, "rounded_to": None, "start": None}
    meta |= {"coarsened_from": None, "tz": None, "gaps": []}

    def made_from(rows: int, profiles: Sequence[object]) -> object:
        return meta | {"sources": [{"tier": "raw", "rows": rows}], "profiles": profiles}

    assert ask(owner, one, other)["meta"] == made_from(3, used)
    assert ask(owner, other)["meta"] == made_from(1, used[2:])
    assert ask(owner, one, layer="raw")["meta"] == made_from(3, [])


@pytest.mark.parametrize("max_points", [1, 2, 7, 100, 5000])
def test_at_most_the_points_asked_for_are_returned(
    server: Server, owner: Person, sensor: str, max_points: int
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n * 1000, n, n) for n in range(500)])
    question: dict[str, Parameter] = {
        "sensor": sensor,
        "from": format_us(START_US + 1),
        "to": format_us(START_US + 500_000),
        "max_points": max_points,
    }
    (series,) = owner.read("/series", **question)["series"]
    assert 0 < len(series["t_us"]) <= max_points


def test_without_period_or_bucket_all_that_is_accepted_is_summed_up(
    server: Server, owner: Person, sensor: str
) -> None:
    store(
        server.database_url, sensor, [Stored(now_us() - days * 86400 * 10**6, 1, days) for days in (0, 300)]
    )
    answer = owner.read("/series", sensor=sensor)
    assert answer["series"][0]["mean"] == [300.0, 0.0]
    assert answer["meta"]["bucket"] == "12h"


def test_a_sensor_without_readings_has_empty_columns(owner: Person, sensor: str) -> None:
    (series,) = ask(owner, sensor, stat=STATS)["series"]
    assert all(series[name] == [] for name in ("t_us", *STATS))


@pytest.mark.parametrize(
    "parameters",
    [
        {"bucket": "0s"},
        {"bucket": "1x"},
        {"bucket": "1s", "max_points": 10},
        {"max_points": 0},
        {"stat": "median"},
        {"stat": "p101"},
        {"layer": "both"},
        {"fill": "zero"},
        {"max_gap": "5"},
        {"fill": "linear", "max_gap": "5"},
        {"downsample": "average"},
        {"downsample": "lttb", "max_points": 3},
        {"downsample": "m4", "bucket": "1s"},
        {"downsample": "m4", "stat": "mean"},
        {"downsample": "m4", "fill": "linear"},
        {"run": "2f1c"},
        {"sensor": "x"},
        {"sensor": []},
    ],
)
def test_what_is_wrong_or_not_served_yet_is_refused(
    owner: Person, sensor: str, parameters: dict[str, Parameter]
) -> None:
    answer = owner.get("/series", {"sensor": sensor} | parameters)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_sensor_of_strangers_is_not_found(
    people: People, two_sensors: list[str], make_project: ProjectMaker
) -> None:
    other = people.admin.made("/projects", {"name": "other"})["id"]
    foreign = people.admin.made(f"/projects/{other}/sensors", {"key": "s"})["id"]
    assert people.owner.get("/series", {"sensor": [two_sensors[0], foreign]}).status_code == 404
    unknown = "00000000-0000-0000-0000-000000000000"
    assert people.owner.get("/series", {"sensor": unknown}).status_code == 404
    assert make_project()


def test_the_raw_layer_is_closed_to_viewers_where_the_project_says_so(
    people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    assert people.viewer.get("/series", {"sensor": sensor, "layer": "raw"}).status_code == 403
    assert people.viewer.get("/series", {"sensor": sensor}).status_code == 200
    assert people.editor.get("/series", {"sensor": sensor, "layer": "raw"}).status_code == 200


def test_a_question_that_costs_too_much_says_what_to_ask_instead(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n * 10**6, n, n) for n in range(20)])
    question = {"sensor": sensor, "from": format_us(START_US), "to": format_us(START_US + 10**9)}
    monkeypatch.setattr(few, "MAX_FEW", 0)
    monkeypatch.setattr(slices, "MAX_READINGS", 19)
    answer = owner.get("/series", question | {"bucket": "1h"})
    assert answer.status_code == 422
    assert "shorter period" in answer.json()["detail"]
    monkeypatch.setattr(slices, "MAX_READINGS", 20)
    monkeypatch.setattr(answers, "MAX_POINTS", 19)
    answer = owner.get("/series", question | {"bucket": "1s"})
    assert answer.status_code == 422
    assert "larger bucket" in answer.json()["detail"]


def test_sums_beyond_a_float_are_refused_and_the_rest_is_not(
    server: Server, owner: Person, sensor: str
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n, 0.0, 1.7e308) for n in range(2)])
    answer = owner.get("/series", {"sensor": sensor, "stat": "sum"})
    assert answer.status_code == 422
    assert "ask for count, min, max" in answer.json()["detail"]
    (series,) = ask(owner, sensor, stat=["count", "min", "last", "mean", "stddev"])["series"]
    assert (series["count"], series["min"], series["last"]) == ([2], [1.7e308], [1.7e308])
    assert (series["mean"], series["stddev"]) == ([1.7e308], [0])
