"""Readings in the columnstore are filed like others. Needs the Community edition."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from backfill.jobs.row_claims import Pool
from barograph.catalog.catalog import CatalogCache
from barograph.database import block_format
from barograph.database.queries import query
from barograph.times import DAY_US, SECOND_US
from tests.backfill.archive.filing import TODAY_US, chunk_bytes, everything, held, make_archivist, rows
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.ingest.database import ask
from tests.seed import Project

pytestmark = pytest.mark.community
OLD_US = TODAY_US - 4 * DAY_US


@pytest.fixture(autouse=True)
def _community(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every commit is stored as rows."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query("columnstore.look")).fetchone()
    if row is None or not row[0]:
        pytest.skip("this TimescaleDB is the Apache edition, which has no columnstore")
    monkeypatch.setattr(block_format, "MIN_READINGS", 10_000)


@pytest.fixture
def cache(database_url: str) -> Generator[CatalogCache]:
    with closing(CatalogCache(database_url)) as cache:
        cache.open()
        yield cache


def commit(store: Store, day_us: int, slots: range = range(2), offset: int = 0) -> None:
    store.commit(
        [(slot, day_us + (n // 2) * SECOND_US + offset, n * 0.25) for slot in slots for n in range(500)]
    )


def into_columns(database_url: str) -> None:
    """Every chunk's rows."""
    ask(database_url, "select move_into_columnstore(chunk) from show_chunks('reading') as chunk")


def test_columns_are_filed_and_their_chunk_gives_its_room_back(
    database_url: str, project: Project, store: Store, pool: Pool, cache: CatalogCache, tmp_path: Path
) -> None:
    commit(store, OLD_US)
    commit(store, TODAY_US)
    into_columns(database_url)
    work_everything_off(pool)
    before = everything(database_url, project)
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    assert (held(database_url), len(rows(database_url, project))) == (1000, 1000)
    assert everything(database_url, project) == before
    emptied, today = chunk_bytes(database_url)
    assert emptied == 0 < today
    # Late ones become columns of the emptied chunk, and are filed with the others.
    commit(store, OLD_US, offset=1)
    into_columns(database_url)
    work_everything_off(pool)
    after = everything(database_url, project)
    archivist.work()
    assert (held(database_url), everything(database_url, project)) == (2000, after)
    assert chunk_bytes(database_url)[0] == 0


def test_a_chunk_that_holds_columns_is_not_emptied(
    database_url: str,
    project: Project,
    store: Store,
    pool: Pool,
    cache: CatalogCache,
    tmp_path: Path,
) -> None:
    """Its rows are gone, and late readings came as columns beside them."""
    commit(store, OLD_US, range(1))
    work_everything_off(pool)
    make_archivist(database_url, tmp_path, cache, rest_s=3600).work()
    assert (held(database_url), len(rows(database_url, project))) == (500, 0)
    commit(store, OLD_US, range(1, 2))
    into_columns(database_url)
    # What roll-ups don't have yet is not filed.
    before = everything(database_url, project)
    make_archivist(database_url, tmp_path, cache).work()
    assert (len(rows(database_url, project)), held(database_url)) == (500, 500)
    assert everything(database_url, project) == before
