"""Statements of housekeeping that run one after the other."""

import psycopg
import pytest

from backfill.housekeeping.jobs import tidy_all
from barograph.database.connections import create_thread_pool
from barograph.database.program_roles import ProgramRole
from barograph.database.roles import Role
from tests.programs import url_of


def test_a_statement_that_fails_keeps_none_of_the_others_from_its_turn(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        for sensor_ids in ([1], [2]):
            connection.execute(
                "insert into fold_due (tier_s, bucket, sensor_ids) values (3600, '2026-01-01', %s)",
                (sensor_ids,),
            )
    pool = create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.HOUSEKEEPING)
    without_parameters = "housekeeping.close_capture_sessions"
    with pool, pytest.raises(ExceptionGroup) as failed:
        tidy_all(pool, [without_parameters, "housekeeping.coalesce_folds"], {})
    assert len(failed.value.exceptions) == 1
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select sensor_ids from fold_due").fetchall() == [([1, 2],)]
