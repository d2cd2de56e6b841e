"""Old chunks as columns: on the Community edition of TimescaleDB. Other editions keep rows."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from backfill.housekeeping.columnstore import fill_columnstore
from backfill.jobs.row_claims import Pool
from barograph.database import block_format
from barograph.database.queries import query
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, SECOND_US, now_us
from tests.backfill.rollups.expected import Store, assert_equal, expected, stored, work_everything_off
from tests.ingest.database import ask
from tests.programs import url_of

SETTLED_DAYS = 7
OLD_US = now_us() // DAY_US * DAY_US - (SETTLED_DAYS + 3) * DAY_US


@pytest.fixture(autouse=True)
def _rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed becomes rows; a test says where it does not."""
    monkeypatch.setattr(block_format, "MIN_READINGS", 10_000)


@pytest.fixture
def is_community(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query("columnstore.look")).fetchone()
    assert row is not None
    return row[0]


def compressed(database_url: str) -> int:
    return ask(database_url, "select count(*) from timescaledb_information.chunks where is_compressed")[0][0]


def test_the_apache_edition_keeps_rows(database_url: str, store: Store, is_community: bool) -> None:
    if is_community:
        pytest.skip("this TimescaleDB is the Community edition")
    store.commit([(0, OLD_US, 1.0)])
    fill_columnstore(url_of(ProgramRole.WORKER, database_url), SETTLED_DAYS)
    assert compressed(database_url) == 0


@pytest.mark.community
def test_settled_chunks_become_columns_and_late_readings_are_still_taken(
    database_url: str, store: Store, pool: Pool, is_community: bool
) -> None:
    if not is_community:
        pytest.skip("this TimescaleDB is the Apache edition, which has no columnstore")
    store.commit([(slot, OLD_US + second * SECOND_US, 1.0) for slot in range(3) for second in range(100)])
    store.commit([(0, now_us() - DAY_US, 1.0)])
    work_everything_off(pool)
    fill_columnstore(url_of(ProgramRole.WORKER, database_url), SETTLED_DAYS)
    fill_columnstore(url_of(ProgramRole.WORKER, database_url), SETTLED_DAYS)
    assert compressed(database_url) == 1
    store.commit([(1, OLD_US + 1, 5.0)])
    work_everything_off(pool)
    assert ask(database_url, "select count(*) from any_reading") == [(302,)]
    assert_equal(stored(database_url), expected(database_url))


@pytest.mark.community
def test_rows_become_columns_and_blocks_stay(
    database_url: str, store: Store, pool: Pool, is_community: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_community:
        pytest.skip("this TimescaleDB is the Apache edition, which has no columnstore")
    first = [(slot, OLD_US + each * SECOND_US, each / 7) for slot in range(3) for each in range(50)]
    between = [(slot, OLD_US + each * SECOND_US + 1, -each / 7) for slot in range(3) for each in range(50)]
    monkeypatch.setattr(block_format, "MIN_READINGS", 1)
    store.commit(between)
    monkeypatch.setattr(block_format, "MIN_READINGS", 10_000)
    store.commit(first)
    # Each has a second of its own.
    assert (rows(database_url), blocks(database_url)) == (150, 150)
    for _ in range(2):
        work_everything_off(pool)
        assert_equal(stored(database_url), expected(database_url))
        fill_columnstore(url_of(ProgramRole.WORKER, database_url), SETTLED_DAYS)
        assert (rows(database_url), blocks(database_url)) == (0, 150)
        assert raw_values(database_url) == sorted([*first, *between])


@pytest.mark.community
def test_a_chunk_whose_rows_have_all_become_blocks_is_in_nobodys_way(
    database_url: str, store: Store, pool: Pool, is_community: bool
) -> None:
    if not is_community:
        pytest.skip("this TimescaleDB is the Apache edition, which has no columnstore")
    store.commit([(0, OLD_US + each * SECOND_US, 1.0) for each in range(50)])
    work_everything_off(pool)
    ask(database_url, "delete from reading")
    for _ in range(2):
        fill_columnstore(url_of(ProgramRole.WORKER, database_url), SETTLED_DAYS)
    store.commit([(0, OLD_US, 2.0)])
    assert ask(database_url, "select raw from reading") == [(2.0,)]


def blocks(database_url: str) -> int:
    return ask(database_url, "select count(*) from reading_block")[0][0]


def rows(database_url: str) -> int:
    """How many readings of the only chunk are not in columns."""
    with psycopg.connect(database_url) as connection:
        ((schema, name),) = connection.execute(
            "select chunk_schema, chunk_name from timescaledb_information.chunks "
            "where hypertable_name = 'reading'"
        ).fetchall()
        statement = SQL("select count(*) from only {}").format(Identifier(schema, name))
        ((found,),) = connection.execute(statement).fetchall()
    return found


def raw_values(database_url: str) -> list[tuple[int, int, float]]:
    """Slot, time and raw value of each reading, in that order."""
    return ask(
        database_url,
        "select dense_rank() over (order by sensor_id)::int - 1, "
        "(extract(epoch from time) * 1000000)::int8, raw from any_reading order by 1, 2, 3",
    )
