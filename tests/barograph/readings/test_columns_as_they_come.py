"""Readings that COPY writes as columns, in order of time or not. Needs the Community edition."""

from collections.abc import Generator
from contextlib import closing

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.database.queries import query
from barograph.readings.storing import store as storing
from barograph.times import DAY_US, SECOND_US, from_us, now_us, to_us
from tests.backfill.rollups.expected import Reading, Store
from tests.examples import few_examples
from tests.ingest.database import ask
from tests.seed import Profile, Project, seed_project

pytestmark = pytest.mark.community
BASE_US = (now_us() // DAY_US - 2) * DAY_US
SECONDS = 12
# Outside, physical values are null: COPY has such readings after all others.
NARROW = Profile("linear", {"slope": 1, "offset": 0, "domain": {"min": 0, "max": 5}, "out_of_domain": "null"})

readings = st.tuples(
    st.integers(0, 1),
    st.integers(0, SECONDS - 1).map(lambda second: BASE_US + second * SECOND_US),
    st.integers(0, 9).map(float),
)
commits = st.lists(readings, min_size=1, max_size=12).flatmap(
    lambda rows: st.sampled_from([rows, sorted(rows)])
)


@pytest.fixture
def project(database_url: str) -> Project:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query("columnstore.look")).fetchone()
        if row is None or not row[0]:
            pytest.skip("this TimescaleDB is the Apache edition, which has no columnstore")
        connection.execute(query("columnstore.enable"))
    return seed_project(database_url, 2, [NARROW])


@pytest.fixture
def store(database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> Generator[Store]:
    monkeypatch.setattr(storing, "MIN_FOR_COLUMNS", 0)
    store = Store(database_url, project)
    with closing(store.connection):
        yield store


@few_examples(12)
@given(batches=st.lists(commits, min_size=1, max_size=4), first=st.integers(0, SECONDS))
def test_each_period_holds_its_readings_in_order(
    database_url: str, project: Project, store: Store, batches: list[list[Reading]], first: int
) -> None:
    ask(database_url, "truncate reading")
    for batch in batches:
        store.commit(batch)
    from_time_us = BASE_US + first * SECOND_US
    for slot, sensor_id in enumerate(project.sensor_ids):
        rows = ask(
            database_url,
            "select time, raw from any_reading where sensor_id = %s and time >= %s order by time, raw",
            sensor_id,
            from_us(from_time_us),
        )
        expected = sorted(
            (t_us, raw) for batch in batches for s, t_us, raw in batch if s == slot and t_us >= from_time_us
        )
        assert [(to_us(time), raw) for time, raw in rows] == expected
        (latest,) = ask(database_url, "select max(time) from any_reading where sensor_id = %s", sensor_id)[0]
        every = [t_us for batch in batches for s, t_us, _ in batch if s == slot]
        assert (None if latest is None else to_us(latest)) == max(every, default=None)


@pytest.mark.parametrize(("times", "sorts"), [((0, 0, 1), "off"), ((1, 0, 1), "on")])
def test_the_server_sorts_what_is_in_no_order(store: Store, times: tuple[int, ...], sorts: str) -> None:
    with store.connection.transaction():
        store.add([(0, BASE_US + time_us, 1.0) for time_us in times])
        row = store.connection.execute(
            "select current_setting('timescaledb.enable_direct_compress_copy'),"
            " current_setting('timescaledb.enable_direct_compress_copy_sort_batches')"
        ).fetchone()
    assert row == ("on", sorts)
