"""The jobs of roll-ups: found without their messages, killed at any moment, not stopped by what fails."""

import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from dramatiq import Broker, Worker
from redis import Redis

from backfill.jobs.broker import create_broker
from backfill.jobs.declare import DeclaredJob
from backfill.jobs.row_claims import Pool
from backfill.jobs.scheduler import Scheduler
from backfill.jobs.waiting_work import WaitingWork
from backfill.rollups import refresh
from backfill.rollups.jobs import declare_rollups, roll_up_messages
from backfill.rollups.refresh import roll_up
from barograph.times import DAY_US, SECOND_US, now_us
from tests.backfill.rollups.expected import (
    Store,
    assert_equal,
    expected,
    look_each_time,
    stored,
    work_everything_off,
)
from tests.ingest.database import ask
from tests.programs import running
from tests.seed import Project

BASE_US = now_us() // DAY_US * DAY_US - 2 * DAY_US


@pytest.fixture
def broker(redis_url: str) -> Generator[Broker]:
    broker = create_broker(redis_url)
    yield broker
    broker.close()


@contextmanager
def scheduling(jobs: list[DeclaredJob[[]]]) -> Generator[None]:
    scheduler = Scheduler(jobs)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


@contextmanager
def working(broker: Broker) -> Generator[None]:
    worker = Worker(broker, worker_threads=4, worker_timeout=50)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def wait_until_nothing_is_dirty(database_url: str, timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while left := ask(database_url, "select count(*) from dirty_window")[0][0]:
        assert time.monotonic() < end, left
        time.sleep(0.05)


def messages(redis_url: str) -> int:
    with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]  # untyped extras
        return int(client.llen("dramatiq:rollup"))  # pyright: ignore[reportArgumentType]  # not awaitable here


def test_no_message_is_sent_where_nothing_is_to_be_done(
    database_url: str, redis_url: str, broker: Broker, pool: Pool, store: Store
) -> None:
    with scheduling(list(declare_rollups(broker, pool, look_each_time(pool)))):
        time.sleep(1)
        assert messages(redis_url) == 0
        store.commit([(0, BASE_US, 1.0)])
        time.sleep(1)
        assert messages(redis_url) > 0
    assert ask(database_url, "select count(*) from dirty_window") == [(1,)]


def test_a_lost_message_is_sent_again(
    database_url: str, redis_url: str, broker: Broker, pool: Pool, store: Store
) -> None:
    store.commit([(0, BASE_US, 1.0)])
    with scheduling(list(declare_rollups(broker, pool, look_each_time(pool)))):
        while not messages(redis_url):
            time.sleep(0.01)
        with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]  # untyped extras
            client.flushdb()  # pyright: ignore[reportUnknownMemberType]
        with working(broker):
            wait_until_nothing_is_dirty(database_url)


def test_two_schedulers_do_no_harm(database_url: str, broker: Broker, pool: Pool, store: Store) -> None:
    jobs = list(declare_rollups(broker, pool, look_each_time(pool)))
    with scheduling(jobs), scheduling(jobs), working(broker):
        for number in range(40):
            store.commit([(slot, BASE_US + number * SECOND_US, float(number)) for slot in range(3)])
            time.sleep(0.05)
        wait_until_nothing_is_dirty(database_url)
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


def test_workers_may_be_killed_at_any_moment(
    database_url: str, redis_url: str, store: Store, pool: Pool, tmp_path: Path
) -> None:
    environment = {"BAROGRAPH_REDIS_URL": redis_url}
    chance = random.Random(1)  # noqa: S311  # which worker dies when
    with (
        running("backfill", database_url, tmp_path / "one.log", environment) as one,
        running("backfill", database_url, tmp_path / "other.log", environment) as other,
    ):
        for number in range(30):
            at_us = [BASE_US + chance.randrange(120) * SECOND_US for _ in range(3)]
            store.commit(
                [
                    (slot, t_us + 300 * index, float(index - number))
                    for slot, t_us in enumerate(at_us)
                    for index in range(400)
                ]
            )
            time.sleep(0.05)
            if number % 10 == 9:
                worker = chance.choice([one, other])
                worker.kill()
                worker.start(wait_for=None)
        wait_until_nothing_is_dirty(database_url, 60)
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


