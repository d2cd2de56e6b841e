"""Workers, folds and late commits at once. Each test pauses one worker at the worst moment."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from psycopg import IsolationLevel

from backfill.jobs.row_claims import Connection, Pool, RowClaim, claim_rows
from backfill.rollups.fold import ClosedBucket, fold_bucket
from backfill.rollups.refresh import HOUR_S, DirtyHour, consume_windows
from barograph.database.queries import query
from barograph.times import DAY_US, SECOND_US, from_us, now_us
from tests.backfill.rollups.expected import Store, assert_equal, expected, stored, work_everything_off
from tests.ingest.database import wait_for_a_blocked_backend
from tests.seed import Project

BASE_US = now_us() // DAY_US * DAY_US - 2 * DAY_US
HOUR = DirtyHour(from_us(BASE_US))
GATE = 4711


@pytest.fixture
def gate(database_url: str) -> Generator[psycopg.Connection]:
    """Once closed, who has computed roll-ups waits before writing them, if its session minds the gate."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "create function wait_at_gate() returns trigger language plpgsql as $$ begin"
            "  if current_setting('test.minds_gate', true) = 'on' then"
            "    perform pg_advisory_xact_lock_shared(4711);"
            "  end if;"
            "  return new;"
            "end $$"
        )
        connection.execute(
            "create trigger wait_at_gate before insert on rollup for each row execute function wait_at_gate()"
        )
        yield connection


@contextmanager
def paused_at(
    gate: psycopg.Connection, database_url: str, work: Callable[[], RowClaim | None]
) -> Generator[Future[RowClaim | None]]:
    """The work, once it has read and computed and is about to write; it goes on afterwards."""
    gate.execute("select pg_advisory_lock(%s)", (GATE,))
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(work)
        try:
            wait_for_a_blocked_backend(database_url)
            yield future
        finally:
            gate.execute("select pg_advisory_unlock(%s)", (GATE,))


def mind_gate(connection: Connection, level: IsolationLevel) -> None:
    connection.isolation_level = level
    connection.execute("set test.minds_gate = 'on'")


def race_with_a_late_commit(
    database_url: str, store: Store, pool: Pool, gate: psycopg.Connection, level: IsolationLevel
) -> None:
    """A worker reads; a late reading is committed; another worker takes that in; then the first writes."""
    store.commit([(1, BASE_US, 0.0)])
    work_everything_off(pool)  # the first of all makes a chunk, for which the others would have to wait
    store.commit([(0, BASE_US, 1.0)])
    with pool.connection() as slow, pool.connection() as fast:
        mind_gate(slow, level)

        def work() -> RowClaim | None:
            return claim_rows(slow, partial(consume_windows, slow, HOUR), query("rollup.hold_window"), 10)

        with paused_at(gate, database_url, work) as future:
            store.commit([(0, BASE_US + SECOND_US, 2.0)])
            assert consume_windows(fast, HOUR) is not None
        assert future.result() is not None


@pytest.mark.parametrize("is_first", [True, False])
def test_a_worker_never_overwrites_what_it_has_not_read(
    database_url: str, store: Store, pool: Pool, gate: psycopg.Connection, is_first: bool
) -> None:
    # The other worker has changed the row, or has made it first: a key that exists.
    if not is_first:
        store.commit([(0, BASE_US, 0.0)])
        work_everything_off(pool)
    race_with_a_late_commit(database_url, store, pool, gate, IsolationLevel.REPEATABLE_READ)
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


def test_under_read_committed_it_would(
    database_url: str, store: Store, pool: Pool, gate: psycopg.Connection, project: Project
) -> None:
    race_with_a_late_commit(database_url, store, pool, gate, IsolationLevel.READ_COMMITTED)
    work_everything_off(pool)
    minute = (project.sensor_ids[0], 60, BASE_US // SECOND_US)
    assert stored(database_url)[minute]["raw_count"] == 1
    assert expected(database_url)[minute]["raw_count"] == 2


def test_what_changes_while_a_bucket_is_folded_is_still_due(
    database_url: str, store: Store, pool: Pool, gate: psycopg.Connection
) -> None:
    store.commit([(0, BASE_US, 1.0)])
    work_everything_off(pool)
    store.commit([(0, BASE_US, 2.0)])
    with pool.connection() as folding, pool.connection() as rolling:
        assert consume_windows(rolling, HOUR) is not None
        mind_gate(folding, IsolationLevel.REPEATABLE_READ)

        def work() -> RowClaim | None:
            bucket = ClosedBucket(HOUR_S, HOUR.start)
            return claim_rows(
                folding,
                lambda max_rows: fold_bucket(folding, bucket, max_rows),
                query("rollup.hold_fold"),
                10,
            )

        with paused_at(gate, database_url, work) as future:
            store.commit([(0, BASE_US + SECOND_US, 2.0)])
            assert consume_windows(rolling, HOUR) is not None
        assert future.result() is not None
        due = rolling.execute("select tier_s from fold_due order by tier_s").fetchall()
    assert [row["tier_s"] for row in due] == [3600, 86400]
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


def test_a_commit_under_way_is_rolled_up_once_it_is_there(
    database_url: str, store: Store, pool: Pool
) -> None:
    with store.connection.transaction():
        store.add([(0, BASE_US, 1.0)])
        store_other = [(0, BASE_US + 1, 2.0)]
        work_everything_off(pool)
        assert stored(database_url) == {}
        store.add(store_other)
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


def test_many_workers_at_once_leave_the_same_as_one(database_url: str, store: Store, pool: Pool) -> None:
    stopping = threading.Event()

    def work() -> None:
        # Without the locks that keep them apart: they meet as often as they can.
        with pool.connection() as connection:
            while not stopping.is_set():
                claim_rows(
                    connection, partial(consume_windows, connection, HOUR), query("rollup.hold_window"), 2
                )

    with ThreadPoolExecutor(3) as executor:
        workers = [executor.submit(work) for _ in range(3)]
        for number in range(150):
            store.commit(
                [
                    (slot, BASE_US + (number * 37 % 60) * 700_000 + index, float(number - index))
                    for slot in range(3)
                    for index in range(20)
                ]
            )
        stopping.set()
        for worker in workers:
            worker.result()
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))
