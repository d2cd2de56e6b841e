"""Numbers of work that waits, as the worker's metrics show them."""

import psycopg
from prometheus_client import CollectorRegistry

from backfill.jobs.work_metrics import QueueMetrics, WaitingWorkMetrics
from barograph.database.schema.program_roles import ProgramRole
from barograph.errors import Unavailable
from tests.programs import free_port, url_of


def numbers(database_url: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(WaitingWorkMetrics(url_of(ProgramRole.WORKER, database_url)))
    return registry


def test_work_is_counted_by_status(database_url: str) -> None:
    registry = numbers(database_url)
    assert registry.get_sample_value("barograph_rollup_oldest_window_seconds") == 0
    assert registry.get_sample_value("barograph_webhook_oldest_waiting_seconds") == 0
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into project (name) values ('p')")
        connection.execute("insert into sensor (project_id, key) values (1, 'a')")
        connection.execute(
            "insert into dirty_window (minute, sensor_ids, created_at, held_until) values"
            " ('2026-01-01T00:00Z', '{1}', now() - interval '1 hour', now() + interval '1 hour'),"
            " ('2026-01-01T00:01Z', '{1}', now(), null)"
        )
        connection.execute(
            "insert into recalibration_due (sensor_id, during, held_until) values"
            " (1, '[2026-01-01T00:00Z,2026-01-01T00:10Z]', now() + interval '1 hour')"
        )
        connection.execute(
            "insert into import (project_id, file_name, size_bytes, status, ended_at) values"
            " (1, 'a', 1, 'failed', now()), (1, 'b', 1, 'failed', now() - interval '2 hours'),"
            " (1, 'c', 1, 'ready', null)"
        )
    assert registry.get_sample_value("barograph_rollup_windows_waiting") == 2
    assert registry.get_sample_value("barograph_rollup_windows_held") == 1
    oldest_s = registry.get_sample_value("barograph_rollup_oldest_window_seconds")
    assert oldest_s is not None
    assert 3600 <= oldest_s < 3600 + 600
    assert registry.get_sample_value("barograph_held_work", {"kind": "conversions"}) == 1
    assert registry.get_sample_value("barograph_held_work", {"kind": "measures"}) == 0
    assert registry.get_sample_value("barograph_imports", {"status": "failed"}) == 1
    assert registry.get_sample_value("barograph_imports", {"status": "ready"}) == 1


def test_files_that_came_wrong_are_counted_apart_from_those_that_are_lost(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into project (name) values ('p')")
        connection.execute("insert into experiment (project_id, name) values (1, 'e')")
        connection.execute("insert into run (project_id, experiment_id, name) values (1, 1, 'r')")
        connection.execute(
            "insert into artifact"
            " (project_id, run_id, name, kind, content_type, size_bytes, sha256, status, missing_since)"
            " select 1, 1, 'f', 'k', 't', 1, sha256('f'), status, missing_since"
            " from (values ('damaged', null), ('damaged', null), ('ready', now()), ('ready', null))"
            " as made (status, missing_since)"
        )
    registry = numbers(database_url)
    assert registry.get_sample_value("barograph_artifacts", {"status": "damaged"}) == 2
    assert registry.get_sample_value("barograph_artifacts", {"status": "missing"}) == 1
    assert registry.get_sample_value("barograph_artifacts", {"status": "ready"}) is None


def test_a_message_that_waits_for_its_webhook_has_an_age(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into project (name) values ('p')")
        connection.execute("insert into webhook (project_id, url, secret) values (1, 'https://a', 'x')")
        connection.execute(
            "insert into webhook_standing (webhook_id, next_at) values (1, now() - interval '1 hour')"
            " on conflict (webhook_id) do update set next_at = excluded.next_at"
        )
        connection.execute("insert into webhook_delivery (webhook_id, event_id) values (1, 1)")
    registry = numbers(database_url)
    waiting_s = registry.get_sample_value("barograph_webhook_oldest_waiting_seconds")
    assert waiting_s is not None
    assert 3600 <= waiting_s < 3600 + 600
    assert registry.get_sample_value("barograph_webhook_deliveries", {"status": "waiting"}) == 1


def test_numbers_are_absent_while_the_database_is_away() -> None:
    registry = CollectorRegistry()
    registry.register(WaitingWorkMetrics(f"postgresql://127.0.0.1:{free_port()}/none"))
    assert registry.get_sample_value("barograph_rollup_windows_waiting") is None
    assert registry.get_sample_value("barograph_held_work", {"kind": "measures"}) is None


def test_queues_are_absent_while_the_broker_is_away() -> None:
    def nobody_answers() -> dict[str, int]:
        raise Unavailable("the broker does not answer")

    registry = CollectorRegistry()
    registry.register(QueueMetrics(nobody_answers))
    assert registry.get_sample_value("barograph_queue_messages", {"queue": "rollups"}) is None
