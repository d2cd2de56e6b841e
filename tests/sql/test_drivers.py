"""What analysts read the views with: psycopg, ADBC and Polars."""

# The driver's types are partly unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Generator

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import polars as pl
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.conftest import database_name, temporary_database
from tests.sql.analyst import Analyst, analysts
from tests.sql.test_page import fill

QUESTION = "select time, sensor_key, physical, flags from readings where sensor_key = 'p2' order by time"


@pytest.fixture(scope="module")
def analyst(server_url: str, template_name: str) -> Generator[Analyst]:
    with temporary_database(server_url, database_name(), template_name) as url:
        fill(url)
        with analysts(url) as make:
            yield make("test")


def uri(analyst: Analyst) -> str:
    """As `sql-role` says it."""
    place = conninfo_to_dict(analyst.url)
    password = str(place["password"]).replace(" ", "%20")
    return f"postgresql://{analyst.name}:{password}@{place['host']}:{place['port']}/{place['dbname']}"


def test_adbc_reads_columns(analyst: Analyst) -> None:
    with adbc.connect(uri(analyst)) as connection, connection.cursor() as cursor:
        cursor.execute(QUESTION)
        table = cursor.fetch_arrow_table()
    assert table.column_names == ["time", "sensor_key", "physical", "flags"]
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert table.column("physical").to_pylist() == list(np.arange(10.0, 30.0))


def test_adbc_takes_parameters(analyst: Analyst) -> None:
    with adbc.connect(uri(analyst)) as connection, connection.cursor() as cursor:
        cursor.execute("select max(physical) from readings where sensor_key = $1", ("p1",))
        assert cursor.fetchone() == (19.0,)


def test_polars_reads_a_frame(analyst: Analyst) -> None:
    frame = pl.read_database_uri(QUESTION, uri(analyst), engine="adbc")
    assert frame.shape == (20, 4)
    assert frame.schema["time"] == pl.Datetime("us", "UTC")
    assert frame["physical"].sum() == sum(range(10, 30))
    found = pl.read_database(
        "select * from readings_1s where sensor_key = 'p1' order by time", analyst.connection
    )
    assert found["mean"].to_list() == [float(n) for n in range(20)]


def test_a_copy_out_is_let_through(analyst: Analyst) -> None:
    # Each row is a line; ADBC reads by COPY too.
    with analyst.connection.cursor().copy(f"copy ({QUESTION}) to stdout") as copy:  # pyright: ignore[reportArgumentType]
        assert b"".join(copy).count(b"\n") == 20
