"""NumPy arrays as parameters and results of real statements."""

from collections.abc import Generator
from typing import Any, LiteralString

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from barograph.database.arrays import register, split_strung

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


@given(array=columns)
def test_an_array_is_returned_as_it_was_sent(
    connection: psycopg.Connection[Any], array: NDArray[Any]
) -> None:
    row = connection.execute("select %s", (array,), binary=True).fetchone()
    assert row is not None
    assert row[0].dtype == array.dtype
    np.testing.assert_array_equal(row[0], array)


@given(t_us=hnp.arrays(np.int64, st.integers(0, 20), elements=st.integers(-(2**52), 2**52)))
def test_times_are_returned_as_microseconds(
    connection: psycopg.Connection[Any], t_us: NDArray[np.int64]
) -> None:
    statement = (
        "select coalesce(array_agg(timestamptz 'epoch' + t_us * interval '1 microsecond' order by n), '{}')"
        " from unnest(%s::bigint[]) with ordinality as asked (t_us, n)"
    )
    row = connection.execute(statement, (t_us,), binary=True).fetchone()
    assert row is not None
    np.testing.assert_array_equal(row[0], t_us)


def test_truths_are_returned_as_such(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute("select array[true, false]", binary=True).fetchone()
    assert row is not None
    assert row[0].tolist() == [True, False]


@given(
    arrays=st.sampled_from(list(SQL_TYPES)).flatmap(
        lambda dtype: st.lists(hnp.arrays(dtype, st.integers(1, 9)), min_size=1, max_size=5)
    )
)
def test_arrays_strung_together_come_apart_again(
    connection: psycopg.Connection[Any], arrays: list[NDArray[Any]]
) -> None:
    asked = (connection.execute("select array_send(%s)", (each,)) for each in arrays)
    sent = [content for cursor in asked for (content,) in cursor]
    sizes = np.array([each.size for each in arrays], np.int32)
    whole = split_strung(b"".join(sent), sizes, arrays[0].dtype)
    assert whole.dtype == arrays[0].dtype
    np.testing.assert_array_equal(whole, np.concatenate(arrays))


@pytest.mark.parametrize("array", ["array[1, null]", "array[[1], [2]]"])
def test_an_array_that_is_no_column_is_refused(
    connection: psycopg.Connection[Any], array: LiteralString
) -> None:
    with pytest.raises(ValueError, match="one dimension without NULLs"):
        connection.execute("select " + array, binary=True).fetchone()
