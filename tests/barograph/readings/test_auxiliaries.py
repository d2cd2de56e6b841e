"""Other sensors' values: what is aligned equals a plain search, in memory and from what is stored."""

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.dependencies import NONE, Need, find_dependencies
from barograph.database.arrays import register
from barograph.readings.preparing.auxiliaries import Auxiliaries
from barograph.readings.storing import stored_auxiliaries
from barograph.readings.storing.auxiliary_commits import queue_dependants
from barograph.readings.storing.stored_auxiliaries import fetch_auxiliaries
from barograph.times import from_us, to_us
from tests.examples import few_examples
from tests.seed import seed_project

BASE_US = 1_767_225_600_000_000
SLOTS = 3
# Few instants and values, so that ties and exact ages come up; hours apart, so that runs end.
times = st.integers(0, 12).flatmap(
    lambda second: st.sampled_from([0, 0, 0, 1, 30]).map(
        lambda hour: BASE_US + hour * 3_600_000_000 + second * 1_000_000
    )
)
values = st.sampled_from([-1.0, 0.0, 2.5, float("nan")])
readings = st.lists(
    st.tuples(st.integers(0, SLOTS - 1), times, st.sampled_from([1.0, 2.0]), values), max_size=60
)
needs = st.lists(
    st.tuples(st.integers(-1, SLOTS - 1), times, st.integers(0, 5).map(lambda second: second * 1_000_000)),
    min_size=1,
    max_size=25,
)
Reading = tuple[int, int, float, float]


def plain_search(stored: list[Reading], slot: int, t_us: int, max_age_us: int) -> float:
    """The last reading in the order (time, raw, physical), NaN last, that is young enough."""
    held = [each for each in stored if each[0] == slot and each[1] <= t_us]
    if not held:
        return np.nan
    last = max(held, key=lambda each: (each[1], each[2], np.isnan(each[3]), each[3]))
    return last[3] if t_us - last[1] <= max_age_us else np.nan


def columns(stored: list[Reading]) -> Auxiliaries:
    slot, t_us, raw, physical = zip(*stored, strict=True) if stored else ((), (), (), ())
    return Auxiliaries.of(
        np.array(slot, np.int32),
        np.array(t_us, np.int64),
        np.array(raw, float),
        np.array(physical, float),
        SLOTS,
    )


@given(readings, needs)
def test_a_row_gets_the_last_reading_that_is_young_enough(
    stored: list[Reading], asked: list[tuple[int, int, int]]
) -> None:
    slot, t_us, age = (np.array(each) for each in zip(*asked, strict=True))
    found = columns(stored).at(slot.astype(np.int32), t_us, age)
    expected = [np.nan if s == NONE else plain_search(stored, s, t, a) for s, t, a in asked]
    np.testing.assert_array_equal(found, expected)


@given(readings, readings, needs)
def test_readings_may_come_in_parts(
    some: list[Reading], more: list[Reading], asked: list[tuple[int, int, int]]
) -> None:
    slot, t_us, age = (np.array(each) for each in zip(*asked, strict=True))
    added = columns(more)
    parts = columns(some).and_these(added.slot, added.t_us, added.raw, added.physical)
    whole = columns(some + more)
    np.testing.assert_array_equal(
        parts.at(slot.astype(np.int32), t_us, age), whole.at(slot.astype(np.int32), t_us, age)
    )


@pytest.fixture(params=[(32, 1_000, 16_000), (1, 3, 5)], ids=["as it is", "one by one"])
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So small ones that few readings are too many."""
    names = ("MAX_PER_NEED", "RUN_NEEDS", "SLICE_NEEDS")
    for name, value in zip(names, request.param, strict=True):
        monkeypatch.setattr(stored_auxiliaries, name, value)


@few_examples(15)
@given(stored=readings, asked=needs)
@pytest.mark.usefixtures("bounds")
def test_what_is_fetched_serves_as_well_as_all_that_is_stored(
    database_url: str, stored: list[Reading], asked: list[tuple[int, int, int]]
) -> None:
    asked = [each for each in asked if each[0] != NONE]
    sensor_ids = np.arange(1, SLOTS + 1, dtype=np.int32)
    slot, t_us, age = (
        np.array(each, np.int64) for each in (zip(*asked, strict=True) if asked else ((), (), ()))
    )
    need = Need(slot.astype(np.int32), t_us, age)
    with psycopg.connect(database_url) as connection:
        register(connection)
        store(connection, stored)
        fetched = fetch_auxiliaries(connection, sensor_ids, need)
        connection.rollback()
    assert fetched.t_us.size <= len(asked)
    np.testing.assert_array_equal(fetched.at(need.slot, t_us, age), columns(stored).at(need.slot, t_us, age))


def store(connection: psycopg.Connection, stored: list[Reading]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into reading (time, raw, physical, sensor_id) values (%s, %s, %s, %s)",
            [
                (from_us(t), raw, None if np.isnan(physical) else physical, slot + 1)
                for slot, t, raw, physical in stored
            ],
        )


def test_levels_follow_the_longest_way_and_circles_end() -> None:
    chain = find_dependencies([1, 2, 2], [[0], [1], [0]], [1, 1, 1], 4)
    assert chain.level.tolist() == [0, 1, 2, 0]
    assert chain.is_auxiliary.tolist() == [True, True, False, False]
    assert chain.is_concerned.tolist() == [True, True, True, False]
    circle = find_dependencies([0, 1], [[1], [0]], [1, 1], 2)
    assert circle.level.max() < 10


def test_a_way_leads_from_a_sensor_to_those_that_need_it() -> None:
    needs = find_dependencies([1, 2, 3], [[0], [1], [0]], [1, 1, 1], 5)
    assert needs.way(0, 2) == [0, 1, 2]
    assert needs.way(0, 3) == [0, 3]
    assert needs.way(2, 0) == []
    assert needs.way(4, 4) == [4]
    circle = find_dependencies([0, 1], [[1], [0]], [1, 1], 3)
    assert circle.way(0, 1) == [0, 1]
    assert circle.way(0, 2) == []


def test_a_late_auxiliary_queues_only_dependants_that_are_stored(database_url: str) -> None:
    project = seed_project(database_url, 3)
    ids = np.array(project.sensor_ids, np.int32)
    # s1 needs s0 and takes values 5 s old; s2 needs s0 too, but nothing of it is stored.
    dependencies = find_dependencies([1, 2], [[0], [0]], [5_000_000, 5_000_000], 3)
    with psycopg.connect(database_url) as connection:
        register(connection)
        store(connection, [(int(ids[1]) - 1, BASE_US + 3_000_000, 1.0, 1.0)])
        for second, queued in [(4, 0), (-3, 0), (3, 1), (-2, 2)]:
            t_us = np.array([BASE_US + second * 1_000_000])
            queue_dependants(connection, ids, dependencies, np.zeros(1, np.int32), t_us)
            rows = connection.execute(
                "select sensor_id, lower(during), upper(during) from recalibration_due"
            ).fetchall()
            assert len(rows) == queued
        assert rows[0][0] == ids[1]
        assert (to_us(rows[0][1]), to_us(rows[0][2])) == (BASE_US + 3_000_000, BASE_US + 8_000_000)
