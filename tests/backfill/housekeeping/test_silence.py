"""Alarms of sensors that fall silent: raised once, whoever looks, and cleared by what is heard."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.backfill.housekeeping.statements import run_now
from tests.backfill.housekeeping.test_connections import kinds, see
from tests.seed import Project, seed_project


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url)


def watch(database_url: str, sensor_id: int, silent_after_s: int | None) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update sensor set silent_after_s = %s where id = %s", (silent_after_s, sensor_id))


def look(database_url: str) -> int:
    """As the worker does; how many alarms were raised or cleared."""
    return sum(run_now(database_url, f"housekeeping.{name}_silences") for name in ("clear", "raise"))


def alarms(database_url: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select sensor_id, level, limit_id, cleared_at, end_reason, since < raised_at as is_after"
            " from alarm order by id"
        ).fetchall()


def test_silence_raises_one_alarm_and_what_is_heard_clears_it(database_url: str, project: Project) -> None:
    sensor = project.sensor_ids[0]
    watch(database_url, sensor, 20)
    assert look(database_url) == 0  # never heard of
    told: list[str] = []
    for ago_s, news in [(5, ()), (19, ()), (21, ("raised",)), (3600, ()), (2, ("cleared",)), (2, ())]:
        see(database_url, sensor, ago_s)
        look(database_url)
        assert look(database_url) == 0
        told += [f"alarm.{each}" for each in news]
        assert kinds(database_url) == told
    (alarm,) = alarms(database_url)
    assert (alarm["level"], alarm["limit_id"], alarm["is_after"]) == ("critical", None, True)
    assert (alarm["cleared_at"] is not None, alarm["end_reason"]) == (True, None)


def test_who_was_heard_in_between_and_fell_silent_again_has_two_alarms(
    database_url: str, project: Project
) -> None:
    sensor = project.sensor_ids[0]
    watch(database_url, sensor, 20)
    see(database_url, sensor, 100)
    look(database_url)
    see(database_url, sensor, 50)
    assert look(database_url) == 2
    assert [alarm["cleared_at"] is None for alarm in alarms(database_url)] == [False, True]


def test_an_alarm_ends_when_nobody_wants_to_know_any_more(database_url: str, project: Project) -> None:
    sensor = project.sensor_ids[0]
    watch(database_url, sensor, 20)
    see(database_url, sensor, 100)
    look(database_url)
    watch(database_url, sensor, None)
    assert look(database_url) == 1
    assert alarms(database_url)[0]["end_reason"] == "not-watched"


def test_workers_that_look_at_once_raise_and_clear_each_alarm_once(
    database_url: str, project: Project
) -> None:
    for ago_s, told in ((100, 3), (1, 3)):
        for sensor in project.sensor_ids:
            watch(database_url, sensor, 20)
            see(database_url, sensor, ago_s)
        with ThreadPoolExecutor(4) as threads:
            assert sum(threads.map(look, [database_url] * 4)) + look(database_url) == told
    assert sorted(kinds(database_url)) == ["alarm.cleared"] * 3 + ["alarm.raised"] * 3
