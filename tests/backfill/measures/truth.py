"""What measures are of what is stored: by NumPy, from readings and sessions, without roll-ups."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import DictRow, dict_row

from backfill.jobs.row_claims import create_work_pool
from backfill.measures.compute import compute_due
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import to_us
from tests.backfill.recalibration.scene import Scene
from tests.backfill.rollups.expected import work_everything_off
from tests.programs import url_of

Columns = tuple[NDArray[np.int64], NDArray[np.float64]]

SETTLED_WITHIN_S = 60
LEFT: LiteralString = "select (select count(*) from dirty_window) + (select count(*) from measure_due)"
PLAIN: Mapping[str, Callable[[NDArray[np.float64]], float]] = {
    "mean": lambda values: float(np.mean(values)),
    "min": lambda values: float(np.min(values)),
    "max": lambda values: float(np.max(values)),
    "sum": lambda values: float(np.sum(values)),
    "first": lambda values: float(values[0]),
    "last": lambda values: float(values[-1]),
    "stddev": lambda values: float(np.std(values, ddof=1)),
}


def compute_measures(database_url: str) -> None:
    """As the worker does when something is due."""
    with create_work_pool(url_of(ProgramRole.WORKER, database_url), 1) as pool:
        compute_due(pool, rest_factor=0)


def settle(scene: Scene) -> None:
    """The worker has nothing left to do, however often it must begin; also what took too long and rests."""
    url = scene.server.database_url
    end = time.monotonic() + SETTLED_WITHIN_S
    with (
        create_work_pool(url_of(ProgramRole.WORKER, url), 2) as pool,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        while True:
            connection.execute("update dirty_window set held_until = null where held_until is not null")
            connection.execute("update measure_due set held_until = null where held_until is not null")
            work_everything_off(pool)
            compute_due(pool, rest_factor=0)
            if connection.execute(LEFT).fetchone() == (0,):
                return
            assert time.monotonic() < end


def values_of(scene: Scene, run: str) -> list[dict[str, Any]]:
    return scene.person.read(f"/runs/{run}/measures")["items"]


def assert_right(scene: Scene, run: str) -> int:
    """Each value of the run is stale, or right; how many are right."""
    url = scene.server.database_url
    with psycopg.Connection[DictRow].connect(url, row_factory=dict_row) as connection:
        # One moment for both: the answer's and the truth's.
        answer = scene.person.read(f"/runs/{run}/measures")
        fresh = [each for each in answer["items"] if not each["is_stale"]]
        if not answer["is_pending"]:
            assert len(answer["items"]) == _expected_values(connection, run)
        for each in fresh:
            _assert_value(connection, run, each)
    return len(fresh)


def _expected_values(connection: psycopg.Connection[DictRow], run: str) -> int:
    row = connection.execute(
        "select count(*) as values from ("
        " select distinct measure.id, case when over = 'capture_session' then session.id end"
        " from run join measure using (project_id)"
        " join capture_session as session on session.run_id = run.id"
        " join capture_session_sensor as taken"
        " on taken.capture_session_id = session.id and taken.sensor_id = measure.sensor_id"
        " where run.public_id = %s and session.stopped_at is not null and session.started_at is not null"
        " and (over = 'capture_session' or run.finished_at is not null)) as wanted",
        (run,),
    ).fetchone()
    assert row is not None
    return row["values"]


def _assert_value(connection: psycopg.Connection[DictRow], run: str, value: Mapping[str, Any]) -> None:
    sensor, when = value["sensor"], value["when"]
    stretches = _stretches(connection, run, sensor, value["capture_session_id"])
    own = _columns(connection, sensor, value["layer"])
    condition = None
    if when is not None:
        met = np.array([_is_met(each, when) for each in _columns(connection, when["sensor"], "physical")[1]])
        condition = (_columns(connection, when["sensor"], "physical")[0], met.astype(np.bool_))
    found = truth(value["stat"], stretches, own, condition)
    if found is None:
        assert value["value"] is None, value
    else:
        magnitude = max(1.0, float(np.abs(own[1]).max(initial=0)))
        np.testing.assert_allclose(
            value["value"], found, rtol=1e-9, atol=1e-9 * magnitude, err_msg=str(value)
        )


def _is_met(held: float, when: Mapping[str, Any]) -> bool:
    return held > when["above"] if when.get("above") is not None else held < when["below"]


def truth(
    stat: str,
    stretches: Sequence[tuple[int, int]],
    own: Columns,
    condition: tuple[NDArray[np.int64], NDArray[np.bool_]] | None,
) -> float | None:
    """By definition, a microsecond's span at a time."""
    t_us, value = own
    within = np.zeros(t_us.size, np.bool_)
    for start, end in stretches:
        within |= (t_us >= start) & (t_us < end)
    if condition is not None:
        within &= _met_at(t_us, condition)
    counted = value[within]
    if stat == "duration":
        return sum(length for start, end in stretches for length in _met_lengths(start, end, condition)) / 1e6
    if stat == "time_weighted_mean":
        return _held_mean(stretches, own, condition)
    if stat == "count":
        return float(counted.size)
    if not counted.size or (stat == "stddev" and counted.size == 1):
        return None
    if stat in PLAIN:
        return PLAIN[stat](counted)
    return float(np.percentile(counted, float(stat[1:])))


