"""Means over time, and times in states: what was held, against a sum over its steps."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.computed import hold_sums
from api.series.stored import slices
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import ALL_SECONDS, HOUR_US, State, roll_up
from tests.api.series.test_law import states
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, forget, store
from tests.examples import few_examples

START_US = (now_us() // DAY_US - 5) * DAY_US
LABELS = ({"0": "closed", "1": "open", "2": "open"}, {"0": "shut", "1": "open"})
OFFSETS = st.one_of(
    st.integers(-3 * HOUR_US, -1),
    st.integers(0, 20),
    st.integers(0, 3 * MINUTE_US),
    st.integers(0, 3 * HOUR_US),
    st.integers(0, 100).map(lambda n: n * MINUTE_US),
    st.integers(0, 2 * DAY_US),
)
CODES = st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0])
GAPS_US = st.sampled_from([None, None, 1, SECOND_US, 90 * SECOND_US, HOUR_US, 3 * DAY_US])


LAST = Stored(START_US + 100 * DAY_US, 0)


def to_reading(offset_us: int, code: float, has_value: bool, profile: int) -> Stored:
    return Stored(START_US + offset_us, code, code if has_value else None, profile)


READINGS = st.lists(
    st.builds(
        to_reading, OFFSETS, CODES, st.sampled_from([True, True, True, False]), st.sampled_from([1, 2])
    ),
    max_size=40,
)


@dataclass(frozen=True)
class Step:
    """A value that holds from one time to another."""

    start: int
    end: int
    reading: Stored
    value: float


def steps(readings: Sequence[Stored], layer: str, max_gap_us: int | None) -> list[Step]:
    """Each reading until the next, or for the longest time that it holds."""
    valued = [(r, r.raw if layer == "raw" else r.physical) for r in readings]
    ordered = sorted(
        ((r, value) for r, value in valued if value is not None), key=lambda each: (each[0].t_us, each[0].raw)
    )
    ends = [later.t_us for (_, _), (later, _) in pairwise([*ordered, (LAST, 0.0)])]
    gap_us = 200 * DAY_US if max_gap_us is None else max_gap_us
    return [
        Step(r.t_us, min(end, r.t_us + gap_us), r, value)
        for (r, value), end in zip(ordered, ends, strict=True)
    ]


def held_in(each: Sequence[Step], start_us: int, end_us: int) -> list[tuple[Step, int]]:
    """Those that hold between two times, and for how long."""
    lengths = [(step, min(step.end, end_us) - max(step.start, start_us)) for step in each]
    return [(step, length) for step, length in lengths if length > 0]


def mean(each: Sequence[tuple[Step, int]]) -> float | None:
    if not each:
        return None
    return float(np.average([step.value for step, _ in each], weights=[length for _, length in each]))


def seconds(each: Sequence[tuple[Step, int]]) -> dict[str, float]:
    found: defaultdict[str, int] = defaultdict(int)
    for step, length in each:
        code = str(int(step.value))
        found[LABELS[(step.reading.profile or 1) - 1].get(code, code)] += length
    return {label: length / SECOND_US for label, length in found.items()}


def make_valve(person: Person, project: str) -> str:
    """With two versions that name codes differently, and one that is no enumeration."""
    valve = person.made(f"/projects/{project}/sensors", {"key": "valve"})["id"]
    for values in LABELS:
        body = {"kind": "enumeration", "payload": {"values": values}}
        person.made(f"/sensors/{valve}/conversion-profiles", body)
    return valve


@dataclass(frozen=True)
class HeldCase:
    """Readings, and what is asked about them."""

    readings: list[Stored]
    layer: str
    size_us: int
    max_gap_us: int | None


CASES = st.builds(
    HeldCase,
    READINGS,
    st.sampled_from(["physical", "raw"]),
    st.sampled_from([7000, SECOND_US, 90 * SECOND_US, HOUR_US, 150 * MINUTE_US, DAY_US, 3 * DAY_US]),
    GAPS_US,
)


@few_examples(4)
@given(data=st.data(), case=CASES)
def test_what_was_held_is_told_by_the_steps_wherever_the_period_is_cut(
    server: Server, people: People, make_project: ProjectMaker, data: st.DataObject, case: HeldCase
) -> None:
    readings, layer, size_us, max_gap_us = case.readings, case.layer, case.size_us, case.max_gap_us
    valve = make_valve(people.owner, make_project())
    store(server.database_url, valve, readings)
    roll_up(server.database_url, valve, data.draw(states(readings), "state"))
    start = data.draw(st.sampled_from([0, 1, 1_500_000, 59 * MINUTE_US, HOUR_US, DAY_US]), "start")
    length = data.draw(
        st.sampled_from([3 * SECOND_US, 100 * SECOND_US, 5 * HOUR_US, 2 * DAY_US + 7]), "length"
    )
    from_us, to_us = START_US + start, START_US + start + length
    fill = "none" if length // size_us > 200 else data.draw(st.sampled_from(["none", "null"]), "fill")
    question: dict[str, Parameter] = {
        "sensor": valve,
        "from": format_us(from_us),
        "to": format_us(to_us),
        "bucket": f"{size_us}us",
        "layer": layer,
        "fill": fill,
        "stat": ["count", "time_weighted_mean", *(["time_in_state"] if layer == "physical" else [])],
    }
    if max_gap_us is not None:
        question["max_gap"] = f"{max_gap_us}us"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICE_READINGS", data.draw(st.sampled_from([3, 200_000]), "slice"))
        (series,) = people.owner.read("/series", **question)["series"]
    every = steps(readings, layer, max_gap_us)
    for number, t_us in enumerate(series["t_us"]):
        held = held_in(every, max(t_us, from_us), min(t_us + size_us, to_us))
        wanted, found = mean(held), series["time_weighted_mean"][number]
        assert found == (None if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-9))
        if layer == "physical":
            assert states_of(series, number) == pytest.approx(seconds(held), abs=1e-9)


def states_of(series: Mapping[str, Any], number: int) -> dict[str, float]:
    """Those that were held in a bucket."""
    return {label: each[number] for label, each in series["time_in_state"].items() if each[number]}


def ask(person: Person, sensor: str, start: int, end: int, **asked: Parameter) -> dict[str, Any]:
    period = {"from": format_us(START_US + start), "to": format_us(START_US + end)}
    return person.read("/series", sensor=sensor, **period, **asked)


def test_what_is_constant_is_answered_from_roll_ups_and_what_changes_from_readings(
    server: Server, owner: Person, project: str
) -> None:
    valve = make_valve(owner, project)
    # A reading each second for three hours; the valve opens once, after 1 h 30 min 20 s.
    opens = 5420
    readings = [
        Stored(START_US + n * SECOND_US, float(n > opens), float(n > opens), 1) for n in range(3 * 3600)
    ]
    store(server.database_url, valve, readings)
    dirty = START_US + 130 * MINUTE_US
    roll_up(server.database_url, valve, State(dirty={dirty: ALL_SECONDS}))
    answer = ask(
        owner, valve, 0, 3 * HOUR_US, bucket="3h", stat=["time_weighted_mean", "time_in_state"], max_gap="1d"
    )
    (series,) = answer["series"]
    held = 3 * 3600 - opens - 1
    assert series["time_weighted_mean"] == [pytest.approx(held / 10800)]
    assert series["time_in_state"] == {"closed": [opens + 1], "open": [held]}
    # The hours around are read as one row; in that of the change all minutes but that one; the dirty one too.
    assert answer["meta"]["held"] == [
        {"tier": "1h", "rows": 2},
        {"tier": "1m", "rows": 119},
        {"tier": "raw", "rows": 120},
    ]


def test_nothing_is_held_before_the_first_reading_nor_beyond_now(
    server: Server, owner: Person, sensor: str
) -> None:
    now = now_us() // SECOND_US * SECOND_US
    store(
        server.database_url, sensor, [Stored(now - 90 * SECOND_US, 1, 4), Stored(now - 60 * SECOND_US, 1, 8)]
    )
    bounds: dict[str, Parameter] = {
        "from": format_us(now - 120 * SECOND_US),
        "to": format_us(now + 60 * SECOND_US),
    }
    question = bounds | {"bucket": "3m", "align": "start", "stat": "time_weighted_mean"}
    (series,) = owner.read("/series", sensor=sensor, **question)["series"]
    # 30 s of 4, and 60 s of 8 or, as the clock goes on, a little more.
    assert 20 / 3 <= series["time_weighted_mean"][0] < 7.2
    future: dict[str, Parameter] = {
        "from": format_us(now + 40 * SECOND_US),
        "to": format_us(now + 60 * SECOND_US),
    }
    filled = owner.read(
        "/series", sensor=sensor, **future, bucket="10s", fill="previous", stat="time_weighted_mean"
    )
    assert set(filled["series"][0]["time_weighted_mean"]) == {None}


def test_each_capture_session_begins_with_what_was_held(server: Server, owner: Person, sensor: str) -> None:
    store(
        server.database_url,
        sensor,
        [Stored(START_US - 30 * DAY_US, 3, 3), Stored(START_US + 5 * SECOND_US, 5, 5)],
    )
    answer = ask(owner, sensor, 0, 10 * SECOND_US, bucket="10s", stat="time_weighted_mean")
    assert answer["series"][0]["time_weighted_mean"] == [4.0]


def test_what_only_minutes_hold_is_told_where_they_can(server: Server, owner: Person, sensor: str) -> None:
    values = [1, 1, 1, 2, 2, 2, 3, 4, 5]
    readings = [Stored(START_US + n * 20 * SECOND_US, v, v) for n, v in enumerate(values)]
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor)
    forget(server.database_url)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update project set raw_from = %s", (format_us(START_US + DAY_US),))
    held = ask(owner, sensor, 0, 2 * MINUTE_US, bucket="1m", stat="time_weighted_mean")
    assert held["series"][0]["time_weighted_mean"] == [1.0, 2.0]
    later = ask(owner, sensor, MINUTE_US, 2 * MINUTE_US, bucket="1h", stat="time_weighted_mean", fill="null")
    assert later["series"][0]["time_weighted_mean"] == [2.0]
    period = {"from": format_us(START_US), "to": format_us(START_US + HOUR_US), "bucket": "1h"}
    answer = owner.get("/series", {"sensor": sensor, "stat": "time_weighted_mean"} | period)
    assert answer.status_code == 422
    assert "readings are gone" in answer.json()["detail"]


def test_what_has_no_labels_has_no_states(owner: Person, sensor: str) -> None:
    answer = owner.get("/series", {"sensor": sensor, "stat": "time_in_state"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/query/stat", "detail": "no profile of sensor s names its values"}
    ]
    answer = owner.get("/series", {"sensor": sensor, "stat": "time_in_state", "layer": "raw"})
    assert answer.json()["errors"][0]["pointer"] == "/query/layer"


def test_too_many_readings_are_refused_whatever_the_bucket(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(server.database_url, sensor, [Stored(START_US + n * SECOND_US, n, n) for n in range(20)])
    monkeypatch.setattr(slices, "MAX_READINGS", 19)
    period = {"from": format_us(START_US), "to": format_us(START_US + HOUR_US)}
    for size in ({"bucket": "1h"}, {"max_points": 2}):
        answer = owner.get("/series", {"sensor": sensor, "stat": "time_weighted_mean"} | period | size)
        assert answer.status_code == 422
        assert "shorter period" in answer.json()["detail"]


def test_too_many_states_are_answered_in_larger_buckets(
    server: Server, owner: Person, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    valve = make_valve(owner, project)
    store(server.database_url, valve, [Stored(START_US + n * SECOND_US, n, n, 1) for n in range(20)])
    monkeypatch.setattr(hold_sums, "MAX_CELLS", 100)
    answer = ask(owner, valve, 0, 20 * SECOND_US, max_points=20, stat="time_in_state")
    assert answer["meta"]["coarsened_from"] == "1s"
    assert answer["series"][0]["time_in_state"].keys() == {"closed", "open", *map(str, range(3, 20))}
