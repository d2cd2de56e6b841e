"""Readings through both COPYs into the real tables, and back."""

from collections import Counter
from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.database import block_format
from barograph.database.block_format import MAX_READINGS, MIN_READINGS, copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.times import DAY_US, MAX_US, MIN_US, SECOND_US, to_us
from tests.conftest import database_name, temporary_database
from tests.examples import few_examples

# As the tables have it: time, raw, physical, sensor, version, flags.
Row = tuple[int, float, float | None, int, int | None, int]
SIZES = [*range(1, 8), MAX_READINGS - 1, MAX_READINGS, MAX_READINGS + 1, 2 * MAX_READINGS + 3]
# Few, for each day makes a chunk; the second of them is the first one of another day.
SECONDS_US = [
    20_454 * DAY_US - SECOND_US,
    20_454 * DAY_US,
    20_454 * DAY_US + SECOND_US,
    -SECOND_US,
    MIN_US,
    MAX_US // DAY_US * DAY_US,
]
values = st.floats(allow_nan=False, allow_infinity=False)


class Run(NamedTuple):
    """Readings that may become one block."""

    second_us: int
    size: int
    sensor_id: int
    profile_id: int | None
    has_physical: bool
    has_flags: bool


runs = st.builds(
    Run,
    st.sampled_from(SECONDS_US),
    st.sampled_from(SIZES),
    st.sampled_from([1, 2, -(2**31), 2**31 - 1]),
    st.sampled_from([None, 0, 2**31 - 1]),
    st.booleans(),
    st.booleans(),
)


@st.composite
def readings_of_runs(draw: st.DrawFn) -> list[Row]:
    """In some order, with ties, and with times at both ends of a second."""
    rows: list[Row] = []
    for run in draw(st.lists(runs, max_size=6)):
        within = st.integers(0, SECOND_US - 1) | st.sampled_from([0, 1, SECOND_US - 1])
        flags = st.sampled_from([0, 1, 2**16 - 1]) if run.has_flags else st.just(0)
        physical: st.SearchStrategy[float | None] = (
            st.floats(allow_nan=False) if run.has_physical else st.none()
        )
        # One of all values that can be, and simple ones for the others, which are drawn at once.
        first = (
            *(run.second_us + draw(within), draw(values), draw(physical)),
            *(run.sensor_id, run.profile_id, draw(flags)),
        )
        some = draw(st.randoms(use_true_random=False))
        rows.append(first)
        for n in range(1, run.size):
            t_us = run.second_us + some.choice([0, n, some.randrange(SECOND_US), SECOND_US - 1])
            value = float(n) if run.has_physical else None
            flag = some.choice([0, 1, 64]) if run.has_flags else 0
            rows.append((t_us, float(n), value, run.sensor_id, run.profile_id, flag))
    order = draw(st.sampled_from(["as it is", "by time", "shuffled"]))
    if order == "by time":
        return sorted(rows, key=lambda row: (row[3], row[0]))
    if order == "shuffled":
        draw(st.randoms(use_true_random=False)).shuffle(rows)
    return rows


@pytest.fixture(scope="module")
def connection(server_url: str, template_name: str) -> Generator[psycopg.Connection[Any]]:
    with (
        temporary_database(server_url, database_name(), template_name) as url,
        psycopg.connect(url) as connection,
    ):
        yield connection


def columns_of(rows: list[Row]) -> ReadingColumns:
    def column(index: int, missing: float) -> list[Any]:
        return [missing if row[index] is None else row[index] for row in rows]

    return ReadingColumns(
        t_us=np.array(column(0, 0), np.int64),
        raw=np.array(column(1, 0), np.float64),
        physical=np.array(column(2, np.nan), np.float64),
        sensor_id=np.array(column(3, 0), np.int32),
        profile_id=np.array(column(4, -1), np.int32),
        flags=np.array(column(5, 0), np.uint16),
    )


