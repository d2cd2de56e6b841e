"""Statements of housekeeping that run one after the other, every few seconds."""

import psycopg
import pytest

from backfill.housekeeping.rounds import HousekeepingRound, tidy_all
from barograph.database.connections import create_thread_pool
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from tests.programs import url_of
from tests.waiting import wait_until


def store_two_halves(database_url: str) -> None:
    """Of what is to fold of one bucket."""
    with psycopg.connect(database_url) as connection:
        for sensor_ids in ([1], [2]):
            connection.execute(
                "insert into fold_due (tier_s, bucket, sensor_ids) values (3600, '2026-01-01', %s)",
                (sensor_ids,),
            )


def is_whole(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        return connection.execute("select sensor_ids from fold_due").fetchall() == [([1, 2],)]


def test_a_round_goes_on_until_it_is_told_to_stop(database_url: str) -> None:
    pool = create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.HOUSEKEEPING)
    each = HousekeepingRound("tidy_often", 0.05, ["housekeeping.coalesce_folds"], pool, {})
    with pool:
        each.start()
        for _ in range(2):
            store_two_halves(database_url)
            wait_until(lambda: is_whole(database_url))
            with psycopg.connect(database_url) as connection:
                connection.execute("delete from fold_due")
        each.stop()
    assert not each.is_alive()
    assert not each.loop.is_late


def test_a_round_outlives_a_database_that_is_away(database_url: str) -> None:
    pool = create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.HOUSEKEEPING)
    each = HousekeepingRound("tidy_often", 0.05, ["housekeeping.coalesce_folds"], pool, {})
    each.start()  # the pool is not open yet
    wait_until(lambda: each.loop.failures > 0)
    store_two_halves(database_url)
    with pool:
        wait_until(lambda: is_whole(database_url))
        each.stop()


def test_a_statement_that_fails_keeps_none_of_the_others_from_its_turn(database_url: str) -> None:
    store_two_halves(database_url)
    pool = create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.HOUSEKEEPING)
    without_parameters = "housekeeping.close_capture_sessions"
    with pool, pytest.raises(ExceptionGroup) as failed:
        tidy_all(pool, [without_parameters, "housekeeping.coalesce_folds"], {})
    assert len(failed.value.exceptions) == 1
    assert is_whole(database_url)
