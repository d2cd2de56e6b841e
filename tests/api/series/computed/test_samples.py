"""Samples for a plot: true readings, few, and never without the extremes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.computed.samples import Samples, largest_triangles
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import HOUR_US, State, minutes_of, roll_up
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

START_US = (now_us() // DAY_US - 2) * DAY_US
METHODS = ("minmax", "m4", "lttb")


def ask(person: Person, sensor: str, method: str, max_points: int, **parameters: Parameter) -> dict[str, Any]:
    bounds: dict[str, Parameter] = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    question = bounds | {"sensor": sensor, "downsample": method, "max_points": max_points} | parameters
    return person.read("/series", **question)


def points(answer: dict[str, Any]) -> list[tuple[int, float]]:
    (series,) = answer["series"]
    return list(zip(series["t_us"], series["value"], strict=True))


@few_examples(10)
@given(
    data=st.data(),
    offsets=st.lists(
        st.one_of(st.integers(0, 3 * SECOND_US), st.integers(0, 5 * MINUTE_US), st.integers(0, DAY_US - 1)),
        max_size=80,
    ),
    method=st.sampled_from(METHODS),
    max_points=st.integers(4, 40),
)
def test_samples_are_true_few_and_hold_the_extremes(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    offsets: list[int],
    method: str,
    max_points: int,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    values = st.floats(-1e6, 1e6, allow_subnormal=False)
    readings = [Stored(START_US + offset, value := data.draw(values), value) for offset in offsets]
    store(server.database_url, sensor, readings)
    some = st.lists(st.sampled_from(minutes_of(readings)), unique=True) if readings else st.just([])
    roll_up(
        server.database_url, sensor, State(frozenset(data.draw(some)), dict.fromkeys(data.draw(some), -1))
    )
    found = points(ask(people.owner, sensor, method, max_points))
    truth = sorted((reading.t_us, reading.raw) for reading in readings)
    assert found == sorted(found)
    assert len(found) <= max_points
    assert set(found) <= set(truth)
    if len(truth) <= max_points:
        assert found == truth
    if truth:
        shown = [value for _, value in found]
        assert max(shown) == max(value for _, value in truth)
        assert min(shown) == min(value for _, value in truth)


def test_many_readings_are_sampled_from_rollups(server: Server, owner: Person, sensor: str) -> None:
    readings = [Stored(START_US + n * MINUTE_US + n % 7, (n * 37) % 101, (n * 37) % 101) for n in range(1440)]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor)
    answer = ask(owner, sensor, "minmax", 48)
    assert answer["meta"]["sources"] == [{"tier": "1h", "rows": 24}]
    assert (answer["meta"]["bucket"], answer["meta"]["downsample"]) == ("1h", "minmax")
    # Of each hour the least and the greatest.
    expected: set[tuple[int, float]] = set()
    for hour in range(24):
        inside = [r for r in readings if hour * HOUR_US <= r.t_us - START_US < (hour + 1) * HOUR_US]
        low, high = min(inside, key=lambda r: r.raw), max(inside, key=lambda r: r.raw)
        expected |= {(low.t_us, low.raw), (high.t_us, high.raw)}
    assert points(answer) == sorted(expected)
    first_and_last = points(ask(owner, sensor, "m4", 96))
    assert (readings[0].t_us, readings[0].raw) in first_and_last
    assert (readings[59].t_us, readings[59].raw) in first_and_last


@pytest.mark.parametrize("method", METHODS)
def test_a_period_far_longer_than_the_readings_is_looked_at_where_they_are(
    server: Server, owner: Person, sensor: str, method: str
) -> None:
    values = np.random.default_rng(7).normal(size=2000).round(3).tolist()
    store(server.database_url, sensor, [Stored(START_US + n * 1000, v, v) for n, v in enumerate(values)])
    series = owner.read("/series", sensor=sensor, downsample=method, max_points=100)["series"][0]
    assert 50 <= len(series["t_us"]) <= 100
    assert (min(series["value"]), max(series["value"])) == (min(values), max(values))


def test_samples_of_several_sensors_aligned_to_a_start(server: Server, owner: Person, project: str) -> None:
    sensors = [owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "ab"]
    store(server.database_url, sensors[1], [Stored(START_US + 5, 2.0, 3.0), Stored(START_US + 7, 1.0)])
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    answer = owner.read("/series", sensor=sensors, downsample="lttb", align="start", **bounds)
    assert [(series["elapsed_us"], series["value"]) for series in answer["series"]] == [
        ([], []),
        ([5], [3.0]),
    ]


@given(
    values=st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=200),
    max_points=st.integers(4, 30),
)
def test_the_largest_triangles_keep_ends_and_extremes(values: list[float], max_points: int) -> None:
    value = np.array(values)
    samples = Samples(np.zeros(value.size, np.int64), np.arange(value.size), value)
    kept = largest_triangles(samples, max_points)
    assert kept.t_us.size <= max_points
    assert (np.diff(kept.t_us) > 0).all()
    assert (kept.t_us[0], kept.t_us[-1]) == (0, value.size - 1)
    assert (kept.value.min(), kept.value.max()) == (value.min(), value.max())
    np.testing.assert_array_equal(kept.value, value[kept.t_us])


@pytest.mark.parametrize("method", METHODS)
def test_a_sensor_without_readings_has_no_samples(owner: Person, sensor: str, method: str) -> None:
    assert points(ask(owner, sensor, method, 100)) == []
