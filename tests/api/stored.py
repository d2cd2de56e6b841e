"""Readings put straight into the database, as ingest would have left them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from barograph.times import from_us


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
        columns = "time, raw, physical, sensor_id, profile_id, flags"
        with connection.cursor() as cursor, cursor.copy(f"copy reading ({columns}) from stdin") as copy:
            for reading in readings:
                copy.write_row(
                    (
                        from_us(reading.t_us),
                        reading.raw,
                        reading.physical,
                        row[0],
                        versions.get(reading.profile),
                        reading.flags,
                    )
                )
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
