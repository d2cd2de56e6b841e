"""The worker as a process: its jobs run on schedule, against a real broker and database."""

import time
from collections.abc import Generator
from pathlib import Path
from typing import LiteralString

import httpx
import psycopg
import pytest

from tests.backfill.housekeeping.statements import run_now
from tests.programs import Program, running


@pytest.fixture
def worker(database_url: str, redis_url: str, tmp_path: Path) -> Generator[Program]:
    with running(
        "backfill", database_url, tmp_path / "worker.log", {"BAROGRAPH_REDIS_URL": redis_url}
    ) as program:
        yield program


def wait_until(
    database_url: str, statement: LiteralString, expected: tuple[object, ...], timeout_s: float = 20
) -> None:
    end = time.monotonic() + timeout_s
    while True:
        with psycopg.connect(database_url) as connection:
            row = connection.execute(statement).fetchone()
        if row == expected:
            return
        assert time.monotonic() < end, (row, expected)
        time.sleep(0.1)


def test_what_is_due_of_a_bucket_becomes_one(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into fold_due (tier_s, bucket, sensor_ids) values"
            " (3600, '2026-01-01T00:00Z', '{1,2}'), (3600, '2026-01-01T00:00Z', '{2,3}'),"
            " (86400, '2026-01-01T00:00Z', '{1}'), (3600, '2026-01-01T01:00Z', '{4}')"
        )
    assert run_now(database_url, "housekeeping.coalesce_folds") == 1
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select tier_s, sensor_ids from fold_due order by bucket, tier_s"
        ).fetchall()
    assert rows == [(3600, [1, 2, 3]), (86400, [1]), (3600, [4])]


def test_stretches_to_convert_again_that_touch_become_one(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into project (name) values ('p')")
        connection.execute("insert into sensor (project_id, key) values (1, 'a'), (1, 'b')")
        connection.execute(
            "insert into recalibration_due (sensor_id, during) values"
            " (1, '[2026-01-01T00:00Z,2026-01-01T00:10Z]'), (1, '[2026-01-01T00:05Z,2026-01-01T00:20Z]'),"
            " (1, '[2026-01-02T00:00Z,2026-01-02T00:01Z]'), (2, '[2026-01-01T00:00Z,2026-01-01T00:10Z]')"
        )
    # By itself: the worker converts them, and they are gone.
    run_now(database_url, "housekeeping.coalesce_recalibrations")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select sensor_id, upper(during) - lower(during) from recalibration_due"
            " order by sensor_id, during"
        ).fetchall()
    assert [(sensor_id, length.seconds) for sensor_id, length in rows] == [(1, 1200), (1, 60), (2, 600)]


def test_receipts_expire_after_a_week_those_of_lines_after_an_hour(
    worker: Program, database_url: str
) -> None:
    assert worker.process is not None
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into project (name) values ('p')")
        connection.execute("insert into ingest_token (project_id, name, token_hash) values (1, 't', 'x')")
        connection.execute(
            "insert into ingest_receipt (token_id, key, body_hash, receipt, created_at)"
            " select id, kind || age, '', '{}', now() - age::interval"
            " from ingest_token, unnest('{6 days,8 days,30 minutes,2 hours}'::text[]) as age,"
            " unnest(array['', e'lines\\n']) as kind"
        )
    worker.kill()
    worker.start()
    kept = ["2 hours", "30 minutes", "6 days", "lines\n30 minutes"]
    wait_until(database_url, 'select array_agg(key order by key collate "C") from ingest_receipt', (kept,))


def test_metrics_name_the_actors(worker: Program, database_url: str) -> None:
    wait_until(database_url, "select 1", (1,))
    end = time.monotonic() + 60
    while (
        'barograph_jobs_total{actor="expire_ingest_receipts",result="done"}'
        not in httpx.get(f"{worker.url}/metrics").text
    ):
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.nightly
def test_jobs_come_through_rabbitmq_too(database_url: str, tmp_path: Path, rabbitmq_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into dirty_window (minute, sensor_ids) values ('2026-01-01T00:00Z', '{1}')"
        )
    with running(
        "backfill", database_url, tmp_path / "log", {"BAROGRAPH_BROKER_URL": rabbitmq_url}
    ) as worker:
        wait_until(database_url, "select count(*) from dirty_window", (0,))
        assert worker.stop() == 0


def test_sigterm_ends_the_worker_in_good_order(worker: Program) -> None:
    assert worker.stop() == 0
