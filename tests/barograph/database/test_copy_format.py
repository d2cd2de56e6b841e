"""Readings through COPY into the real table, and back."""

from collections.abc import Generator
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.database.copy_format import BUFFER_ROWS, ReadingColumns, encode
from barograph.database.queries import query
from barograph.times import DAY_US, MAX_US, MIN_US, SECOND_US, to_us
from tests.conftest import database_name, temporary_database

Row = tuple[int, float, float | None, int, int | None, int | None]

# Days rather than any instant: each makes a chunk, and a chunk takes a while to make.
DAYS_US = [MIN_US, -DAY_US, 0, 20_454 * DAY_US, MAX_US // DAY_US * DAY_US]
times = st.builds(int.__add__, st.sampled_from(DAYS_US), st.integers(0, DAY_US - 1))
rows = st.tuples(
    times,
    st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.floats(allow_nan=False),
    st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(0, 2**31 - 1),
    st.none() | st.integers(1, 2**16 - 1),
)


@pytest.fixture(scope="module")
def connection(server_url: str, template_name: str) -> Generator[psycopg.Connection[Any]]:
    with (
        temporary_database(server_url, database_name(), template_name) as url,
        psycopg.connect(url) as connection,
    ):
        yield connection


def columns_of(readings: list[Row]) -> ReadingColumns:
    def column(index: int, missing: float) -> list[Any]:
        return [missing if row[index] is None else row[index] for row in readings]

    return ReadingColumns(
        t_us=np.array(column(0, 0), np.int64),
        raw=np.array(column(1, 0), np.float64),
        physical=np.array(column(2, np.nan), np.float64),
        sensor_id=np.array(column(3, 0), np.int32),
        profile_id=np.array(column(4, -1), np.int32),
        flags=np.array(column(5, 0), np.uint16),
    )


def copied(connection: psycopg.Connection[Any], columns: ReadingColumns) -> list[tuple[Any, ...]]:
    """What the table holds after the COPY, which is then undone."""
    with connection.transaction(force_rollback=True):
        with connection.cursor() as cursor, cursor.copy(query("store.copy_readings")) as copy:
            for piece in encode(columns):
                copy.write(piece)
        return connection.execute(
            "select time, raw, physical, sensor_id, profile_id, flags::int & 65535 from any_reading"
        ).fetchall()


@settings(max_examples=40, deadline=None)
@given(readings=st.lists(rows, max_size=30))
def test_what_is_copied_comes_back(connection: psycopg.Connection[Any], readings: list[Row]) -> None:
    back = [(to_us(time), *rest) for time, *rest in copied(connection, columns_of(readings))]
    # As text, for NULL does not compare with numbers.
    assert sorted(map(repr, back)) == sorted(map(repr, readings))


@pytest.mark.parametrize("layout", range(8))
def test_readings_of_each_layout_of_nulls_keep_their_order(
    connection: psycopg.Connection[Any], layout: int
) -> None:
    n = BUFFER_ROWS + 1  # one more than fits in the buffer
    physical = None if layout & 1 else 0.5
    profile_id, flags = (None if layout & bit else bit for bit in (2, 4))
    back = copied(
        connection,
        columns_of([(i * SECOND_US, float(i), physical, 7, profile_id, flags) for i in range(n)]),
    )
    assert [row[1] for row in back] == list(range(n))
    assert {row[2:] for row in back} == {(physical, 7, profile_id, flags)}
