"""The laws of comparisons: members are what `/series` says, shifted; spread and difference are NumPy's."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.comparisons.computed import rounding
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_us, parse_time, to_us
from tests.api.comparisons.captured import capture, keep
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab, make_lab
from tests.api.rollups import roll_up
from tests.api.series.answers.test_columns import assert_summary
from tests.api.series.test_law import LENGTH_US, READINGS, START_US, states
from tests.api.series.truth import buckets, largest
from tests.api.server import Person, Server
from tests.api.stored import Stored
from tests.examples import few_examples

EDGES_US = (0, 1, 4_999_999, 59 * MINUTE_US, 5 * HOUR_US, DAY_US + 1_234_567, LENGTH_US)
PERIODS = (
    st.lists(st.sampled_from(EDGES_US), min_size=2, max_size=2, unique=True)
    .map(sorted)
    .map(lambda e: (e[0], e[1]))
)
MEMBERS = st.lists(st.lists(PERIODS, min_size=1, max_size=2), min_size=2, max_size=3)


@few_examples(3)
@given(
    data=st.data(),
    readings=READINGS,
    members=MEMBERS,
    columns=st.sampled_from([2, 7, 300, 4000]),
    is_rounded=st.booleans(),
)
def test_a_comparison_equals_numpy_whatever_state_rollups_are_in(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    readings: list[Stored],
    members: list[list[tuple[int, int]]],
    columns: int,
    is_rounded: bool,
) -> None:
    lab = make_lab(server, people.owner, make_project())
    sensor = lab.sensor("p1")
    runs = [capture(lab, [sensor], *_absolute(periods)) for periods in members]
    keep(lab, sensor, readings)
    roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    ids = [run.id for run in runs]
    question: dict[str, Any] = {"runs": ids, "sensors": ["p1"], "columns": columns}
    question["shift_us"] = {ids[0]: data.draw(st.sampled_from([0, 1, -SECOND_US, 12_345_678]), "shift")}
    if data.draw(st.booleans(), "has a window"):
        question |= {"from_us": -3 * SECOND_US, "to_us": data.draw(st.sampled_from([7, HOUR_US + 3]), "to")}
    with pytest.MonkeyPatch.context() as patch:
        if is_rounded:
            patch.setattr(rounding, "MAX_ROWS_APART", -1)
        answer = people.owner.made("/comparisons", question)
    grid, n = answer["grid"], answer["grid"]["n"]
    from_us = question.get("from_us", min(_starts(answer, members)))
    to_us_ = question.get("to_us", max(_ends(answer, members)))
    rows: list[np.ndarray[Any, np.dtype[np.float64]]] = []
    summaries = {each["run_id"]: each for each in answer["summary"]}
    for periods, member in zip(members, answer["members"], strict=True):
        zero_us = to_us(parse_time(member["t0"]))
        assert is_rounded or member["offset_us"] == 0
        assert abs(member["offset_us"]) <= grid["bucket_us"] / 2
        inside = [
            reading
            for reading in readings
            if any(start <= reading.t_us < end for start, end in _absolute(periods))
            and from_us <= reading.t_us - zero_us < to_us_
        ]
        rows.append(_assert_member(member, zero_us, inside, grid))
        summary = summaries[member["run_id"]]
        assert_summary(
            {name: summary[name] for name in ("count", "min", "max", "mean", "stddev")}, inside, "physical"
        )
    _assert_spread(answer["spread"][0], rows, n, largest(readings))
    _assert_differences(answer, rows, largest(readings))


def _absolute(periods: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(START_US + start, START_US + end) for start, end in periods]


def _starts(answer: dict[str, Any], members: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    zeros = [to_us(parse_time(each["t0"])) for each in answer["members"]]
    return [min(_absolute(each))[0] - zero for each, zero in zip(members, zeros, strict=True)]


def _ends(answer: dict[str, Any], members: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    zeros = [to_us(parse_time(each["t0"])) for each in answer["members"]]
    return [max(end for _, end in _absolute(each)) - zero for each, zero in zip(members, zeros, strict=True)]


def _assert_member(
    member: dict[str, Any], zero_us: int, inside: Sequence[Stored], grid: dict[str, int]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Its means, laid out on the grid."""
    anchor_us = zero_us + member["offset_us"]
    wanted = {
        (t_us - anchor_us - grid["start_us"]) // grid["bucket_us"]: values
        for t_us, values in buckets(inside, "physical", grid["bucket_us"], anchor_us).items()
    }
    (series,) = member["series"]
    assert series["index"] == sorted(wanted)
    assert all(0 <= place < grid["n"] for place in wanted)
    shown = zip(*(series[name] for name in ("first", "min", "max", "last", "count")), strict=True)
    assert dict(zip(series["index"], shown, strict=True)) == {
        place: (v[0], v.min(), v.max(), v[-1], v.size) for place, v in wanted.items()
    }
    means = [wanted[place].mean() for place in sorted(wanted)]
    assert series["mean"] == pytest.approx(means, rel=1e-9, abs=1e-9 * largest(inside))
    row = np.full(grid["n"], np.nan)
    row[series["index"]] = series["mean"]
    return row


