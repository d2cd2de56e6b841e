"""What a commit of readings does to limits, in its transaction: alarms raised and cleared, excursions queued.

nothing is out of the ordinary: one statement notes how far live readings have come
else: share the project's lock -> where limits stand -> evaluate -> nothing changes: the same
                                                                 -> or from the start, with the lock alone

So commits that change nothing pass side by side, and one that raises or clears an alarm sees what all before
it have left.

Why: decision 431.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.alarms.arrivals import OddTimes, SensorTimes, WatchedReadings
from barograph.alarms.evaluation import LimitStates, LimitVerdict, evaluate
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows
from barograph.readings.dirty_seconds import DirtySeconds

MAX_ROWS = 32
"""Of `limit_progress`. More are gathered into one."""
# As the column `limit_progress.newest` holds it.
_RECORD = np.dtype([("sensor_id", "<i4"), ("t_us", "<i8")], align=False)
Connection = psycopg.Connection[Any]


class _NeedsAlone(Exception):
    """The commit must write without others beside it."""


def watch_limits(connection: Connection, catalog: Catalog, watched: WatchedReadings) -> None:
    """Takes the limits through these readings.

    Args:
        connection: in the transaction that has stored them.
    """
    commit = _LimitCommit(connection, catalog, watched)
    if commit.passes():
        return
    try:
        with connection.transaction():
            commit.write(is_alone=False)
    except _NeedsAlone:
        commit.write(is_alone=True)


def queue_rewritten(connection: Connection, dirty: DirtySeconds) -> None:
    """Has excursions computed again where readings were converted again, in the transaction of that."""
    stretches = {
        "sensor_id": dirty.sensor_id,
        "from_us": dirty.first_us,
        "to_us": dirty.first_us + dirty.length_us,
    }
    connection.execute(query("limit_commit.queue_rewritten"), stretches)


@dataclass(frozen=True)
class _Standing:
    """Where a project stands.

    Attributes:
        limit_id, since_us, is_raised: int32[k] ascending, int64[k], bool[k]: of limits that are violated.
        commits: rows of progress.
        last_odd_us: no excursion lies later, found or to be found; None if there is none.
    """

    limit_id: NDArray[np.int32]
    since_us: NDArray[np.int64]
    is_raised: NDArray[np.bool_]
    commits: int
    last_odd_us: int | None

    def of(self, limit_ids: NDArray[np.int32]) -> LimitStates:
        """The states of these limits."""
        states = LimitStates.fine(limit_ids.size)
        place = np.searchsorted(self.limit_id, limit_ids)
        known = np.flatnonzero(np.append(self.limit_id, -1)[place] == limit_ids)
        states.is_raised[known] = self.is_raised[place[known]]
        states.since_us[known] = np.where(
            states.is_raised[known], states.since_us[known], self.since_us[place[known]]
        )
        return states


class _LimitCommit:
    """One commit's part in the limits of its project."""

    def __init__(self, connection: Connection, catalog: Catalog, watched: WatchedReadings) -> None:
        self._connection = connection
        self._catalog = catalog
        self._watched = watched
        self._project = {"project_id": catalog.project_id}
        self._violating = watched.violating_slots(catalog.limits)

    def passes(self) -> bool:
        """Whether nothing is out of the ordinary, and all is written."""
        if self._violating.size:
            return False
        live, oldest = self._watched.live, self._watched.oldest
        asked = {
            "sensor_id": self._catalog.sensor_ids[oldest.slot],
            "oldest_us": int(oldest.t_us.min()),
            "newest": self._by_sensor(live.newest).tobytes() if live.slot.size else None,
            "max_commits": MAX_ROWS,
        }
        return fetch_row(self._connection, query("limit_commit.pass"), self._project | asked)["is_done"]

    def write(self, *, is_alone: bool) -> None:
        """Raises _NeedsAlone where that would be needed and is not so."""
        self._run(query("limit_commit.alone") if is_alone else query("limit_commit.share"))
        row = fetch_row(self._connection, query("limit_commit.standing"), self._project, binary=True)
        standing = _Standing(**row)
        if standing.commits > MAX_ROWS and not is_alone:
            raise _NeedsAlone
        self._write_live(standing, is_alone=is_alone)
        if self._watched.history.slot.size and self._violating.size:
            self._queue(self._watched.history.violations(self._catalog.limits))
        if standing.last_odd_us is not None:
            self._queue_touched(standing.last_odd_us)

    def _write_live(self, standing: _Standing, *, is_alone: bool) -> None:
        live = self._watched.live
        if not live.slot.size:
            return
        known = None
        slots = self._concerned(standing)
        if slots.size:
            known = self._known(is_taken=standing.commits > MAX_ROWS)
            self._evaluate(standing, slots, known, is_alone=is_alone)
        elif standing.commits > MAX_ROWS:
            known = self._known(is_taken=True)
        newest = self._by_sensor(live.newest)
        if known is not None and standing.commits > MAX_ROWS:
            newest = _newest_of(np.concatenate([known, newest]))
        self._run(query("limit_commit.add_progress"), newest=newest.tobytes())

    def _concerned(self, standing: _Standing) -> NDArray[np.int32]:
        """Sensors with readings here for which something may happen."""
        table = self._catalog.limits
        index = table.find(standing.limit_id)
        standing_slots = table.limits.slot[index[index >= 0]]
        here = np.intersect1d(standing_slots, self._watched.live.newest.slot)
        return np.union1d(self._violating, here).astype(np.int32)

    def _evaluate(
        self, standing: _Standing, slots: NDArray[np.int32], known: NDArray[np.void], *, is_alone: bool
    ) -> None:
        table = self._catalog.limits
        ordered, late = self._watched.live.of(slots).in_order(self._by_slot(known))
        self._queue(late.violations(table))
        limits = table.limits.take(table.of_slots(slots))
        before = standing.of(limits.limit_id)
        verdict = evaluate(limits, before, ordered)
        is_changed = ~verdict.after.equals(before)
        if not is_changed.any() and not verdict.raised.limit.size:
            return
        if not is_alone:
            raise _NeedsAlone
        self._write_verdict(limits.limit_id, verdict, is_changed)

    def _write_verdict(
        self, limit_id: NDArray[np.int32], verdict: LimitVerdict, is_changed: NDArray[np.bool_]
    ) -> None:
        cleared, raised, after = verdict.cleared, verdict.raised, verdict.after
        if cleared.limit.size:
            self._run(query("limit_commit.clear"), **cleared._asdict(), limit_id=limit_id[cleared.limit])
        if raised.limit.size:
            self._run(query("limit_commit.raise"), **raised._asdict(), limit_id=limit_id[raised.limit])
        stands = after.stands
        kept = np.flatnonzero(is_changed & stands)
        self._run(
            query("limit_commit.keep_standing"),
            fine=limit_id[is_changed & ~stands],
            limit_id=limit_id[kept],
            since_us=after.since_us[kept],
            is_raised=after.is_raised[kept].tolist(),
        )

    def _known(self, *, is_taken: bool) -> NDArray[np.void]:
        """How far live readings have come, by sensor id; taken out of the table or not."""
        name = query("limit_commit.take_progress") if is_taken else query("limit_commit.progress")
        rows = fetch_rows(self._connection, name, self._project, binary=True)
        return _newest_of(np.frombuffer(b"".join(row["newest"] for row in rows), _RECORD))

    def _by_slot(self, known: NDArray[np.void]) -> SensorTimes:
        """The times of the sensors that the catalog has."""
        sensor_ids = self._catalog.sensor_ids
        place = np.minimum(np.searchsorted(sensor_ids, known["sensor_id"]), sensor_ids.size - 1)
        found = sensor_ids[place] == known["sensor_id"]
        return SensorTimes(place[found].astype(np.int32), known["t_us"][found].astype(np.int64))

    def _by_sensor(self, newest: SensorTimes) -> NDArray[np.void]:
        records = np.empty(newest.slot.size, _RECORD)
        records["sensor_id"] = self._catalog.sensor_ids[newest.slot]
        records["t_us"] = newest.t_us
        return records

    def _queue(self, violations: OddTimes) -> None:
        if violations.slot.size:
            sensor_id = self._catalog.sensor_ids[violations.slot]
            self._run(query("limit_commit.queue_violations"), sensor_id=sensor_id, t_us=violations.t_us)

    def _queue_touched(self, last_odd_us: int) -> None:
        oldest, newest = self._watched.oldest, self._watched.newest
        rows = np.flatnonzero(oldest.t_us <= last_odd_us)
        if rows.size:
            sensor_id = self._catalog.sensor_ids[oldest.slot[rows]]
            stretch = {"from_us": oldest.t_us[rows], "to_us": newest.t_us[rows]}
            self._run(query("limit_commit.queue_touched"), sensor_id=sensor_id, **stretch)

    def _run(self, statement: LiteralString, **parameters: object) -> None:
        self._connection.execute(statement, self._project | parameters)


def _newest_of(records: NDArray[np.void]) -> NDArray[np.void]:
    """Each sensor once, ascending, with its greatest time."""
    records = records[np.lexsort((records["t_us"], records["sensor_id"]))]
    is_last = np.diff(records["sensor_id"], append=-1) != 0
    return records[is_last]
