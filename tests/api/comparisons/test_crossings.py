"""The first crossing, found through roll-ups, is the first crossing among the readings."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.comparisons import crossings
from api.comparisons.crossings import CrossedLevels, candidates, first_crossings
from api.series.line.parts import LineReadings, from_readings
from barograph.times import HOUR_US, MINUTE_US, SECOND_US, format_us, from_us
from tests.api.comparisons.captured import capture, keep
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import make_lab
from tests.api.rollups import roll_up
from tests.api.series.test_law import LENGTH_US, OFFSETS, START_US, states
from tests.api.series.truth import values_of
from tests.api.server import Server
from tests.api.stored import Stored, forget
from tests.examples import few_examples


def levels_at(value: float, is_rising: bool) -> CrossedLevels:
    """For two tracks."""
    return CrossedLevels(np.array([value, value]), is_rising)


LEVELS = st.builds(levels_at, st.sampled_from([-0.5, 0.0, 0.5, 1.0, 2.5]), st.booleans())
VALUES = st.sampled_from([-1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0])
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=OFFSETS.map(lambda offset: START_US + offset),
        raw=VALUES,
        physical=st.one_of(st.none(), VALUES),
        profile=st.just(None),
    ),
    max_size=40,
)


@example(
    # One bucket lies beyond, one before, and the third begins beyond and crosses once more.
    values=[(0, value) for value in (-1.0,) * 4 + (1.0,) * 4 + (-1.0, 1.0, -1.0, -1.0)],
    levels=levels_at(-0.5, is_rising=False),
    size=4,
)
@given(
    values=st.lists(st.tuples(st.integers(0, 1), VALUES), min_size=1, max_size=60),
    levels=LEVELS,
    size=st.integers(1, 9),
)
def test_the_first_crossing_is_in_a_candidate_and_one_is_looked_into_in_vain_at_most(
    values: list[tuple[int, float]], levels: CrossedLevels, size: int
) -> None:
    values = sorted(values, key=lambda each: each[0])
    track, column = np.array([each[0] for each in values]), np.array([each[1] for each in values])
    places = np.arange(len(values))
    key = track * 100 + places // size
    parts = from_readings(
        LineReadings(places, places, column), key, frozenset({"first", "last", "min", "max"})
    )
    found = first_crossings(track, column, levels)
    some = dict(candidates(parts.key // 100, parts, levels))
    for number, buckets in some.items():
        own = np.flatnonzero(np.isin(key, parts.key[buckets]))
        edge = [max(own[0] - 1, 0), own[0]]
        inside = first_crossings(track[own], column[own], levels)
        if number in first_crossings(track[edge], column[edge], levels):
            assert found[number] == own[0]
        elif number in inside:
            assert found[number] == own[inside[number]]
        else:
            assert number not in found
        assert len(buckets) == 1 or number in found or len(buckets) <= 2
    assert set(found) <= set(some)


@few_examples(4)
@given(data=st.data(), readings=READINGS, level=LEVELS, looked=st.sampled_from([0, 3, 50_000]))
def test_a_crossing_is_that_of_readings_whatever_state_rollups_are_in(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    readings: list[Stored],
    level: CrossedLevels,
    looked: int,
) -> None:
    lab = make_lab(server, people.owner, make_project())
    sensor = lab.sensor("p1")
    periods = [
        [(START_US, START_US + LENGTH_US)],
        [
            (START_US + 3, START_US + 59 * MINUTE_US),
            (START_US + 2 * HOUR_US, START_US + LENGTH_US - SECOND_US),
        ],
    ]
    runs = [capture(lab, [sensor], *each) for each in periods]
    keep(lab, sensor, readings)
    roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    align: dict[str, Any] = {"sensor": "p1", "crosses": level.value[0], "rising": level.is_rising}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crossings, "MAX_LOOKED_THROUGH", looked)
        answer = people.owner.made(
            "/comparisons", {"runs": [run.id for run in runs], "sensors": ["p1"], "align": align}
        )
    for spans, member in zip(periods, answer["members"], strict=True):
        inside = [
            reading
            for reading in readings
            if reading.physical is not None and any(start <= reading.t_us < end for start, end in spans)
        ]
        ordered = sorted(inside, key=lambda r: (r.t_us, r.raw, r.physical))
        values = values_of(inside, "physical")
        place = first_crossings(np.zeros(values.size, np.int64), values, level).get(0)
        assert member["t0"] == (None if place is None else format_us(ordered[place].t_us))
        assert (member["problem"] is None) is (place is not None)


def test_readings_that_are_gone_are_told(server: Server, people: People, make_project: ProjectMaker) -> None:
    lab = make_lab(server, people.owner, make_project())
    sensor = lab.sensor("p1")
    run = capture(lab, [sensor], (START_US, START_US + 2 * HOUR_US))
    other = capture(lab, [sensor], (START_US, START_US + 30 * MINUTE_US))
    readings = [Stored(START_US + n * SECOND_US, n, n) for n in range(7200)]
    keep(lab, sensor, readings)
    roll_up(server.database_url, sensor)
    with lab.connect() as connection:
        connection.execute(
            "update project set raw_from = %s where public_id = %s",
            (format_us(START_US + HOUR_US), lab.project),
        )
    forget(server.database_url, sensor, before=from_us(START_US + HOUR_US))
    body = {"runs": [run.id, other.id], "sensors": ["p1"]}
    gone = people.owner.made("/comparisons", body | {"align": {"sensor": "p1", "crosses": 90}})
    minute = f"between {format_us(START_US + MINUTE_US)} and {format_us(START_US + 2 * MINUTE_US)}"
    assert minute in gone["members"][0]["problem"]
    known = people.owner.made("/comparisons", body | {"align": {"sensor": "p1", "crosses": 5000}})
    assert known["members"][0]["t0"] == format_us(START_US + 5000 * SECOND_US)
    assert known["members"][1]["problem"].startswith("never crosses")