@pytest.fixture
def _blocks_of_any_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_format, "MAX_STEP_US", SECOND_US)


@pytest.mark.usefixtures("_blocks_of_any_rate")
@few_examples(60)
@given(rows=readings_of_runs())
def test_what_is_stored_comes_back(connection: psycopg.Connection[Any], rows: list[Row]) -> None:
    with connection.transaction(force_rollback=True):
        copy_readings(connection, encode_readings(columns_of(rows), in_blocks=True))
        back = connection.execute(
            "select time, raw, physical, sensor_id, profile_id, coalesce(flags, 0)::int & 65535"
            " from any_reading"
        ).fetchall()
        # As text, for NULL does not compare with numbers.
        assert sorted(repr((to_us(time), *rest)) for time, *rest in back) == sorted(map(repr, rows))
        assert_blocks_are_sound(connection)
        assert_no_row_belongs_into_a_block(connection, rows)


def assert_blocks_are_sound(connection: psycopg.Connection[Any]) -> None:
    """What questions about blocks rely on, and no constraint of the table says."""
    unsound = connection.execute(
        """
        select first_time
        from reading_block
        where first_time <> time[1]
            or last_time <> time[cardinality(time)]
            or time <> array(select unnest(time) order by 1)
            or date_bin('1 second', first_time, 'epoch') <> date_bin('1 second', last_time, 'epoch')
            or cardinality(time) not between %s and %s
            or cardinality(time) <> all(array[
                cardinality(raw),
                coalesce(cardinality(physical), cardinality(time)),
                coalesce(cardinality(flags), cardinality(time))
            ])
            or array_ndims(time) <> 1
            or array_position(time, null) is not null
            or array_position(raw, null) is not null
            or array_position(physical, null) is not null
            or array_position(flags, null) is not null
        """,
        (MIN_READINGS, MAX_READINGS),
    ).fetchall()
    assert unsound == []


def assert_no_row_belongs_into_a_block(connection: psycopg.Connection[Any], rows: list[Row]) -> None:
    """Of each sensor, second and version, fewer than a block has to have are rows."""
    kinds = {(row[3], row[0] // SECOND_US, row[4], row[2] is None) for row in rows}
    mixed = {place for place, count in Counter(kind[:2] for kind in kinds).items() if count > 1}
    counts = connection.execute(
        "select sensor_id, date_bin('1 second', time, 'epoch'), count(*) from reading group by 1, 2"
    ).fetchall()
    for sensor_id, second, count in counts:
        # Where versions alternate from reading to reading, each is alone.
        if (sensor_id, to_us(second) // SECOND_US) not in mixed:
            assert count < MIN_READINGS


@pytest.mark.parametrize(("step_us", "blocks"), [(0, 1), (50_000, 1), (50_001, 0)])
def test_readings_of_a_slow_sensor_are_rows(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, step_us: int, blocks: int
) -> None:
    monkeypatch.setattr(block_format, "MAX_STEP_US", 50_000)
    monkeypatch.setattr(block_format, "MIN_READINGS", 3)
    rows: list[Row] = [(n * step_us, float(n), None, 1, None, 0) for n in range(4)]
    with connection.transaction(force_rollback=True):
        copy_readings(connection, encode_readings(columns_of(rows), in_blocks=True))
        counts = connection.execute(
            "select (select count(*) from reading), (select count(*) from reading_block)"
        ).fetchone()
    assert counts == (0 if blocks else 4, blocks)


def test_where_no_blocks_are_wanted_all_are_rows(connection: psycopg.Connection[Any]) -> None:
    rows: list[Row] = [(n, float(n), None, 1, None, 0) for n in range(MAX_READINGS)]
    with connection.transaction(force_rollback=True):
        copy_readings(connection, encode_readings(columns_of(rows), in_blocks=False))
        counts = connection.execute(
            "select (select count(*) from reading), (select count(*) from reading_block)"
        ).fetchone()
    assert counts == (MAX_READINGS, 0)
