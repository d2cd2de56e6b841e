"""Numbers of backups, as the worker's metrics show them."""

import psycopg
from prometheus_client import CollectorRegistry

from backfill.jobs.backup_metrics import BackupMetrics
from barograph.database.schema.program_roles import ProgramRole
from tests.programs import free_port, url_of


def test_the_newest_good_one_has_an_age_and_a_size(database_url: str) -> None:
    registry = CollectorRegistry()
    registry.register(BackupMetrics(url_of(ProgramRole.WORKER, database_url)))
    assert registry.get_sample_value("barograph_backup_age_seconds") is None
    assert registry.get_sample_value("barograph_backups") == 0
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into backup_record (id, place, started_at, finished_at, size_bytes, faults)"
            " select id, '/b', now() - age, now() - age, size, faults"
            " from (values ('a', interval '3 h', 7, '{}'::text[]), ('b', '2 h', 8, '{}'),"
            " ('c', '1 h', 9, '{damaged}')) as made (id, age, size, faults)"
        )
    age_s = registry.get_sample_value("barograph_backup_age_seconds")
    assert age_s is not None
    assert 7200 <= age_s < 7200 + 600
    assert registry.get_sample_value("barograph_backup_size_bytes") == 8
    assert registry.get_sample_value("barograph_backups_faulty") == 1
    assert registry.get_sample_value("barograph_backup_verified_age_seconds") is None


def test_wal_has_an_age_once_somebody_has_kept_it(database_url: str) -> None:
    registry = CollectorRegistry()
    registry.register(BackupMetrics(url_of(ProgramRole.WORKER, database_url)))
    assert registry.get_sample_value("barograph_backup_wal_age_seconds") is None
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into backup_reach (place, reached_at) values ('/b', now() - interval '1 hour')"
        )
    age_s = registry.get_sample_value("barograph_backup_wal_age_seconds")
    assert age_s is not None
    assert 3600 <= age_s < 3600 + 600


def test_a_database_that_is_away_has_none() -> None:
    registry = CollectorRegistry()
    registry.register(BackupMetrics(f"postgresql://127.0.0.1:{free_port()}/x"))
    assert registry.get_sample_value("barograph_backups") is None
