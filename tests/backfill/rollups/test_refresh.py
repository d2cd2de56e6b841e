"""Roll-ups equal what NumPy makes of the raw readings, whatever came in which order."""

from collections.abc import Generator
from contextlib import closing

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.jobs.row_claims import create_work_pool
from backfill.rollups import refresh as rollup
from barograph.times import DAY_US, MINUTE_US, SECOND_US, from_us, now_us
from tests.backfill.rollups.expected import (
    Reading,
    Store,
    assert_equal,
    expected,
    remove_some,
    stored,
    work_everything_off,
)
from tests.examples import few_examples
from tests.seed import Profile, Project, seed_project

DENSE = 5
BASE_US = now_us() // DAY_US * DAY_US - 2 * DAY_US
CHANGE_US = BASE_US + MINUTE_US + 3 * SECOND_US

# A first profile that some values are outside of, and from some instant on another.
PROFILES = [
    Profile(
        "linear",
        {"slope": 2, "offset": 1, "domain": {"min": -1e200, "max": 1e200}, "out_of_domain": "null"},
        valid_to=str(from_us(CHANGE_US)),
    ),
    Profile("polynomial", {"coefficients": [0, 1, 0.25]}, valid_from=str(from_us(CHANGE_US))),
]


def instant(minute: int, second: int, us: int) -> int:
    """So long after the base, as t_us."""
    return BASE_US + minute * MINUTE_US + second * SECOND_US + us


# Few instants, so that many readings share one, a second, a minute; some across hours and days.
times = st.builds(
    instant,
    st.sampled_from([0, 1, 1, 1, 59, 60, 24 * 60 - 1, 24 * 60]),
    st.sampled_from([0, 2, 3, 59]),
    st.sampled_from([0, 1, 500_000, SECOND_US - 1]),
)
values = (
    st.sampled_from([0.0, -1.0, 1.0, 2.0, 1e308, -1e308, 1e150, 5e-324, 1e-170])
    | st.floats(-1e6, 1e6)
    | st.floats(allow_nan=False, allow_infinity=False)
)
readings = st.tuples(st.integers(0, 1), times, values)
commits = st.lists(
    st.tuples(st.lists(readings, min_size=1, max_size=25), st.booleans()), min_size=1, max_size=6
)


@pytest.fixture(scope="module", autouse=True)
def sooner_dense() -> Generator[None]:
    """Minutes keep their seconds from few readings on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollup, "DENSE_READINGS", DENSE)
        yield


@pytest.fixture
def odd_project(database_url: str) -> Project:
    """A sensor with profiles and one without."""
    project = seed_project(database_url, 2, PROFILES)
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from profile_validity where sensor_id = %s", (project.sensor_ids[1],))
    return project


@few_examples(10)
@given(commits=commits)
def test_roll_ups_equal_raw_for_any_order_of_arrival(
    database_url: str, odd_project: Project, commits: list[tuple[list[Reading], bool]]
) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        closing(Store(database_url, odd_project)) as store,
        create_work_pool(database_url, 2) as pool,
    ):
        connection.execute("truncate reading, reading_block, rollup, rollup_fine, dirty_window, fold_due")
        for readings, is_rolled_up in commits:
            store.commit(readings)
            if is_rolled_up:
                work_everything_off(pool)
        work_everything_off(pool)
        assert connection.execute("select count(*) from fold_due").fetchone() == (0,)
    assert_equal(stored(database_url), expected(database_url))


@few_examples(4)
@given(commits=commits, data=st.data())
def test_roll_ups_equal_raw_when_readings_are_removed(
    database_url: str, odd_project: Project, commits: list[tuple[list[Reading], bool]], data: st.DataObject
) -> None:
    left: list[Reading] = []
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        closing(Store(database_url, odd_project)) as store,
        create_work_pool(database_url, 2) as pool,
    ):
        connection.execute("truncate reading, reading_block, rollup, rollup_fine, dirty_window, fold_due")
        for readings, is_rolled_up in commits:
            store.commit(readings)
            left += readings
            if is_rolled_up:
                work_everything_off(pool)
            remove_some(store, left, data)
        work_everything_off(pool)
        rows = connection.execute("select count(*) from any_reading").fetchone()
    assert rows == (len(left),)
    assert_equal(stored(database_url), expected(database_url))


def test_a_minute_that_grows_while_readings_are_removed_gets_its_seconds(
    database_url: str, odd_project: Project
) -> None:
    """How many are new is not known then, and what it held is no bound."""
    readings = [(0, instant(1, n % 60, n), float(n)) for n in range(2 * DENSE)]
    few, more = readings[: DENSE - 1], readings[DENSE - 1 :]
    with closing(Store(database_url, odd_project)) as store, create_work_pool(database_url, 2) as pool:
        store.commit(few)
        work_everything_off(pool)
        store.commit(more)
        assert store.remove([few[0]]) == 1
        work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))
