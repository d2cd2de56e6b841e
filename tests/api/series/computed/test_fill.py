"""What stands where there are no readings."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import DAY_US, SECOND_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import roll_up
from tests.api.series.test_law import states
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

START_US = (now_us() // DAY_US - 2) * DAY_US
BUCKETS = 12


def at(offset_s: float) -> int:
    return START_US + int(offset_s * SECOND_US)


def ask(person: Person, sensor: str | list[str], fill: str, **parameters: Parameter) -> dict[str, Any]:
    question: dict[str, Parameter] = {
        "sensor": sensor,
        "from": format_us(START_US),
        "to": format_us(at(BUCKETS)),
        "bucket": "1s",
        "fill": fill,
    }
    return person.read("/series", **(question | parameters))["series"][0]


@pytest.fixture
def gappy(server: Server, sensor: str) -> str:
    """Two readings in second 3, one in seconds 4 and 7, and one long before."""
    values = [(-90000, 5), (3.25, 10), (3.5, 20), (4, 40), (7.5, 70)]
    store(server.database_url, sensor, [Stored(at(offset), v, v) for offset, v in values])
    return sensor


def test_nothing_is_filled_unless_asked_for(owner: Person, gappy: str) -> None:
    assert ask(owner, gappy, "none")["mean"] == [15.0, 40.0, 70.0]


def test_null_shows_every_bucket(owner: Person, gappy: str) -> None:
    series = ask(owner, gappy, "null", stat=["count", "mean", "stddev"])
    assert series["t_us"] == [at(second) for second in range(BUCKETS)]
    assert series["count"] == [0, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0]
    n = None
    assert series["mean"] == [n, n, n, 15.0, 40.0, n, n, 70.0, n, n, n, n]


def test_previous_repeats_the_bucket_before_and_begins_with_the_last_reading_before_the_period(
    owner: Person, gappy: str
) -> None:
    stats = ["count", "mean", "max", "p50", "sum"]
    series = ask(owner, gappy, "previous", stat=stats)
    assert series["mean"] == [5.0, 5.0, 5.0, 15.0, 40.0, 40.0, 40.0, 70.0, 70.0, 70.0, 70.0, 70.0]
    assert series["max"] == [5.0, 5.0, 5.0, 20.0, 40.0, 40.0, 40.0, 70.0, 70.0, 70.0, 70.0, 70.0]
    assert series["p50"] == series["mean"]
    # They speak of readings, which there are none of.
    assert series["count"] == [0, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0]
    assert series["sum"] == [None, None, None, 30.0, 40.0, None, None, 70.0, None, None, None, None]


def test_a_gap_that_is_too_long_stays_open(owner: Person, gappy: str) -> None:
    n = None
    for max_gap, mean in (
        ("1s", [n, n, n, 15.0, 40.0, 40.0, n, 70.0, 70.0, n, n, n]),
        ("2500ms", [n, n, n, 15.0, 40.0, 40.0, 40.0, 70.0, 70.0, 70.0, 70.0, n]),
    ):
        assert ask(owner, gappy, "previous", max_gap=max_gap)["mean"] == mean
    # From 4 s to 7.5 s there is nothing for 3.5 s.
    assert ask(owner, gappy, "linear", max_gap="3500ms")["mean"][4:8] == [40.0, 50.0, 60.0, 70.0]
    assert ask(owner, gappy, "linear", max_gap="3499ms")["mean"][4:8] == [40.0, n, n, 70.0]


@pytest.mark.parametrize("other", [{}, {"fill": "none"}, {"fill": "null"}, {"columns": 20}, {"stat": "last"}])
def test_a_gap_is_refused_where_nothing_is_filled_or_held(
    owner: Person, gappy: str, other: dict[str, Parameter]
) -> None:
    answer = owner.get("/series", {"sensor": gappy, "max_gap": "1s", **other})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/query/max_gap"
    assert "fill=previous" in fault["detail"]
    held = {"sensor": gappy, "max_gap": "1s", "stat": "time_weighted_mean"}
    assert owner.get("/series", held).status_code == 200


def test_linear_draws_a_line_between_buckets_and_none_beyond_the_last(owner: Person, gappy: str) -> None:
    series = ask(owner, gappy, "linear")
    # From the reading long before to the bucket at 3 s.
    assert series["mean"][:3] == pytest.approx([15 - 10 * (3 - n) / 90003 for n in range(3)])
    assert series["mean"][3:8] == [15.0, 40.0, 50.0, 60.0, 70.0]
    assert series["mean"][8:] == [None] * 4


def test_a_line_is_the_same_wherever_the_period_is_cut(server: Server, owner: Person, sensor: str) -> None:
    values = [(0.5, 10), (0.75, 30), (4.25, 40), (4.75, 80), (9.5, 10), (30, 5)]
    store(server.database_url, sensor, [Stored(at(offset), v, v) for offset, v in values])
    roll_up(server.database_url, sensor)
    stats = ["mean", "max", "p50"]
    whole = ask(owner, sensor, "linear", stat=stats)
    line = {stat: dict(zip(whole["t_us"], whole[stat], strict=True)) for stat in stats}
    for start, end in ((1, 4), (2.3, 3.1), (0.6, 8), (4.5, 9.7), (4.9, 9.1), (6, 12)):
        bounds: dict[str, Parameter] = {"from": format_us(at(start)), "to": format_us(at(end))}
        part = ask(owner, sensor, "linear", stat=["count", *stats], **bounds)
        for stat in stats:
            for t_us, count, value in zip(part["t_us"], part["count"], part[stat], strict=True):
                assert count or value == line[stat][t_us]


def test_a_sensor_that_was_silent_all_along_shows_what_it_last_was(
    server: Server, owner: Person, sensor: str
) -> None:
    assert ask(owner, sensor, "previous")["mean"] == [None] * BUCKETS
    store(server.database_url, sensor, [Stored(at(-20 * 86400), 1.0, 8.0), Stored(at(-86400), 2.0)])
    assert ask(owner, sensor, "previous")["mean"] == [8.0] * BUCKETS
    assert ask(owner, sensor, "previous", layer="raw")["mean"] == [2.0] * BUCKETS
    assert ask(owner, sensor, "linear")["mean"] == [None] * BUCKETS


def test_each_sensor_is_filled_from_its_own_readings(server: Server, owner: Person, project: str) -> None:
    sensors = [owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "abc"]
    store(server.database_url, sensors[0], [Stored(at(11), 1.0, 1.0)])
    store(server.database_url, sensors[2], [Stored(at(2), 3.0, 3.0)])
    question: dict[str, Parameter] = {"from": format_us(START_US), "to": format_us(at(3)), "bucket": "1s"}
    answer = owner.read("/series", sensor=sensors, fill="previous", **(question | {"to": format_us(at(4))}))
    assert [series["mean"] for series in answer["series"]] == [[None] * 4, [None] * 4, [None, None, 3.0, 3.0]]


def test_nothing_is_carried_into_the_future(server: Server, owner: Person, sensor: str) -> None:
    now = now_us() // SECOND_US * SECOND_US
    store(server.database_url, sensor, [Stored(now - 2 * SECOND_US, 1.0, 1.0)])
    bounds = {"from": format_us(now - 5 * SECOND_US), "to": format_us(now + 300 * SECOND_US)}
    values = owner.read("/series", sensor=sensor, fill="previous", bucket="1s", **bounds)["series"][0]["mean"]
    assert values[3:6] == [1.0, 1.0, 1.0]
    assert values[-200:] == [None] * 200


def test_an_answer_that_fills_too_much_is_refused(owner: Person, sensor: str) -> None:
    answer = owner.get("/series", {"sensor": sensor, "bucket": "1s", "fill": "null"})
    assert answer.status_code == 422
    assert "larger bucket" in answer.json()["detail"]


@few_examples(10)
@given(
    data=st.lists(st.tuples(st.integers(-30, 40), st.integers(0, 3)), max_size=12),
    fill=st.sampled_from(["previous", "linear"]),
    max_gap=st.one_of(st.none(), st.integers(1, 12)),
)
def test_filling_is_what_a_loop_over_buckets_would_do(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: list[tuple[int, int]],
    fill: str,
    max_gap: int | None,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    # One reading a bucket, half a second in.
    values = dict(data)
    store(server.database_url, sensor, [Stored(at(s + 0.5), v, v) for s, v in values.items()])
    roll_up(server.database_url, sensor)
    gap: dict[str, Parameter] = {} if max_gap is None else {"max_gap": f"{max_gap}s"}
    found = ask(people.owner, sensor, fill, **gap)["mean"]
    assert found == pytest.approx(loop(values, fill, max_gap), nan_ok=True)


def loop(values: dict[int, int], fill: str, max_gap: int | None) -> list[float | None]:
    """The same in words: second by second."""
    limit = math.inf if max_gap is None else max_gap
    filled: list[float | None] = []
    for second in range(BUCKETS):
        before = max((s for s in values if s < second), default=None)
        # Lines lead beyond the period.
        after = min((s for s in values if s > second), default=None)
        if second in values:
            filled.append(values[second])
        elif before is None:
            filled.append(None)
        elif fill == "previous":
            filled.append(values[before] if second - before - 0.5 <= limit else None)
        elif after is None or after - before > limit:
            filled.append(None)
        else:
            share = (second - before) / (after - before)
            filled.append(values[before] * (1 - share) + values[after] * share)
    return filled


READINGS_MS = st.lists(
    st.tuples(st.one_of(st.integers(-40_000, 60_000), st.integers(3000, 9000)), st.integers(0, 9)),
    max_size=16,
)


@few_examples(6)
@given(
    data=st.data(),
    some=READINGS_MS,
    fill=st.sampled_from(["previous", "linear"]),
    max_gap=st.one_of(st.none(), st.integers(1, 20_000)),
    cuts=st.lists(st.tuples(st.integers(0, 12_000), st.integers(1, 12_000)), min_size=4, max_size=4),
)
def test_what_is_filled_is_the_same_wherever_the_period_is_cut(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    some: list[tuple[int, int]],
    fill: str,
    max_gap: int | None,
    cuts: list[tuple[int, int]],
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    readings = [Stored(at(t_ms / 1000), value, value) for t_ms, value in some]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    gap: dict[str, Parameter] = {} if max_gap is None else {"max_gap": f"{max_gap}ms"}
    stats = ["mean", "min", "last", "p50"]

    def filled(from_us: int, to_us: int) -> tuple[dict[int, Any], list[int]]:
        bounds: dict[str, Parameter] = {"from": format_us(from_us), "to": format_us(to_us)}
        series = ask(people.owner, sensor, fill, stat=["count", *stats], **(bounds | gap))
        values = zip(*(series[stat] for stat in stats), strict=True)
        return dict(zip(series["t_us"], values, strict=True)), series["count"]

    whole, _ = filled(at(-60), at(80))
    for start_ms, length_ms in cuts:
        part, counts = filled(at(start_ms / 1000), at((start_ms + length_ms) / 1000))
        for (t_us, values), count in zip(part.items(), counts, strict=True):
            # A bucket that is cut has statistics of what is left of it.
            assert count or values == whole[t_us], (t_us - START_US) / SECOND_US
