"""Readings and dead letters put straight into the database, as ingest would have left them."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString

import numpy as np
import psycopg

from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.times import from_us, now_us
from tests.api.server import Server

NOW_US = now_us()
DAY_US = 86400 * 10**6


@dataclass(frozen=True)
class Stored:
    """One reading. `profile` is the number of the sensor's version."""

    t_us: int
    raw: float
    physical: float | None = None
    profile: int | None = None
    flags: int | None = None


def store(database_url: str, sensor_id: str, readings: Iterable[Stored]) -> None:
    """Writes readings of a sensor, named by its public id, and that roll-ups don't hold them yet."""
    readings = list(readings)
    times = [reading.t_us for reading in readings]
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select id from sensor where public_id = %s", (sensor_id,)).fetchone()
        assert row is not None
        versions: dict[int | None, int] = dict(
            connection.execute(
                "select number, id from conversion_profile where sensor_id = %s", row
            ).fetchall()
        )
        columns = ReadingColumns(
            np.array(times, np.int64),
            np.array([reading.raw for reading in readings], np.float64),
            np.array([math.nan if each.physical is None else each.physical for each in readings], np.float64),
            np.full(len(times), row[0], np.int32),
            np.array([versions.get(reading.profile, -1) for reading in readings], np.int32),
            np.array([reading.flags or 0 for reading in readings], np.int16).view(np.uint16),
        )
        copy_readings(connection, encode_readings(columns, in_blocks=True))
        connection.execute(
            "insert into dirty_window (minute, sensor_ids) select distinct date_trunc('minute', t), array[%s]"
            " from unnest(%s::timestamptz[]) as t",
            (row[0], [from_us(t_us) for t_us in times]),
        )


def see(database_url: str, sensor_id: str, time: datetime) -> None:
    """Notes that the server received something of the sensor at this time."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into sensor_liveness (sensor_id, last_seen_at)"
            " select id, %s from sensor where public_id = %s",
            (time, sensor_id),
        )


def produce(server: Server, project: str, name: str) -> str:
    """A producer of a project, as the bind of a gateway makes it; its public id."""
    with psycopg.connect(server.database_url) as connection:
        (made,) = connection.execute(
            "insert into producer (project_id, name) select id, %s from project where public_id = %s"
            " returning public_id::text",
            (name, project),
        ).fetchall()
    return made[0]


@dataclass(frozen=True)
class Letter:
    """A refused reading, as ingest leaves it."""

    sensor: str
    code: str = "unknown-sensor"
    t_us: int = NOW_US - DAY_US
    value: float = 1.5
    producer: str | None = None
    age: str = "0 s"
    text: str | None = None


def refuse(server: Server, project: str, *letters: Letter) -> None:
    """Writes them into a project, named by its public id."""
    with psycopg.connect(server.database_url) as connection:
        for number, letter in enumerate(letters):
            if letter.producer is not None:
                connection.execute(
                    "insert into producer (project_id, name) select id, %s from project where public_id = %s"
                    " on conflict do nothing",
                    (letter.producer, project),
                )
            connection.execute(
                "insert into reject_block"
                " (project_id, received_at, from_us, until_us, producer_ids, sensors, sensor_ids,"
                " codes, waiting,"
                " kind, seq, index, t_us, value, text)"
                " select project.id, now() - %(age)s::interval, %(t_us)s, %(t_us)s,"
                " array[coalesce(producer.id, 0)],"
                " array[%(sensor)s], array[coalesce(sensor.id, 0)], array[%(code)s], array[1],"
                " array[1], array[1],"
                " array[%(number)s::int], array[%(t_us)s::bigint], array[%(value)s::float8],"
                " case when %(text)s::text is not null then array[%(text)s] end"
                " from project"
                " left join producer on producer.project_id = project.id and producer.name = %(producer)s"
                " left join sensor on sensor.project_id = project.id and sensor.key = %(sensor)s"
                " where project.public_id = %(project)s",
                {"number": number, "project": project, **asdict(letter)},
            )


def alarm(database_url: str, limit_id: str) -> str:
    """An active alarm of a limit; its public id."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "insert into alarm (project_id, sensor_id, limit_id, level, since, raised_at, value)"
            " select project_id, sensor.id, sensor_limit.id, level, now(), now(), 2"
            " from sensor_limit join sensor on sensor.id = sensor_id"
            " where sensor_limit.public_id = %s returning public_id::text",
            (limit_id,),
        ).fetchone()
    assert row is not None
    return row[0]


def forget(database_url: str, sensor_id: str | None = None, before: datetime | None = None) -> None:
    """Deletes readings, as retention does: of a sensor or of all, before a whole minute or ever."""
    asked = {"sensor_id": sensor_id, "before": before}
    statements: tuple[LiteralString, ...] = (
        "delete from reading where (%(before)s::timestamptz is null or time < %(before)s)",
        "delete from reading_block where (%(before)s::timestamptz is null or first_time < %(before)s)",
    )
    own: LiteralString = (
        " and (%(sensor_id)s::uuid is null"
        " or sensor_id = (select id from sensor where public_id = %(sensor_id)s))"
    )
    with psycopg.connect(database_url) as connection:
        for statement in statements:
            connection.execute(statement + own, asked)
