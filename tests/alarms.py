"""Limits made straight in the database, and the alarms and excursions that came of them."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row, dict_row

from backfill.excursions.compute import compute_due
from backfill.jobs.row_claims import create_work_pool
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import from_us, to_us
from tests.barograph.alarms.limits import Limit, ModelAlarm
from tests.programs import url_of
from tests.seed import Project, change_catalog

UNBOUNDED = {"lower": -(2**63), "upper": 2**63 - 1}


def add_limits(database_url: str, project: Project, *limits: Limit) -> list[int]:
    """Of the project's sensors by slot; their ids."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        return [_add(connection, project.sensor_ids[limit.slot], limit) for limit in limits]


def alarms_of(database_url: str, limit_id: int) -> list[ModelAlarm]:
    """In the order in which they were raised."""
    with psycopg.connect(database_url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "select since, raised_at, value, cleared_at, cleared_value from alarm"
            " where limit_id = %s order by id",
            (limit_id,),
        ).fetchall()
    return [
        ModelAlarm(
            to_us(row["since"]),
            to_us(row["raised_at"]),
            row["value"],
            None if row["cleared_at"] is None else to_us(row["cleared_at"]),
            row["cleared_value"],
        )
        for row in rows
    ]


class Told(NamedTuple):
    """An event of an alarm."""

    kind: str
    at: str


class FoundExcursion(NamedTuple):
    from_us: int
    to_us: int
    extreme: float


def events_of(database_url: str, limit_id: int) -> list[Told]:
    """In the order in which they were written."""
    with (
        psycopg.connect(database_url) as connection,
        connection.cursor(row_factory=class_row(Told)) as cursor,
    ):
        return cursor.execute(
            "select kind, case kind when 'alarm.raised' then payload->>'raised_at'"
            " else payload->>'cleared_at' end as at"
            " from event where payload->>'limit_id'"
            " = (select public_id::text from sensor_limit where id = %s) order by id",
            (limit_id,),
        ).fetchall()


def excursions_of(database_url: str, limit_id: int) -> list[FoundExcursion]:
    """In order of time."""
    with (
        psycopg.connect(database_url) as connection,
        connection.cursor(row_factory=class_row(FoundExcursion)) as cursor,
    ):
        return cursor.execute(
            "select from_us, to_us, extreme from excursion where limit_id = %s order by from_us", (limit_id,)
        ).fetchall()


def _add(connection: psycopg.Connection[Any], sensor_id: int, limit: Limit) -> int:
    row = connection.execute(
        "insert into sensor_limit (sensor_id, level, min, max, hysteresis, delay_s, during)"
        " values (%s, 'warning', nullif(%s::float8, '-Infinity'), nullif(%s::float8, 'Infinity'), %s, %s,"
        " tstzrange(%s, %s)) returning id",
        (
            sensor_id,
            limit.low,
            limit.high,
            limit.hysteresis,
            limit.delay_us / 1_000_000,
            _bound(limit.from_us),
            _bound(limit.to_us),
        ),
    ).fetchone()
    assert row is not None
    return row[0]


def _bound(t_us: int) -> datetime | None:
    return None if t_us in UNBOUNDED.values() else from_us(t_us)


def compute_excursions(database_url: str) -> None:
    """As the worker does when something is due."""
    with create_work_pool(url_of(ProgramRole.WORKER, database_url), 1) as pool:
        compute_due(pool)
