"""Computes measures again where something is due.

runs and definitions that are marked -> register: which values there are, of which stretches, and how far what
                                        they may rest on reaches. Committed first: whatever changes from then
                                        on finds the value
values that are marked               -> computed in one snapshot, in which their marks go

A mark that comes after the snapshot stays. So a value without one equals what is stored.

Why: decision 620.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import psycopg
import structlog
from psycopg.rows import DictRow

from backfill.jobs.row_claims import CAME_SECOND, HOLD_S, Connection, Pool, unlock
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.errors import BarographError
from barograph.measures.compute import measure
from barograph.measures.question import (
    LOOKBACK_US,
    Condition,
    MeasuredSensor,
    MeasuredValue,
    MeasureQuestion,
)

WORK_S = 20.0
MAX_SUBJECTS = 100
MAX_VALUES = 100
# Of one transaction that registers.
MAX_RUNS = 2_000
# A value that is marked again and again, as by an import, takes a sixth of the time at most.
REST_FACTOR = 5.0
PASSES = CAME_SECOND | {FailureKind.AWAY}
LOOKBACK = timedelta(microseconds=LOOKBACK_US)
log = structlog.stdlib.get_logger(__name__)


class _ReachesFarther(Exception):
    """The value rests on more than is noted; another snapshot must see what it rests on."""

    def __init__(self, held_from_us: dict[int, int]) -> None:
        self.held_from_us = held_from_us


def compute_due(pool: Pool, rest_factor: float = REST_FACTOR) -> None:
    """Computes what is due; ends after a while if that isn't enough, or at once if another worker does it."""
    end = time.monotonic() + WORK_S
    with pool.connection() as connection:
        (row,) = connection.execute(query("measure_work.lock_work")).fetchall()
        try:
            while row["is_locked"] and time.monotonic() < end:
                is_any = _register_next(connection, end)
                if not _compute_next(connection, rest_factor, end) and not is_any:
                    return
        finally:
            unlock(connection)


def _register_next(connection: Connection, end: float) -> bool:
    """False if nothing is to be registered."""
    asked = {"max_rows": MAX_SUBJECTS}
    rows = connection.execute(query("measure_work.next_subjects"), asked).fetchall()
    run_marks = [row["id"] for row in rows if row["run_id"] is not None]
    if run_marks:
        _try(connection, run_marks, lambda: _register_runs(connection, run_marks))
    for row in rows:
        if row["measure_id"] is not None and time.monotonic() < end:
            mark, measure_id = row["id"], row["measure_id"]
            _try(connection, [mark], lambda mark=mark, of=measure_id: _register_measure(connection, mark, of))
    return bool(rows)


def _register_runs(connection: Connection, marks: Sequence[int]) -> None:
    with connection.transaction():
        rows = _take(connection, marks)
        for is_quiet in (False, True):
            run_ids = sorted({row["run_id"] for row in rows if row["is_quiet"] is is_quiet})
            if run_ids:
                _register(connection, run_ids, None, is_quiet=is_quiet)


def _register_measure(connection: Connection, mark: int, measure_id: int) -> None:
    """Marks all runs that there are, in slices. Those that come later leave marks of their own."""
    after_id = 0
    while True:
        with connection.transaction():
            asked = {"measure_id": measure_id, "after_id": after_id, "max_runs": MAX_RUNS}
            (row,) = connection.execute(query("measure_work.runs_of_measure"), asked).fetchall()
            run_ids: list[int] = row["ids"]
            if not run_ids:
                # The last slice saw the moment that this one sees, or a later mark says what came since.
                _take(connection, [mark])
                return
            _register(connection, run_ids, measure_id, is_quiet=True)
            after_id = run_ids[-1]


def _take(connection: Connection, marks: Sequence[int]) -> list[DictRow]:
    return connection.execute(query("measure_work.take_subjects"), {"ids": list(marks)}).fetchall()


