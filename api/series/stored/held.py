"""What sensors held, as readings: from roll-ups that tell it, and where these don't, from readings.

asked -> days -> hours -> minutes -> seconds -> readings

A roll-up of one or two readings tells all of them. So does one of readings that are all alike, whose first
and last say when they were. Where any other is, finer roll-ups are asked.

Why: decision 421.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from api.questions.memory import note_held
from api.series.line.holds import Profiles
from api.series.line.moments import Floats, Integers
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.chunks import split_in_chunks
from api.series.stored.costs import HoldsTooCostly, TooCostly
from api.series.stored.fetch import (
    MAX_ROLLUPS,
    LastReadings,
    fetch_kept_seconds,
    fetch_rollups,
    fetch_row,
    fetch_rows,
    fetch_staleness,
)
from api.series.stored.plan import HOUR_US, TIER_NAMES, Staleness
from barograph.database.connections import Connection
from barograph.times import DAY_US, MIN_US, MINUTE_US, SECOND_US, from_us

# Of each tier, how many buckets of the next one a bucket has; of seconds, readings are next.
_FINER: Mapping[int, int] = {DAY_US: 24, HOUR_US: 60, MINUTE_US: 60, SECOND_US: 2**31}


@dataclass(frozen=True)
class ToldReadings:
    """The readings that roll-ups tell.

    Attributes:
        position, value, profile: of readings, in order.
        covered: of which time they tell everything.
        raw: the rest, of which readings must be read.
        rows: how many roll-ups were read, by tier.
    """

    position: Integers
    value: Floats
    profile: Profiles
    covered: Spans
    raw: Spans
    rows: dict[str, int]


@dataclass(frozen=True)
class HeldQuestion:
    """A question about held values.

    Attributes:
        scope: something is asked.
        max_gap_us: the longest time for which a value holds; None: until the next.
        by_profile: it matters which profile made a value.
    """

    scope: Scope
    max_gap_us: int | None
    by_profile: bool


async def fetch_told(connection: Connection, asked: HeldQuestion) -> ToldReadings:
    """Reads the values that roll-ups tell.

    Raises:
        TooCostly: roll-ups are too many, or don't tell what only they hold.
    """
    scope = asked.scope
    stale = await fetch_staleness(connection, scope)
    rest, raw, covered = scope.asked, Spans.none(), Spans.none()
    found, rows = list[_ToldRows](), dict[str, int]()
    for tier_us, finer in _FINER.items():
        spans = await _answerable(connection, scope, rest, stale, tier_us)
        if not len(spans):
            continue
        told = await _fetch_tier(connection, asked, tier_us, spans, MAX_ROLLUPS - sum(rows.values()))
        opaque = Spans.of(told.opaque, told.opaque + tier_us)
        few = told.opaque[told.opaque_count <= finer]
        direct = Spans.of(few, few + tier_us)
        found.append(told)
        rows[TIER_NAMES[tier_us]] = told.rollups
        covered = Spans.union([covered, spans.subtract(opaque)])
        raw = Spans.union([raw, direct])
        rest = Spans.union([rest.subtract(spans), opaque.subtract(direct)])
    raw = Spans.union([raw, rest])
    lost = raw.intersect(scope.gone).subtract(stale.of(MINUTE_US))
    await _check_lost(connection, scope, lost)
    whole = _ToldRows.joined(found)
    # Of equal instants, the first reading of a roll-up stays before its last.
    order = np.argsort(whole.position, kind="stable")
    return ToldReadings(
        position=whole.position[order],
        value=whole.value[order],
        profile=whole.profile[order],
        covered=covered,
        raw=raw.subtract(lost),
        rows=rows,
    )


async def fetch_rolled_up_before(
    connection: Connection, scope: Scope, track: NDArray[np.int32], before_us: Integers, reach_us: int
) -> LastReadings:
    """The last reading of tracks before their times, as minutes have it."""
    parameters = {
        "track": track,
        "sensor_id": scope.sensor_ids[track],
        "to_us": before_us,
        "from": from_us(max(int(before_us.min()) - reach_us, MIN_US)),
        "to": from_us(int(before_us.max())),
        "is_raw": scope.is_raw,
    }
    return LastReadings(**await fetch_row(connection, "held.last_rolled_up", parameters))


@dataclass(frozen=True)
class _ToldRows:
    """Readings that plain roll-ups tell, and the starts of the others."""

    position: Integers
    value: Floats
    profile: Profiles
    opaque: Integers
    opaque_count: Integers

    @classmethod
    def of(cls, scope: Scope, row: DictRow) -> "_ToldRows":
        """The first and the last reading of each plain roll-up of a track."""
        line, track = scope.line, np.int64(row["track"])
        first, last = line.position(track, row["first_us"]), line.position(track, row["last_us"])
        return cls(
            position=np.column_stack([first, last]).ravel(),
            value=np.column_stack([row["first"], row["last"]]).ravel(),
            profile=np.repeat(row["profile"], 2),
            opaque=line.position(track, row["opaque"]),
            opaque_count=row["opaque_count"],
        )

    @classmethod
    def joined(cls, each: Sequence["_ToldRows"]) -> "_ToldRows":
        none = np.empty(0, np.int64)
        start = cls(none, np.empty(0), np.empty(0, np.int32), none, none)
        columns = {
            name: np.concatenate([getattr(part, name) for part in (start, *each)]) for name in vars(start)
        }
        return cls(**columns)

    @property
    def rollups(self) -> int:
        """How many there are."""
        return self.position.size // 2 + self.opaque.size


async def _answerable(
    connection: Connection, scope: Scope, rest: Spans, stale: Staleness, tier_us: int
) -> Spans:
    """The tier's buckets that are up to date, whole, and kept."""
    spans = rest.shrink(tier_us).subtract(stale.of(tier_us))
    if tier_us == SECOND_US and len(spans):
        kept = await fetch_kept_seconds(connection, scope, spans.widen(MINUTE_US))
        return spans.intersect(kept)
    return spans


async def _fetch_tier(
    connection: Connection, asked: HeldQuestion, tier_us: int, spans: Spans, max_rows: int
) -> _ToldRows:
    found, scope = _ToldRows.joined([]), asked.scope
    is_held = asked.max_gap_us is None or tier_us <= asked.max_gap_us
    for part in await split_in_chunks(connection, scope, "rollup", {tier_us: spans}):
        wanted = {"is_held": is_held, "by_profile": asked.by_profile, "max_rows": max_rows - found.rollups}
        rows = await fetch_rows(connection, "held.rollups", part.parameters(scope) | wanted)
        some = [_ToldRows.of(scope, row) for row in rows]
        await note_held(sum(each.position.nbytes * 3 for each in some))
        found = _ToldRows.joined([found, *some])
        if found.rollups > max_rows:
            raise TooCostly(f"the question takes more than {MAX_ROLLUPS:,} roll-ups")
    return found


async def _check_lost(connection: Connection, scope: Scope, lost: Spans) -> None:
    """Refuses what only readings would tell that are gone."""
    rollups, _ = await fetch_rollups(connection, scope, {MINUTE_US: lost.widen(MINUTE_US)}, frozenset())
    if sum(each.count.size for each in rollups):
        raise HoldsTooCostly(
            "roll-ups don't tell when values changed, and readings are gone; ask for whole minutes in which "
            "values held, or about the time from meta.raw_from on"
        )
