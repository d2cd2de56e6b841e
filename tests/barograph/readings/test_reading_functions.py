"""Whoever asks the functions of `sql/views/readings.sql` sees each reading once, whether it is a row or in a
block, and opens no chunk of other days.
"""

from collections.abc import Generator, Iterable
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from barograph.database.arrays import register
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.times import DAY_US, MINUTE_US, SECOND_US, from_us
from tests.conftest import database_name, temporary_database
from tests.examples import few_examples

BASE_US = 1_767_225_600_000_000
# Around the ends of a minute and of a day.
TIMES = [
    BASE_US + edge + offset
    for edge in (0, MINUTE_US, DAY_US)
    for offset in (-SECOND_US, -1, 0, 1, 2, SECOND_US, 2 * SECOND_US)
]
# Of one commit: a sensor, a time, whether it has a physical value, and a number.
COMMIT = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from(TIMES), st.booleans(), st.integers(0, 2)), max_size=40
)
Found = list[TupleRow]


@pytest.fixture(scope="module")
def connection(server_url: str, template_name: str) -> Generator[psycopg.Connection[Any]]:
    with (
        temporary_database(server_url, database_name(), template_name) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        register(connection)
        yield connection


def store(connection: psycopg.Connection[Any], commit: Iterable[tuple[int, int, bool, int]]) -> None:
    sensor, t_us, has_physical, number = zip(*commit, strict=True)
    readings = ReadingColumns(
        np.array(t_us),
        np.array(number, np.float64),
        np.where(has_physical, 2.0 * np.array(number), np.nan),
        np.array(sensor, np.int32),
        np.array(number, np.int32) - 1,
        np.array(number, np.uint16) // 2,
    )
    copy_readings(connection, encode_readings(readings, in_blocks=True))


def ask(connection: psycopg.Connection[Any], source: str, asked: dict[str, Any]) -> Found:
    """Readings of a source, in an order of their own."""
    statement = f"select time, raw, physical, sensor_id, profile_id, coalesce(flags, 0) from {source}"  # noqa: S608
    rows = connection.execute(statement.encode(), asked).fetchall()
    return sorted(rows, key=str)


@few_examples(12)
@given(
    commits=st.lists(COMMIT.filter(bool), min_size=1, max_size=5),
    span=st.tuples(st.sampled_from(TIMES), st.sampled_from(TIMES)).map(sorted),
    within=st.tuples(st.sampled_from(TIMES), st.sampled_from(TIMES)).map(sorted),
    readings=st.integers(1, 12),
    of_physical=st.booleans(),
)
def test_each_gives_what_a_look_at_all_would(
    connection: psycopg.Connection[Any],
    commits: list[list[tuple[int, int, bool, int]]],
    span: list[int],
    within: list[int],
    readings: int,
    of_physical: bool,
) -> None:
    connection.execute("truncate reading, reading_block")
    for commit in commits:
        store(connection, commit)
    asked = {
        "from": from_us(span[0]),
        "to": from_us(span[1]),
        "within_from": from_us(within[0]),
        "within_to": from_us(within[1]),
        "readings": readings,
        "of_physical": of_physical,
    }
    stretch = "time >= %(from)s and time < %(to)s"
    both = f"{stretch} and time >= %(within_from)s and time < %(within_to)s"
    bounds = "%(from)s, %(to)s, %(within_from)s, %(within_to)s"
    everything = ask(connection, f"any_reading where {stretch}", asked)
    assert ask(connection, "readings_of_several(array[1, 2], %(from)s, %(to)s)", asked) == everything
    own = ask(connection, f"any_reading where sensor_id = 1 and {stretch}", asked)
    assert ask(connection, "readings_of(1, %(from)s, %(to)s)", asked) == own
    own_within = ask(connection, f"any_reading where sensor_id = 1 and {both}", asked)
    assert ask(connection, f"readings_of_span(1, {bounds})", asked) == own_within
    wanted = "%(readings)s, %(of_physical)s"
    for function, is_descending in (("oldest_readings", False), ("newest_readings", True)):
        found = ask(connection, f"{function}(1, %(from)s, %(to)s, {wanted})", asked)
        assert_ends_well(found, own, readings, of_physical=of_physical, is_descending=is_descending)
        found = ask(connection, f"{function}_of_span(1, {bounds}, {wanted})", asked)
        assert_ends_well(found, own_within, readings, of_physical=of_physical, is_descending=is_descending)


def assert_ends_well(
    found: Found, whole: Found, readings: int, *, of_physical: bool, is_descending: bool
) -> None:
    """So many at least, all of the last one's instant, and nothing that is not there."""
    whole = [row for row in whole if row[2] is not None or not of_physical]
    times = sorted((row[0] for row in whole), reverse=is_descending)
    assert [row for row in found if row not in whole] == []
    if len(times) <= readings:
        assert found == whole
        return
    last = times[readings - 1]
    needed = [row for row in whole if (row[0] >= last if is_descending else row[0] <= last)]
    assert [row for row in found if (row[0] >= last if is_descending else row[0] <= last)] == needed


@pytest.mark.parametrize(
    "source",
    [
        "readings_of(1, %(from)s, %(to)s)",
        "readings_of_several(array[1, 2], %(from)s, %(to)s)",
        "oldest_readings(1, %(from)s, %(to)s, 3, false)",
        "newest_readings(1, %(from)s, %(to)s, 3, true)",
        *(
            f"unnest(array[1, 2], array[%(from)s]) as span (of_sensor, starts_at) cross join lateral {each}"
            for each in (
                "readings_of_span(of_sensor, starts_at, %(to)s, %(from)s, %(to)s) as found",
                "oldest_readings_of_span(of_sensor, starts_at, %(to)s, %(from)s, %(to)s, 3, false) as found",
                "newest_readings_of_span(of_sensor, starts_at, %(to)s, %(from)s, %(to)s, 3, false) as found",
            )
        ),
    ],
)
def test_chunks_of_other_days_are_not_opened(connection: psycopg.Connection[Any], source: str) -> None:
    connection.execute("truncate reading, reading_block")
    for day in range(6):
        first_us = BASE_US + day * DAY_US
        store(connection, [(1, first_us + n, True, 0) for n in range(9)])
        store(connection, [(1, first_us + n * MINUTE_US, True, 0) for n in range(9)])
    asked = {"from": from_us(BASE_US + 3 * DAY_US), "to": from_us(BASE_US + 3 * DAY_US + MINUTE_US)}
    with connection.transaction():
        # Planned for these times, as all statements about readings are.
        found = connection.execute(f"select from {source}".encode(), asked, prepare=False)
        assert found.rowcount >= 3
        locked = connection.execute(
            "select count(*) from pg_locks join pg_class on pg_class.oid = relation and relkind = 'r'"
            " where pid = pg_backend_pid() and relnamespace = '_timescaledb_internal'::regnamespace"
        ).fetchone()
    assert locked is not None
    assert locked[0] <= 2