def _met_at(
    t_us: NDArray[np.int64], condition: tuple[NDArray[np.int64], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    times, met = condition
    place = np.searchsorted(times, t_us, side="right") - 1
    return (place >= 0) & np.append(met, np.False_)[place]


def _edges(start: int, end: int, *columns: NDArray[np.int64]) -> list[tuple[int, int]]:
    inner = np.concatenate([*columns, np.array([start, end], np.int64)])
    edges = np.unique(inner[(inner >= start) & (inner <= end)]).tolist()
    return list(pairwise(edges))


def _met_lengths(
    start: int, end: int, condition: tuple[NDArray[np.int64], NDArray[np.bool_]] | None
) -> list[int]:
    assert condition is not None
    return [
        upper - lower
        for lower, upper in _edges(start, end, condition[0])
        if _met_at(np.array([lower]), condition)[0]
    ]


def _held_mean(
    stretches: Sequence[tuple[int, int]],
    own: Columns,
    condition: tuple[NDArray[np.int64], NDArray[np.bool_]] | None,
) -> float | None:
    weighted = length = 0.0
    for start, end in stretches:
        others = [] if condition is None else [condition[0]]
        for lower, upper in _edges(start, end, own[0], *others):
            place = np.searchsorted(own[0], lower, side="right") - 1
            if place >= 0 and (condition is None or _met_at(np.array([lower]), condition)[0]):
                weighted += float(own[1][place]) * (upper - lower)
                length += upper - lower
    return weighted / length if length else None


def _stretches(
    connection: psycopg.Connection[DictRow], run: str, sensor: str, session: str | None
) -> list[tuple[int, int]]:
    rows = connection.execute(
        "select session.started_at, session.stopped_at from capture_session as session"
        " join run on run.id = session.run_id"
        " join capture_session_sensor as taken on taken.capture_session_id = session.id"
        " join sensor on sensor.id = taken.sensor_id"
        " where run.public_id = %s and sensor.key = %s and session.stopped_at is not null"
        " and (%s::uuid is null or session.public_id = %s::uuid) order by 1",
        (run, sensor, session, session),
    ).fetchall()
    merged: list[tuple[int, int]] = []
    for start, end in ((_us(row["started_at"]), _us(row["stopped_at"])) for row in rows):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _us(time: datetime) -> int:
    return to_us(time)


def _columns(connection: psycopg.Connection[DictRow], sensor: str, layer: str) -> Columns:
    rows = connection.execute(
        "select time, case when %s = 'raw' then raw else physical end as value"
        " from any_reading join sensor on sensor.id = sensor_id"
        " where sensor.key = %s and (%s = 'raw' or physical is not null) order by time, raw, physical",
        (layer, sensor, layer),
    ).fetchall()
    return (
        np.array([_us(row["time"]) for row in rows], np.int64),
        np.array([row["value"] for row in rows], np.float64),
    )