def _register(
    connection: Connection, run_ids: Sequence[int], measure_id: int | None, *, is_quiet: bool
) -> None:
    asked = {
        "run_ids": list(run_ids),
        "measure_id": measure_id,
        "lookback": LOOKBACK,
        "is_quiet": is_quiet,
    }
    connection.execute(query("measure_work.register"), asked)


def _compute_next(connection: Connection, rest_factor: float, end: float) -> bool:
    """False if no value is to be computed."""
    asked = {"rest_factor": rest_factor, "max_rows": MAX_VALUES}
    rows = connection.execute(query("measure_work.next_values"), asked).fetchall()
    for row in rows:
        if time.monotonic() >= end:
            break
        value_id: int = row["value_id"]
        _try(connection, [], lambda value_id=value_id: _compute(connection, value_id), value_id)
    return bool(rows)


def _compute(connection: Connection, value_id: int) -> None:
    try:
        with connection.transaction():
            _compute_in_snapshot(connection, value_id)
    except _ReachesFarther as reach:
        with connection.transaction():
            for sensor_id, from_us in reach.held_from_us.items():
                widened = {"value_id": value_id, "sensor_id": sensor_id, "from_us": from_us}
                connection.execute(query("measure_work.widen"), widened)


def _compute_in_snapshot(connection: Connection, value_id: int) -> None:
    began = time.monotonic()
    named = {"value_id": value_id}
    marks = connection.execute(query("measure_work.take_value"), named).fetchall()
    is_quiet = all(mark["is_quiet"] for mark in marks)
    subject = connection.execute(query("measure_work.subject"), named, binary=True).fetchone()
    if subject is None or (subject["is_kept"] and subject["is_computed"] and not subject["is_outdated"]):
        return
    if subject["is_outdated"]:
        owed = {"run_id": subject["run_id"], "is_quiet": is_quiet}
        connection.execute(query("measure_work.owe_value"), named | owed)
        connection.execute(query("measure_work.owe_run"), owed)
        return
    found = measure(connection, _question(subject))
    _note_reach(connection, value_id, found)
    kept = {
        "value": found.value,
        "readings": found.readings,
        "profile_ids": sorted(found.profile_ids),
        "problem": found.problem,
        "busy_s": time.monotonic() - began,
        "is_quiet": is_quiet,
    }
    connection.execute(query("measure_work.keep"), named | kept)


def _note_reach(connection: Connection, value_id: int, found: MeasuredValue) -> None:
    """Narrows what the value may rest on to what it does.

    Raises:
        _ReachesFarther: it rests on more than is noted.
    """
    rows = connection.execute(query("measure_work.reach"), {"value_id": value_id}).fetchall()
    noted = {row["sensor_id"]: row["from_us"] for row in rows}
    farther = {
        sensor_id: from_us for sensor_id, from_us in found.held_from_us.items() if from_us < noted[sensor_id]
    }
    if farther:
        raise _ReachesFarther(farther)
    for sensor_id, from_us in found.held_from_us.items():
        narrowed = {"value_id": value_id, "sensor_id": sensor_id, "from_us": from_us}
        connection.execute(query("measure_work.narrow"), narrowed)


def _question(row: DictRow) -> MeasureQuestion:
    condition = None
    if row["when_sensor_id"] is not None:
        condition = Condition(row["when_sensor_id"], row["when_above"], row["when_below"])
    return MeasureQuestion(
        MeasuredSensor(row["sensor_id"], row["is_raw"]),
        row["stat"],
        condition,
        np.stack([row["from_us"], row["to_us"]], axis=1),
    )


def _try(
    connection: Connection, marks: Sequence[int], work: Callable[[], None], value_id: int | None = None
) -> None:
    """Does it, or puts aside what can't be done. What others came before is found again."""
    try:
        work()
    except (psycopg.Error, BarographError) as error:
        if connection.closed or kind_of(error) is FailureKind.AWAY:
            raise
        if kind_of(error) in PASSES:
            return
        log.exception("measures that fail are held", marks=list(marks), value_id=value_id, hold_s=HOLD_S)
        held = {"ids": list(marks), "value_id": value_id, "hold_s": HOLD_S}
        connection.execute(query("measure_work.hold"), held)
