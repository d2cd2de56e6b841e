"""Old chunks as columns: on the Community edition of TimescaleDB. Other editions keep rows."""

import psycopg
import pytest

from backfill.housekeeping.columnstore import fill_columnstore
from backfill.jobs.row_claims import Pool
from barograph.database.program_roles import ProgramRole
from barograph.database.queries import query
from barograph.times import DAY_US, SECOND_US, now_us
from tests.backfill.rollups.expected import Store, assert_equal, expected, stored, work_everything_off
from tests.ingest.database import ask
from tests.programs import url_of

SETTLED_DAYS = 7
OLD_US = now_us() // DAY_US * DAY_US - (SETTLED_DAYS + 3) * DAY_US


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
    assert ask(database_url, "select count(*) from reading") == [(302,)]
    assert_equal(stored(database_url), expected(database_url))
