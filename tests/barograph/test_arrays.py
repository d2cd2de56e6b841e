"""NumPy arrays as parameters of real statements."""

from collections.abc import Generator
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from barograph.arrays import register

SQL_TYPES = {
    np.dtype(np.int16): "smallint[]",
    np.dtype(np.int32): "integer[]",
    np.dtype(np.int64): "bigint[]",
    np.dtype(np.float64): "double precision[]",
}
columns = st.sampled_from(list(SQL_TYPES)).flatmap(lambda dtype: hnp.arrays(dtype, st.integers(0, 50)))


@pytest.fixture(scope="module")
def connection(server_url: str) -> Generator[psycopg.Connection[Any]]:
    with psycopg.connect(server_url) as connection:
        register(connection)
        yield connection


def echo(connection: psycopg.Connection[Any], array: NDArray[Any]) -> tuple[list[Any], str]:
    """The array's elements and type as PostgreSQL understood them."""
    row = connection.execute("select %s as value, pg_typeof(%s)::text", (array, array)).fetchone()
    assert row is not None
    return row


@given(array=columns)
def test_an_array_arrives_as_it_was_sent(connection: psycopg.Connection[Any], array: NDArray[Any]) -> None:
    elements, sql_type = echo(connection, array)
    assert sql_type == SQL_TYPES[array.dtype]
    np.testing.assert_array_equal(np.array(elements, array.dtype), array)


@given(array=columns)
def test_an_array_with_gaps_in_memory_arrives_whole(
    connection: psycopg.Connection[Any], array: NDArray[Any]
) -> None:
    np.testing.assert_array_equal(np.array(echo(connection, array[::-2])[0], array.dtype), array[::-2])


def test_arrays_of_different_types_take_turns_in_one_statement(connection: psycopg.Connection[Any]) -> None:
    for dtype, sql_type in [*SQL_TYPES.items(), *SQL_TYPES.items()]:
        assert echo(connection, np.array([1, 2], dtype)) == ([1, 2], sql_type)


def test_a_prepared_statement_takes_arrays_of_every_length(connection: psycopg.Connection[Any]) -> None:
    for n in range(20):
        row = connection.execute(
            "select sum(e) from unnest(%s::int4[]) as e", (np.arange(n, dtype=np.int32),), prepare=True
        ).fetchone()
        assert row == (sum(range(n)) if n else None,)
