"""Reads a few recent readings, and all else that an answer needs, by one statement without a transaction.

What has just come has no roll-ups yet, or so few that to find out which costs more than to read what they
are made of.

Why: decision 1160.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, LiteralString

from psycopg.rows import DictRow

from api.series.line.scope import Scope
from api.series.stored.fetch import profile_ranges
from api.series.stored.lookups import READING_CHUNK_US, split_spans
from api.series.stored.slices import Slice, readings_of
from barograph.archive.needs import NEVER_ARCHIVED_US
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.times import MINUTE_US, SECOND_US, now_us

MAX_FEW = 2000
# Of all sensors together: at one reading a second it holds so many.
LONGEST_US = 30 * MINUTE_US

# Follows another statement.
PARTS = ("series.at_once",)


@dataclass(frozen=True)
class FewReadings:
    """All readings of a question.

    Attributes:
        profiles: the versions that made the values, by sensor and number.
        has_gaps: whether something is known to be missing among them.
    """

    read: Slice
    profiles: Sequence[Mapping[str, Any]]
    has_gaps: bool


async def read_few(connection: Connection, scope: Scope, sensors: Sequence[DictRow]) -> FewReadings | None:
    """The readings of the sensors; None where they are more than a few, or some may be gone or filed."""
    if not 0 < scope.asked.length <= LONGEST_US or len(scope.gone):
        return None
    first_us = int(scope.line.t_us(scope.asked.start).min())
    if first_us < now_us() - NEVER_ARCHIVED_US:
        return None
    (spans,) = split_spans(scope, {SECOND_US: scope.asked}, READING_CHUNK_US)
    told = {"max_rows": MAX_FEW, "takes_raw": True, "takes_profiles": False, "is_believed": False}
    parameters = spans.parameters(scope) | told | {"sensor_ids": scope.sensor_ids}
    # Planned for these times each time: only then are chunks left out.
    cursor = await connection.execute(_at_once(), parameters, prepare=False, binary=True)
    rows = await cursor.fetchall()
    held = [row for row in rows if row["track"] is not None]
    if sum(row["t_us"].size for row in held) > MAX_FEW:
        return None
    # Of more than two, those between the least and the greatest need not have been used.
    if any(row["profile_ids"].size > 2 for row in held):
        return None
    profiles = [] if scope.is_raw else [each for row in held for each in _named(row, sensors)]
    read = Slice(readings_of(scope, held, takes_profiles=False), profile_ranges(held))
    return FewReadings(read, profiles, rows[0]["has_gaps"])


def _named(row: DictRow, sensors: Sequence[DictRow]) -> list[dict[str, Any]]:
    sensor_id = sensors[int(row["track"])]["public_id"]
    named = zip(row["profile_names"], row["numbers"].tolist(), strict=True)
    return [{"sensor_id": sensor_id, "profile_id": name, "number": number} for name, number in named]


@cache
def _at_once() -> LiteralString:
    (following,) = PARTS
    return f"with part as ({query('series.readings')}) {query(following)}"


def composed() -> dict[str, str]:
    """The statement that is put together here."""
    return {"series.readings at once": _at_once()}