def test_readings_are_rolled_up_within_two_seconds(
    database_url: str, redis_url: str, store: Store, project: Project, tmp_path: Path
) -> None:
    store.commit([(0, now_us(), 0.0)])
    with running("backfill", database_url, tmp_path / "log", {"BAROGRAPH_REDIS_URL": redis_url}) as worker:
        wait_until_nothing_is_dirty(database_url)
        for _ in range(10):
            store.commit([(slot, now_us(), 1.0) for slot in range(3)])
            time.sleep(0.3)
        wait_until_nothing_is_dirty(database_url, 5)
        metrics = httpx.get(f"{worker.url}/metrics").text
    lags = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in metrics.splitlines()
        if line.startswith("barograph_rollup_lag_seconds_bucket")
    }
    # The first waited for the worker to start.
    within = lags['barograph_rollup_lag_seconds_bucket{le="2.0"}']
    assert within >= lags['barograph_rollup_lag_seconds_bucket{le="+Inf"}'] - 1
    assert 'barograph_jobs_total{actor="roll_up",result="done"}' in metrics
    assert stored(database_url).keys() >= {
        (sensor_id, 60, now_us() // 60_000_000 * 60) for sensor_id in project.sensor_ids
    }


def test_a_window_rests_until_its_second_is_full_or_computed_for_others(
    database_url: str, store: Store, pool: Pool
) -> None:
    rest_s = 30.0
    waiting = WaitingWork(pool, max_windows=10, fold_grace_s=10, window_rest_s=rest_s, keep_s=0)
    store.commit([(0, BASE_US, 1.0)])
    roll_up(pool, rest_s=rest_s)
    assert waiting.count("windows") == 0
    assert stored(database_url) == {}
    ask(database_url, "update dirty_window set created_at = created_at - interval '1 minute'")
    assert waiting.count("windows") == 1
    store.commit([(1, BASE_US + SECOND_US - 1, 2.0), (1, BASE_US + SECOND_US, 3.0)])
    store.commit([(1, BASE_US + 2 * SECOND_US, 4.0)])
    store.commit([(2, BASE_US + 60 * SECOND_US, 5.0)])
    roll_up(pool, rest_s=rest_s)
    left = ask(database_url, "select seconds from dirty_window order by id")
    assert left == [([1 << 2],), ([1],)]
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


@pytest.mark.parametrize(("age_s", "pauses"), [(2, 1), (60, 0)])
def test_a_worker_pauses_for_ingest_until_windows_are_late(
    database_url: str,
    store: Store,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
    age_s: int,
    pauses: int,
) -> None:
    paused_s: list[float] = []
    monkeypatch.setattr(refresh.time, "sleep", paused_s.append)
    store.commit([(0, BASE_US, 1.0)])
    ask(database_url, "update dirty_window set created_at = created_at - make_interval(secs => %s)", age_s)
    roll_up(pool, rest_s=1.0)
    assert len(paused_s) == pauses
    assert all(0 < each <= refresh.WORK_S for each in paused_s)
    assert stored(database_url) != {}


def test_a_window_that_fails_alone_is_held_and_the_rest_goes_on(
    database_url: str, store: Store, pool: Pool, project: Project
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "create function refuse() returns trigger language plpgsql as"
            " $$ begin raise exception 'refused'; end $$"
        )
        connection.execute(
            "create trigger refuse before insert on rollup for each row"
            " when (new.raw_max = 666) execute function refuse()"
        )
    for number in range(8):
        store.commit([(1, BASE_US, 666.0) if number == 5 else (0, BASE_US + number * SECOND_US, 1.0)])
    for _ in range(3):
        roll_up(pool)
    assert roll_up_messages(look_each_time(pool)) == 0
    held = ask(database_url, "select sensor_ids from dirty_window where held_until > now()")
    assert held == [([project.sensor_ids[1]],)]
    assert {row["raw_count"] for row in stored(database_url).values()} == {7}
    with psycopg.connect(database_url) as connection:
        connection.execute("drop trigger refuse on rollup")
        connection.execute("update dirty_window set held_until = now()")
    work_everything_off(pool)
    assert_equal(stored(database_url), expected(database_url))


def test_catching_up_begins_with_the_newest(database_url: str, store: Store, pool: Pool) -> None:
    minutes_us = [BASE_US + hour * 3600 * SECOND_US for hour in range(5)]
    for minute_us in minutes_us:
        store.commit([(0, minute_us, 1.0)])
    with psycopg.connect(database_url) as connection:
        connection.execute("create table seen (id bigint generated always as identity, bucket timestamptz)")
        connection.execute(
            "create function note() returns trigger language plpgsql security definer as"
            " $$ begin insert into seen (bucket) values (new.bucket); return new; end $$"
        )
        connection.execute("create trigger note before insert on rollup for each row execute function note()")
    work_everything_off(pool)
    seen = ask(database_url, "select (extract(epoch from bucket) * 1000000)::bigint from seen order by id")
    assert [t_us for (t_us,) in seen][:5] == minutes_us[::-1]
