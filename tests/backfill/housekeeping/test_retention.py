"""What a project no longer keeps goes, and nothing else does."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from backfill.housekeeping.retention import old_chunks, raise_bounds, retain
from backfill.jobs.row_claims import Pool
from backfill.rollups import buckets, refresh
from barograph.database.queries import query
from barograph.database.schema.program_roles import ProgramRole
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.times import DAY_US, SECOND_US, from_us, now_us
from tests.backfill.rollups.expected import (
    Rollups,
    Store,
    assert_equal,
    assert_equal_fine,
    expected,
    expected_fine,
    stored,
    stored_fine,
    work_everything_off,
)
from tests.ingest.database import ask, wait_for_a_blocked_backend
from tests.programs import url_of
from tests.seed import Project, seed_project

TODAY_US = now_us() // DAY_US * DAY_US
HOUR_US = 3600 * SECOND_US


def keep(database_url: str, project: Project, raw_days: int | None, rollup_days: int | None = None) -> None:
    """Keep so many days before `TODAY_US`, which midnight may have turned into yesterday by now."""
    passed = now_us() // DAY_US - TODAY_US // DAY_US
    ask(
        database_url,
        "update project set raw_keep_days = %s, rollup_keep_days = %s where id = %s",
        None if raw_days is None else raw_days + passed,
        None if rollup_days is None else rollup_days + passed,
        project.id,
    )


def days_of(database_url: str, project: Project) -> set[int]:
    """Which days before today the project has readings of."""
    rows = ask(
        database_url,
        "select distinct (extract(epoch from time) * 1000000)::bigint / 86400000000 from any_reading"
        " where sensor_id = any(%s)",
        list(project.sensor_ids),
    )
    return {TODAY_US // DAY_US - day for (day,) in rows}


def fill(store: Store, days: int) -> None:
    """Readings of each of so many days before today."""
    for day in range(1, days + 1):
        store.commit(
            [
                (slot, TODAY_US - day * DAY_US + hour * HOUR_US + second * SECOND_US, float(slot + second))
                for slot in range(2)
                for hour in (0, 7)
                for second in range(5)
            ]
        )


def record(database_url: str, project: Project) -> Rollups:
    return {key: row for key, row in stored(database_url).items() if key[0] in project.sensor_ids}


def test_whole_chunks_go_and_roll_ups_stay(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    fill(store, 5)
    work_everything_off(pool)
    before = record(database_url, project)
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert days_of(database_url, project) == {1, 2}
    kept = (
        "select distinct range_start from timescaledb_information.chunks where hypertable_name ~ '^reading'"
    )
    assert len(ask(database_url, kept)) == 2
    assert record(database_url, project) == before
    assert ask(database_url, "select raw_from, rollup_from from project where id = %s", project.id) == [
        (from_us(TODAY_US - 2 * DAY_US), None)
    ]


def test_where_others_keep_theirs_only_rows_go(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    other = seed_project(database_url, 2)
    fill(store, 4)
    with closing(Store(database_url, other)) as others:
        fill(others, 4)
    work_everything_off(pool)
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert days_of(database_url, project) == {1, 2}
    assert days_of(database_url, other) == {1, 2, 3, 4}


def test_what_is_not_rolled_up_yet_waits(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    fill(store, 4)
    keep(database_url, project, 2)
    wanted = expected(database_url)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert days_of(database_url, project) == {1, 2, 3, 4}
    work_everything_off(pool)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert days_of(database_url, project) == {1, 2}
    assert_equal(stored(database_url), wanted)


def test_what_becomes_dirty_between_look_and_deletion_stays(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    """A backfill has rewritten it meanwhile, and its new values are in no roll-up yet."""
    fill(store, 4)
    work_everything_off(pool)
    keep(database_url, project, 2)
    with psycopg.Connection[DictRow].connect(
        database_url, autocommit=True, row_factory=dict_row
    ) as connection:
        raise_bounds(connection)
        chunk = next(chunk for chunk in old_chunks(connection) if chunk.table.name == "reading")
        found = connection.execute(query("retention.expired_reading"), chunk.parameters).fetchone()
        assert found is not None
        dirty: dict[str, Any] = {"minute": found["from"], "sensor_ids": [found["sensor_id"]]}
        connection.execute(
            "insert into dirty_window (minute, sensor_ids) values (%(minute)s, %(sensor_ids)s)", dirty
        )
        count = "select count(*) from any_reading"
        before = ask(database_url, count)
        connection.execute(query("retention.delete_reading"), found)
        assert ask(database_url, count) == before
        connection.execute("delete from dirty_window")
        connection.execute(query("retention.delete_reading"), found)
        assert ask(database_url, count) == [(before[0][0] - len(hour_of(4, 0)),)]


def hour_of(day: int, hour: int) -> list[tuple[int, int, float]]:
    """The readings that `fill` stores of an hour of the first sensor."""
    start_us = TODAY_US - day * DAY_US + hour * HOUR_US
    return [(0, start_us + second * SECOND_US, float(second)) for second in range(5)]


def test_roll_ups_follow_a_removal_that_the_bound_passes_over(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    """A whole hour of one day, a whole day, and one reading of another hour."""
    fill(store, 6)
    work_everything_off(pool)
    gone = [*hour_of(6, 0), *hour_of(5, 0), *hour_of(5, 7), *hour_of(4, 7)[:1]]
    assert store.remove(gone) == len(gone)
    wanted = expected(database_url)
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    work_everything_off(pool)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert days_of(database_url, project) == {1, 2}
    assert_equal(stored(database_url), wanted)


def test_a_window_of_which_nobody_knows_leaves_roll_ups_of_what_is_gone(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    fill(store, 4)
    work_everything_off(pool)
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    before = record(database_url, project)
    ask(
        database_url,
        "insert into dirty_window (minute, sensor_ids) values (%s, %s)",
        from_us(TODAY_US - 4 * DAY_US),
        list(project.sensor_ids),
    )
    work_everything_off(pool)
    assert record(database_url, project) == before


@pytest.mark.parametrize("is_held", [False, True])
def test_what_is_unfinished_holds_the_bound_for_a_day(
    database_url: str, store: Store, pool: Pool, project: Project, *, is_held: bool
) -> None:
    """What has failed once holds nothing."""
    fill(store, 5)
    work_everything_off(pool)
    keep(database_url, project, 4)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert store.remove(hour_of(4, 0)) == 5
    if is_held:
        ask(database_url, "update dirty_window set held_until = now()")
    keep(database_url, project, 3)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert bound(database_url, project) == from_us(TODAY_US - (3 if is_held else 4) * DAY_US)
    # A day later its day no longer lies just below.
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert bound(database_url, project) == from_us(TODAY_US - 2 * DAY_US)
    assert days_of(database_url, project) - {4} == {1, 2}


def bound(database_url: str, project: Project) -> datetime:
    ((raw_from,),) = ask(database_url, "select raw_from from project where id = %s", project.id)
    return raw_from


def test_roll_ups_go_when_they_are_due(database_url: str, store: Store, pool: Pool, project: Project) -> None:
    fill(store, 30)
    work_everything_off(pool)
    keep(database_url, project, 2, 20)
    retain(url_of(ProgramRole.WORKER, database_url))
    starts_s = {start_s for _, _, start_s in record(database_url, project)}
    assert min(starts_s) == (TODAY_US - 20 * DAY_US) // SECOND_US
    assert days_of(database_url, project) == {1, 2}


def test_fine_roll_ups_go_with_the_others(
    database_url: str, store: Store, pool: Pool, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "DENSE_READINGS", 1)
    monkeypatch.setattr(buckets, "FINE_BOUNDS", (1, 2))
    fill(store, 12)
    work_everything_off(pool)
    wanted = expected_fine(database_url)
    assert wanted
    keep(database_url, project, 2, 5)
    retain(url_of(ProgramRole.WORKER, database_url))
    kept = {key: row for key, row in wanted.items() if key[2] >= TODAY_US - 5 * DAY_US}
    assert 0 < len(kept) < len(wanted)
    assert_equal_fine(stored_fine(database_url), kept)
    left = ask(database_url, "select count(*) from rollup_fine")
    assert left == [(len(kept),)]


def test_a_window_of_readings_that_are_gone_changes_no_roll_up(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    fill(store, 4)
    work_everything_off(pool)
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    before = record(database_url, project)
    ask(
        database_url,
        "insert into dirty_window (minute, sensor_ids)"
        " select bucket, array_agg(sensor_id) from rollup where tier_s = 60 group by bucket",
    )
    work_everything_off(pool)
    assert record(database_url, project) == before


def test_after_the_bound_has_risen_nothing_older_is_taken(database_url: str, project: Project) -> None:
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    with closing(Store(database_url, project)) as fresh:
        assert fresh.codes([(0, TODAY_US - 2 * DAY_US - 1, 1.0), (0, TODAY_US - 2 * DAY_US, 1.0)]) == [
            RejectCode.TOO_OLD,
            None,
        ]


def test_a_rising_bound_is_told_and_audited(database_url: str, project: Project) -> None:
    keep(database_url, project, 2, 7)
    version = ask(database_url, "select catalog_version from project where id = %s", project.id)[0][0]
    retain(url_of(ProgramRole.WORKER, database_url))
    retain(url_of(ProgramRole.WORKER, database_url))
    assert ask(database_url, "select catalog_version from project where id = %s", project.id) == [
        (version + 1,)
    ]
    assert ask(database_url, "select actor, action, subject_id from audit_entry") == [
        ("barograph", "project.retain", project.public_id)
    ]
    assert ask(database_url, "select kind from event") == [("project.retained",)]


def test_two_workers_raise_a_bound_once(database_url: str, project: Project) -> None:
    keep(database_url, project, 2)
    with ThreadPoolExecutor(2) as executor:
        for future in [executor.submit(retain, database_url) for _ in range(2)]:
            future.result()
    assert ask(database_url, "select count(*) from audit_entry") == [(1,)]


def test_a_bound_is_never_lowered(database_url: str, project: Project) -> None:
    keep(database_url, project, 2)
    retain(url_of(ProgramRole.WORKER, database_url))
    for days in (30, None):
        keep(database_url, project, days)
        retain(url_of(ProgramRole.WORKER, database_url))
    assert ask(database_url, "select raw_from from project where id = %s", project.id) == [
        (from_us(TODAY_US - 2 * DAY_US),)
    ]


def test_a_commit_under_way_comes_before_the_new_bound(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    keep(database_url, project, 2)
    with ThreadPoolExecutor(1) as executor:
        with store.connection.transaction():
            store.add([(0, TODAY_US - 3 * DAY_US, 1.0)])
            retaining = executor.submit(retain, database_url)
            wait_for_a_blocked_backend(database_url)
        retaining.result()
    assert days_of(database_url, project) == {3}  # until it has been rolled up
    work_everything_off(pool)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert days_of(database_url, project) == set()
    assert len(record(database_url, project)) == 3
