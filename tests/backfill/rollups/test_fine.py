"""Fine buckets equal what NumPy makes of raw readings that came in any order; dense seconds keep them."""

from collections.abc import Generator
from contextlib import closing

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.jobs.row_claims import create_work_pool
from backfill.rollups import buckets
from backfill.rollups import refresh as rollup
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, now_us
from tests.backfill.rollups.expected import (
    Reading,
    Store,
    assert_equal,
    assert_equal_fine,
    expected,
    expected_fine,
    remove_some,
    stored,
    stored_fine,
    work_everything_off,
)
from tests.examples import few_examples
from tests.seed import Profile, Project, seed_project

BASE_US = now_us() // DAY_US * DAY_US - 2 * DAY_US
PROFILES = [
    Profile("linear", {"slope": 2, "offset": 1, "domain": {"min": -1e5, "max": 1e5}, "out_of_domain": "null"})
]


def instant(second: int, us: int) -> int:
    """So long after the base, as t_us."""
    return BASE_US + second * SECOND_US + us


# Few seconds and few of their buckets, so that many readings share one, and some seconds many.
times = st.builds(
    instant,
    st.sampled_from([0, 1, 59, 60, 3599, 3600]),
    st.one_of(
        st.sampled_from([0, 1, 9_999, 10_000, 99_999, 100_000, 999_999]), st.integers(0, SECOND_US - 1)
    ),
)
values = st.sampled_from([0.0, -1.0, 1.0, 1e308, -1e308, 5e-324]) | st.floats(-1e6, 1e6)
commits = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 1), times, values), min_size=1, max_size=30), st.booleans()),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def sooner_fine() -> Generator[None]:
    """Minutes keep their seconds, and seconds their fine buckets, from few readings on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollup, "DENSE_READINGS", 3)
        patch.setattr(buckets, "FINE_BOUNDS", (2, 5))
        yield


@pytest.fixture
def converted(database_url: str) -> Project:
    """A sensor with a profile, which leaves some values out, and one without."""
    project = seed_project(database_url, 2, PROFILES)
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from profile_validity where sensor_id = %s", (project.sensor_ids[1],))
    return project


@few_examples(8)
@given(commits=commits)
@pytest.mark.usefixtures("sooner_fine")
def test_fine_buckets_equal_raw_for_any_order_of_arrival(
    database_url: str, converted: Project, commits: list[tuple[list[Reading], bool]]
) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        closing(Store(database_url, converted)) as store,
        create_work_pool(database_url, 2) as pool,
    ):
        connection.execute("truncate reading, reading_block, rollup, rollup_fine, dirty_window, fold_due")
        for readings, is_rolled_up in commits:
            store.commit(readings)
            if is_rolled_up:
                work_everything_off(pool)
        work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))
    assert_equal_fine(stored_fine(database_url), expected_fine(database_url))


@few_examples(4)
@given(commits=commits, data=st.data())
@pytest.mark.usefixtures("sooner_fine")
def test_fine_buckets_equal_raw_when_readings_are_removed(
    database_url: str, converted: Project, commits: list[tuple[list[Reading], bool]], data: st.DataObject
) -> None:
    left: list[Reading] = []
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        closing(Store(database_url, converted)) as store,
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
    assert_equal(stored(database_url), expected(database_url))
    assert_equal_fine(stored_fine(database_url), expected_fine(database_url))


def stream(hz: int, seconds: int) -> list[Reading]:
    """Noise, evenly in time, from the second minute on."""
    t_us = BASE_US + HOUR_US + MINUTE_US + np.arange(hz * seconds) * SECOND_US // hz
    return [(0, int(t), float(value)) for t, value in zip(t_us, np.sin(np.arange(t_us.size)), strict=True)]


@pytest.mark.parametrize(
    ("hz", "finest_us"),
    [(400, None), (500, 100_000), (1000, 100_000), (4900, 100_000), (5000, 10_000), (10_000, 10_000)],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_seconds_keep_the_tiers_whose_buckets_hold_fifty_readings(
    database_url: str, project: Project, hz: int, finest_us: int | None, is_late: bool
) -> None:
    readings = stream(hz, 2)
    commits = [readings[: hz // 3], readings[hz // 3 : hz], readings[hz:]] if is_late else [readings]
    with closing(Store(database_url, project)) as store, create_work_pool(database_url, 2) as pool:
        for commit in commits:
            store.commit(commit)
            work_everything_off(pool)
    rows = [row for key, row in stored(database_url).items() if key[1] == 1]
    assert [row["finest_us"] for row in rows] == [finest_us] * 2
    assert [row["has_seconds"] for row in rows] == [finest_us is not None] * 2
    fine = stored_fine(database_url)
    tiers = [each for each in (100_000, 10_000) if finest_us is not None and each >= finest_us]
    assert len(fine) == sum(2 * SECOND_US // tier_us for tier_us in tiers)
    assert_equal_fine(fine, expected_fine(database_url))
