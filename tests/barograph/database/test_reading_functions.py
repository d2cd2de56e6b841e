"""The functions of `sql/views/readings.sql` against a list: they find readings wherever these lie."""

# The name of a function is put into a statement; it is the test's own.
# ruff: noqa: S608

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, NamedTuple

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.times import DAY_US, SECOND_US, from_us, to_us
from tests.conftest import database_name, temporary_database
from tests.examples import few_examples

MIDNIGHT_US = 20_454 * DAY_US
SENSORS = [1, 2, 3]
INFINITE = {-1: "-infinity", 2**62: "infinity"}

# Around seconds and midnight, with many ties.
times = st.builds(
    int.__add__,
    st.sampled_from([MIDNIGHT_US + n * SECOND_US for n in (-2, -1, 0, 1)]),
    st.sampled_from([0, 1, 2, 3, 500_000, SECOND_US - 2, SECOND_US - 1]),
)
bounds = times | st.sampled_from(list(INFINITE))


class Reading(NamedTuple):
    """As far as these functions tell readings apart."""

    sensor_id: int
    t_us: int
    raw: float
    physical: float | None
    flags: int


readings = st.builds(
    Reading,
    st.sampled_from(SENSORS[:2]),
    times,
    st.sampled_from([0.0, 1.0]),
    st.sampled_from([None, 2.0, 3.0]),
    st.sampled_from([0, 0, 64]),
)


class Commit(NamedTuple):
    """What comes together, as blocks where there are enough, or as rows."""

    readings: list[Reading]
    in_blocks: bool


commits = st.lists(
    st.builds(Commit, st.lists(readings, min_size=1, max_size=25), st.sampled_from([True, True, False])),
    max_size=5,
)


@pytest.fixture(scope="module")
def connection(server_url: str, template_name: str) -> Generator[psycopg.Connection[Any]]:
    with (
        temporary_database(server_url, database_name(), template_name) as url,
        psycopg.connect(url) as connection,
    ):
        yield connection


@contextmanager
def stored(connection: psycopg.Connection[Any], given_commits: Sequence[Commit]) -> Generator[list[Reading]]:
    """All of them, as long as the context."""
    with connection.transaction(force_rollback=True):
        for commit in given_commits:
            some = commit.readings
            columns = ReadingColumns(
                np.array([each.t_us for each in some], np.int64),
                np.array([each.raw for each in some]),
                np.array([np.nan if each.physical is None else each.physical for each in some]),
                np.array([each.sensor_id for each in some], np.int32),
                np.full(len(some), -1, np.int32),
                np.array([each.flags for each in some], np.uint16),
            )
            copy_readings(connection, encode_readings(columns, in_blocks=commit.in_blocks))
        yield [each for commit in given_commits for each in commit.readings]


def told(connection: psycopg.Connection[Any], call: LiteralString, *parameters: object) -> Counter[Reading]:
    rows = connection.execute(
        f"select sensor_id, time, raw, physical, coalesce(flags, 0) from {call}", parameters
    ).fetchall()
    return Counter(Reading(sensor, to_us(time), *rest) for sensor, time, *rest in rows)


def moment(t_us: int) -> object:
    return INFINITE[t_us] if t_us in INFINITE else from_us(t_us)


@few_examples(40)
@given(given_commits=commits, start_us=bounds, end_us=bounds)
def test_a_stretch_holds_its_readings_and_no_others(
    connection: psycopg.Connection[Any], given_commits: list[Commit], start_us: int, end_us: int
) -> None:
    stretch = (moment(start_us), moment(end_us))
    with stored(connection, given_commits) as everything:
        within = Counter(each for each in everything if start_us <= each.t_us < end_us)
        for sensor_id in SENSORS:
            own = Counter({each: count for each, count in within.items() if each.sensor_id == sensor_id})
            assert told(connection, "readings_of(%s, %s, %s)", sensor_id, *stretch) == own
        several = "readings_of_several(%s::int[], %s, %s)"
        assert told(connection, several, SENSORS, *stretch) == within
        assert not told(connection, several, [], *stretch)
        assert told(connection, "any_reading") == Counter(everything)


@few_examples(40)
@given(
    given_commits=commits,
    start_us=bounds,
    end_us=bounds,
    wanted=st.integers(1, 30),
    of_physical=st.booleans(),
    is_newest=st.booleans(),
)
def test_the_first_and_the_last_of_a_stretch_are_among_what_is_given(
    connection: psycopg.Connection[Any],
    given_commits: list[Commit],
    start_us: int,
    end_us: int,
    wanted: int,
    of_physical: bool,
    is_newest: bool,
) -> None:
    call: LiteralString = (
        "newest_readings(%s, %s, %s, %s, %s)" if is_newest else "oldest_readings(%s, %s, %s, %s, %s)"
    )
    with stored(connection, given_commits) as everything:
        own = sorted(
            (
                each
                for each in everything
                if each.sensor_id == 1
                and start_us <= each.t_us < end_us
                and (each.physical is not None or not of_physical)
            ),
            key=lambda each: each.t_us,
            reverse=is_newest,
        )
        found = told(connection, call, 1, moment(start_us), moment(end_us), wanted, of_physical)
    # So many, and all of the last one's instant; more may come, but nothing that is not there.
    instants = {each.t_us for each in own[:wanted]}
    assert not Counter(each for each in own if each.t_us in instants) - found
    assert not found - Counter(own)