def _assert_spread(
    spread: dict[str, Any], rows: Sequence[np.ndarray[Any, np.dtype[np.float64]]], n: int, largest: float
) -> None:
    values = np.array(rows)
    index = np.flatnonzero(~np.isnan(values).all(axis=0)) if n else np.empty(0, np.int64)
    assert spread["index"] == index.tolist()
    near = 1e-9 * largest
    for place, column in enumerate(index.tolist()):
        held = values[:, column][~np.isnan(values[:, column])]
        assert (spread["members"][place], spread["min"][place], spread["max"][place]) == (
            held.size,
            held.min(),
            held.max(),
        )
        assert spread["mean"][place] == pytest.approx(held.mean(), rel=1e-9, abs=near)
        if held.size == 1:
            assert spread["stddev"][place] is None
        else:
            assert spread["stddev"][place] == pytest.approx(held.std(ddof=1), rel=1e-9, abs=near)


def _assert_differences(
    answer: dict[str, Any], rows: Sequence[np.ndarray[Any, np.dtype[np.float64]]], largest: float
) -> None:
    grid = answer["grid"]
    assert [each["run_id"] for each in answer["difference"]] == [
        each["run_id"] for each in answer["members"][1:]
    ]
    for found, row in zip(answer["difference"], rows[1:], strict=True):
        apart = row - rows[0]
        index = np.flatnonzero(~np.isnan(apart))
        assert (found["index"], found["value"]) == (index.tolist(), apart[index].tolist())
        if not index.size:
            assert (found["rms"], found["max"], found["at_us"]) == (None, None, None)
            continue
        largest_at = index[np.abs(apart[index]).argmax()]
        assert found["max"] == apart[largest_at]
        assert found["at_us"] == grid["start_us"] + largest_at * grid["bucket_us"]
        rms = np.sqrt(np.square(apart[index]).mean())
        assert found["rms"] == pytest.approx(rms, rel=1e-9, abs=1e-9 * largest)


@few_examples(4)
@given(readings=READINGS, members=MEMBERS, stat=st.sampled_from(["mean", "sum", "stddev", "count", "last"]))
def test_a_comparison_of_one_key_equals_the_series_of_each_run(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    readings: list[Stored],
    members: list[list[tuple[int, int]]],
    stat: str,
) -> None:
    lab = make_lab(server, people.owner, make_project())
    sensor = lab.sensor("p1")
    runs = [capture(lab, [sensor], *_absolute(periods)) for periods in members]
    keep(lab, sensor, readings)
    roll_up(server.database_url, sensor)
    answer = people.owner.made(
        "/comparisons", {"runs": [run.id for run in runs], "sensors": ["p1"], "columns": 200, "stat": stat}
    )
    for member in answer["members"]:
        assert_series(people.owner, member, answer["grid"], stat)


def assert_series(person: Person, member: dict[str, Any], grid: dict[str, int], stat: str) -> None:
    (series,) = member["series"]
    (asked,) = person.read(
        "/series",
        run=member["run_id"],
        sensor="p1",
        bucket=f"{grid['bucket_us']}us",
        align="start",
        stat=["count", "min", "max", "first", "last", stat] if stat != "count" else ["count", "min"],
    )["series"]
    elapsed = [grid["start_us"] + place * grid["bucket_us"] for place in series["index"]]
    assert elapsed == asked["elapsed_us"]
    for name in ("count", "min", stat):
        assert series[name] == asked[name]


def test_a_lab_of_nothing_is_compared(lab: Lab) -> None:
    """Runs whose sessions hold no readings."""
    sensor = lab.sensor("p1")
    runs = [capture(lab, [sensor], (START_US, START_US + 1000)).id for _ in range(2)]
    answer = lab.person.made("/comparisons", {"runs": runs, "sensors": ["p1"]})
    assert [each["series"][0]["index"] for each in answer["members"]] == [[], []]
    assert [each["count"] for each in answer["summary"]] == [0, 0]
    assert answer["members"][0]["t0"] == format_us(START_US)
