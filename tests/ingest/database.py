"""What a test sees when it looks into the database itself."""

import time
from typing import Any, LiteralString

import psycopg

from tests.seed import Project


def ask(database_url: str, statement: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a statement, if it has any."""
    with psycopg.connect(database_url) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def stored(
    database_url: str, project: Project, columns: LiteralString = "sensor_id, time, raw"
) -> list[tuple[Any, ...]]:
    """The project's readings, in their order."""
    return ask(
        database_url,
        f"select {columns} from any_reading where sensor_id = any(%s)"  # noqa: S608  # the test's own words
        " order by sensor_id, time, raw, physical",
        list(project.sensor_ids),
    )


def raw(database_url: str, project: Project) -> list[float]:
    """The project's stored values, in order."""
    return sorted(value for (value,) in stored(database_url, project, "raw"))


def wait_for_a_blocked_backend(database_url: str) -> int:
    """The pid of the first backend that waits for a lock."""
    while True:
        waiting = ask(
            database_url,
            "select pid from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'",
        )
        if waiting:
            return waiting[0][0]
        time.sleep(0.01)
