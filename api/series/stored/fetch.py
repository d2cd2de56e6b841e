"""Carries out a plan: roll-ups and readings of spans, as columns."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from api.questions.memory import note_held
from api.readings.as_of import put_back
from api.series.line.parts import COLUMNS, Floats, Integers
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.chunks import split_in_chunks
from api.series.stored.costs import ArchiveTooCostly, TooCostly
from api.series.stored.plan import FINE_US, HOUR_US, Staleness, mark_seconds
from barograph.archive.laying import TooMuchArchived
from barograph.archive.statements import with_archived
from barograph.database.connections import Connection
from barograph.database.copy_format import ReadingColumns
from barograph.errors import FieldError, Invalid
from barograph.times import DAY_US, MAX_US, MIN_US, MINUTE_US, SECOND_US, format_us, from_us

MAX_ROLLUPS = 1_000_000
_OF_SPANS = ("track", "sensor_id", "tier_s", "tier_us", "from_us", "to_us")
MAX_APART_US = 400 * DAY_US
# On which fine roll-ups are looked for: each is a chunk, which is two locks.
MAX_FINE_DAYS = 60


class BelievedGone(Invalid):
    """What was believed then is not known any more"""

    slug = "believed-gone"


@dataclass(frozen=True)
class Rollups:
    """Roll-ups of one tier and track.

    Attributes:
        position: int64[n], where each begins.
        count: int64[n].
        columns: as in `Parts`. NaN is a mean that roll-ups can't hold, and the rest of a mean that an earlier
            release made.
    """

    tier_us: int
    track: int
    position: NDArray[np.int64]
    count: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]

    @property
    def size_bytes(self) -> int:
        """The bytes that they take."""
        return self.count.nbytes * (2 + len(self.columns))


@dataclass(frozen=True)
class ProfileRange:
    """The least and the greatest version (surrogates) behind values of a track."""

    track: int
    lowest: int
    highest: int


async def fetch_staleness(connection: Connection, scope: Scope) -> Staleness:
    """Finds the changes that roll-ups of the scope don't hold yet."""
    row = await fetch_row(connection, "series.stale", scope.bounds)
    place, start = scope.place(row["sensor_id"], row["bucket"])
    tier_s, seconds = row["tier_s"][place], row["seconds"][place]
    is_minute = tier_s == MINUTE_US // SECOND_US
    due = {
        tier_us: Spans.of(start[is_tier], start[is_tier] + tier_us)
        for tier_us in (HOUR_US, DAY_US)
        for is_tier in [tier_s == tier_us // SECOND_US]
    }
    dirty = mark_seconds(start[is_minute], seconds[is_minute])
    if scope.as_of is not None:
        rewritten = await _fetch_rewritten(connection, scope, scope.as_of)
        _check_known(scope, rewritten)
        dirty = Spans.union([dirty, rewritten.subtract(scope.gone)])
    return Staleness(dirty, due, scope.gone)


async def fetch_kept_seconds(connection: Connection, scope: Scope, minutes: Spans) -> Spans:
    """Reads for which of the minutes seconds are kept."""
    found: list[Spans] = []
    for part in await split_in_chunks(connection, scope, "rollup", {MINUTE_US: minutes}):
        parameters = part.parameters(scope)
        row = await fetch_row(connection, "series.minutes_with_seconds", parameters)
        start = scope.line.position(row["track"], row["bucket"])
        found.append(Spans.of(start, start + MINUTE_US))
    return Spans.union(found)


async def fetch_kept_fine(connection: Connection, scope: Scope, seconds: Spans) -> dict[int, Spans]:
    """Reads by tier, the coarsest first, for which seconds fine buckets are kept; none of too many."""
    start_us = scope.line.t_us(seconds.start)
    days = Spans.of(start_us, start_us + seconds.end - seconds.start).widen(DAY_US)
    if seconds.length > MAX_ROLLUPS * SECOND_US or days.length > MAX_FINE_DAYS * DAY_US:
        return dict.fromkeys(FINE_US, Spans.none())
    found: dict[int, list[Spans]] = {tier_us: [] for tier_us in FINE_US}
    for part in await split_in_chunks(connection, scope, "rollup", {SECOND_US: seconds}):
        row = await fetch_row(connection, "series.seconds_with_fine", part.parameters(scope))
        start = scope.line.position(row["track"], row["bucket"])
        for tier_us, spans in found.items():
            held = start[row["finest_us"] <= tier_us]
            spans.append(Spans.of(held, held + SECOND_US))
    return {tier_us: Spans.union(spans) for tier_us, spans in found.items()}


async def fetch_rollups(
    connection: Connection, scope: Scope, tiers: Mapping[int, Spans], needed: frozenset[str]
) -> tuple[list[Rollups], list[ProfileRange]]:
    """All roll-ups of the spans that hold values of the layer.

    Raises:
        TooCostly: they are too many.
    """
    found: list[Rollups] = []
    ranges: list[ProfileRange] = []
    flags = {name: name in needed for name in COLUMNS}
    count = 0
    async for parameters in _of_tiers(connection, scope, tiers, MAX_ROLLUPS):
        max_rows = {"max_rows": MAX_ROLLUPS - count}
        rows = await fetch_rows(connection, "series.rollups", parameters | flags | max_rows)
        some = [_rollups(scope, row, needed) for row in rows]
        found += some
        count += sum(each.count.size for each in some)
        await note_held(sum(each.size_bytes for each in some))
        ranges += profile_ranges(rows)
        if count > MAX_ROLLUPS:
            raise TooCostly(
                f"the question covers more than {MAX_ROLLUPS:,} roll-ups; ask for a larger bucket, a "
                "shorter period or fewer sensors"
            )
    return found, ranges


async def _of_tiers(
    connection: Connection, scope: Scope, tiers: Mapping[int, Spans], max_rows: int | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The parameters of each statement that reads roll-ups of these tiers.

    Args:
        max_rows: where a statement could find more, it is one for each track.
    """
    coarse = {tier_us: spans for tier_us, spans in tiers.items() if tier_us >= SECOND_US}
    fine = {tier_us: spans for tier_us, spans in tiers.items() if tier_us < SECOND_US}
    for part in await split_in_chunks(connection, scope, "rollup", coarse):
        for parameters in _by_track(part.parameters(scope), max_rows):
            yield parameters | {"is_fine": False}
    for part in await split_in_chunks(connection, scope, "rollup_fine", fine):
        for parameters in _by_track(part.parameters(scope), max_rows):
            yield parameters | {"is_fine": True}


def _by_track(parameters: dict[str, Any], max_rows: int | None) -> Iterator[dict[str, Any]]:
    length_us = parameters["to_us"] - parameters["from_us"]
    if max_rows is None or int((length_us // parameters["tier_us"] + 1).sum()) <= max_rows:
        yield parameters
        return
    for track in np.unique(parameters["track"]):
        own = parameters["track"] == track
        yield parameters | {name: parameters[name][own] for name in _OF_SPANS}


@dataclass(frozen=True)
class ProfilePair:
    """The least and greatest version of roll-ups of a track; if they differ, of the one at the position."""

    track: int
    lowest: int
    highest: int
    position: int


async def fetch_profile_pairs(
    connection: Connection, scope: Scope, tier_us: int, spans: Spans
) -> list[ProfilePair]:
    """Reads the pairs of a tier's roll-ups."""
    pairs: list[ProfilePair] = []
    async for parameters in _of_tiers(connection, scope, {tier_us: spans}):
        for row in await fetch_rows(connection, "series.profile_pairs", parameters):
            start_us = np.array([row["bucket"] or 0], np.int64)
            position = int(scope.line.position(np.int64(row["track"]), start_us)[0])
            pairs.append(ProfilePair(row["track"], row["least_profile"], row["greatest_profile"], position))
    return pairs


async def fetch_profiles_of_readings(connection: Connection, scope: Scope, spans: Spans) -> set[int]:
    """The versions that made the physical values of readings."""
    found: set[int] = set()
    for part in await split_in_chunks(connection, scope, "reading", {SECOND_US: spans}):
        parameters = part.parameters(scope)
        rows = await fetch_rows(connection, "series.profiles_of_readings", parameters)
        found |= {row["profile_id"] for row in rows}
    return found


@dataclass(frozen=True)
class LastReadings:
    """The last readings of some tracks.

    Attributes:
        profile: int32[n], the version behind each value; -1 for none.
    """

    track: NDArray[np.int32]
    t_us: Integers
    value: Floats
    profile: NDArray[np.int32]


async def fetch_last_before(
    connection: Connection, scope: Scope, track: NDArray[np.int32], before_us: Integers, reach_us: int
) -> LastReadings:
    """The last reading of tracks before their times, of those that have one.

    Looks back so far from the earliest of the times.

    Raises:
        TooCostly: these are too far apart.
    """
    _check_apart(before_us)
    row = await fetch_row(
        connection,
        "series.last_before",
        {
            "track": track,
            "sensor_id": scope.sensor_ids[track],
            "to_us": before_us,
            "from": from_us(max(int(before_us.min()) - reach_us, MIN_US)),
            "to": from_us(int(before_us.max())),
            "is_raw": scope.is_raw,
        },
    )
    return LastReadings(**row)


async def fetch_first_after(
    connection: Connection, scope: Scope, track: NDArray[np.int32], after_us: Integers, reach_us: int
) -> tuple[NDArray[np.int32], Integers]:
    """The first reading of tracks at or after their times: track and time of those that have one.

    Looks so far beyond the latest of the times.

    Raises:
        TooCostly: these are too far apart.
    """
    _check_apart(after_us)
    parameters = {
        "track": track,
        "sensor_id": scope.sensor_ids[track],
        "from_us": after_us,
        "from": from_us(int(after_us.min())),
        "to": from_us(min(int(after_us.max()) + reach_us, MAX_US)),
        "is_raw": scope.is_raw,
    }
    row = await fetch_row(connection, "series.first_after", parameters)
    return row["track"], row["t_us"]


def _check_apart(t_us: Integers) -> None:
    """Readings are looked for in every chunk between, each of which is a lock."""
    if t_us.size and int(t_us.max() - t_us.min()) > MAX_APART_US:
        raise TooCostly(
            f"gaps of sensors are filled whose periods begin or end more than {MAX_APART_US // DAY_US} days "
            "apart; ask for fewer at once, or fill with null"
        )


async def _fetch_rewritten(connection: Connection, scope: Scope, as_of: datetime) -> Spans:
    """Where values have been replaced since."""
    row = await fetch_row(connection, "series.rewritten", scope.bounds | {"as_of": as_of})
    place, start = scope.place(row["sensor_id"], row["starts_at"])
    return Spans.of(start, start + (row["ends_at"] - row["starts_at"])[place])


def _check_known(scope: Scope, rewritten: Spans) -> None:
    """Refuses what nobody knows any more: replaced values go with the readings, roll-ups hold later ones."""
    lost = rewritten.widen(MINUTE_US).intersect(scope.gone)
    if len(lost):
        known_us = int(scope.line.t_us(scope.gone.end).max())
        raise BelievedGone(
            "readings of this period are gone, and their values were replaced after the time of as_of: what "
            f"was believed then is known from {format_us(known_us)} on; ask about that, or leave out as_of",
            [FieldError("/query/as_of", "values were replaced since, of readings that are gone")],
        )


async def believe(connection: Connection, scope: Scope, rows: list[DictRow], as_of: datetime) -> None:
    """Puts the values of that time into the rows' columns, and leaves out readings that had none."""
    for row in rows:
        track, t_us = int(row["track"]), np.asarray(row["t_us"], np.int64)
        readings = ReadingColumns(
            t_us=t_us,
            raw=row["raw"],
            physical=row["value"],
            sensor_id=np.full(t_us.size, scope.sensor_ids[track], np.int32),
            profile_id=row["profile_id"],
            flags=row["flags"].view(np.uint16),
        )
        await put_back(connection, as_of, readings)
        readings = readings.take(np.flatnonzero(~np.isnan(readings.physical)))
        row |= {"t_us": readings.t_us, "raw": readings.raw, "value": readings.physical}
        row["profile_id"] = readings.profile_id
        row["profiles"] = np.unique(readings.profile_id[readings.profile_id >= 0]).tolist()


def _rollups(scope: Scope, row: DictRow, needed: frozenset[str]) -> Rollups:
    position = scope.line.position(np.int64(row["track"]), row["bucket"])
    columns = {name: row[name] for name in needed}
    return Rollups(row["tier_us"], row["track"], position, row["count"], columns)


def profile_ranges(rows: list[DictRow]) -> list[ProfileRange]:
    return [
        ProfileRange(row["track"], row["least_profile"], row["greatest_profile"])
        for row in rows
        if row["least_profile"] is not None
    ]


async def fetch_rows(connection: Connection, name: str, parameters: Mapping[str, Any]) -> list[DictRow]:
    try:
        statement = await with_archived(connection, name, parameters)
    except TooMuchArchived as error:
        raise ArchiveTooCostly(error.detail) from error
    # Planned for these values each time: only then are chunks and statistics left out.
    cursor = await connection.execute(statement, parameters, prepare=False, binary=True)
    return await cursor.fetchall()


async def fetch_row(connection: Connection, name: str, parameters: Mapping[str, Any]) -> DictRow:
    (row,) = await fetch_rows(connection, name, parameters)
    return row
