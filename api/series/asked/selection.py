"""Which sensors a question is about, and when: by themselves, of a capture session, or of a run.

The readings of a capture session are those of its sensors in its interval; a run's are those of its
capture sessions. `from` and `to` narrow either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import numpy as np
from psycopg.rows import DictRow

from api.edge.statements import fetch_filtered
from api.edge.times.periods import MAX_AHEAD, Period, RequestedPeriod, bounded
from api.rights.caller import Credential
from api.rights.grants import CAPTURE_SESSION_ACCESS, PROJECT_ACCESS, RUN_ACCESS, Grant, decide, of_caller
from api.sensors.references import sensor_ids_of
from api.series.asked.wanted_values import Layer
from api.series.line.line import Line
from api.series.line.scope import Scope
from api.series.stored.costs import TooCostly
from barograph.database.connections import Connection
from barograph.times import to_us

# Positions on the line of a question are int64.
MAX_LINE_US = 2**62


class SensorsQuestion(Protocol):
    """The part of a question that says which sensors and times it is about; `SeriesRequest` says more."""

    @property
    def sensors(self) -> tuple[str, ...]: ...
    @property
    def project(self) -> UUID | None: ...
    @property
    def capture_session(self) -> UUID | None: ...
    @property
    def run(self) -> UUID | None: ...
    @property
    def asked(self) -> RequestedPeriod: ...
    @property
    def layer(self) -> Layer: ...


@dataclass(frozen=True)
class Selection:
    """Sensors, and the intervals in which their readings are asked for.

    Attributes:
        sensors: rows, in the order of the answer.
        intervals: pairs of an index into `sensors` and a period.
        period: from the first start to the last end, None where there is nothing.
        start: where elapsed time is counted from.
    """

    sensors: Sequence[DictRow]
    intervals: Sequence[tuple[int, Period]]
    period: Period | None
    start: datetime | None

    def scope(self, layer: Layer, as_of: datetime | None) -> Scope:
        """The same as columns. Raw values are what they have always been.

        Raises:
            TooCostly: it is millennia of many sensors.
        """
        bounds = [to_us(time) for _, each in self.intervals for time in (each.start, each.end)]
        line = Line.around(min(bounds, default=0), max(bounds, default=0))
        if line.width_us * len(self.sensors) > MAX_LINE_US:
            raise TooCostly("the period is too long for so many sensors; ask for fewer, or for parts of it")
        track = np.array([index for index, _ in self.intervals], np.int64)
        raw_from = [(index, row["raw_from"]) for index, row in enumerate(self.sensors) if row["raw_from"]]
        gone = line.spans(
            np.array([index for index, _ in raw_from], np.int64),
            np.full(len(raw_from), line.origin_us),
            np.array([to_us(time) for _, time in raw_from], np.int64),
        )
        asked = line.spans(track, np.array(bounds[::2], np.int64), np.array(bounds[1::2], np.int64))
        sensor_ids = np.array([row["id"] for row in self.sensors], np.int32)
        is_raw = layer == "raw"
        return Scope(line, sensor_ids, asked, gone.intersect(asked), is_raw, None if is_raw else as_of)


async def select(connection: Connection, credential: Credential, question: SensorsQuestion) -> Selection:
    """Finds the sensors and times of the question; the credential's account may see all of them.

    Raises:
        Unauthenticated, PasswordChangeRequired, SecondFactorRequired: as for a route.
        NotFound: something of it is not there, for this caller.
        Forbidden: it is about raw values, which the caller may not see.
    """
    grant = await _grant(connection, credential, question)
    asked = await sensor_ids_of(connection, grant and grant.project_id, question.sensors)
    if grant is None or (question.capture_session is None and question.run is None):
        sensors = await _sensors(connection, credential, question, asked)
        period = question.asked.period(max(sensor["max_age_s"] for sensor in sensors), longest=None)
        return Selection(sensors, [(index, period) for index in range(len(sensors))], period, period.start)
    _check_layer(question, grant)
    ids = {
        "capture_session_id": None if question.capture_session is None else grant.id,
        "run_id": None if question.run is None else grant.id,
    }
    sessions = await fetch_filtered(connection, "series.sessions", ids)
    (first,) = await fetch_filtered(connection, "series.first_start", ids)
    names = asked or dict.fromkeys(session["sensor_id"] for session in sessions)
    sensors = await _sensors(connection, credential, question, tuple(names))
    return _of_sessions(question, sensors, sessions, first["started_at"])


def _of_sessions(
    question: SensorsQuestion, sensors: Sequence[DictRow], sessions: Sequence[DictRow], start: datetime | None
) -> Selection:
    index = {sensor["public_id"]: number for number, sensor in enumerate(sensors)}
    now = datetime.now(UTC)
    wholes = [
        (row["sensor_id"], Period(row["started_at"], row["stopped_at"] or now + MAX_AHEAD))
        for row in sessions
    ]
    narrowed = [
        (index[name], question.asked.within(whole, longest=None)) for name, whole in wholes if name in index
    ]
    intervals = [(track, part) for track, part in narrowed if part is not None]
    if not intervals:
        return Selection(sensors, [], None, start)
    first, last = min(part.start for _, part in intervals), max(part.end for _, part in intervals)
    return Selection(sensors, intervals, bounded(first, last, longest=None), start)


async def _grant(connection: Connection, credential: Credential, question: SensorsQuestion) -> Grant | None:
    """On the capture session, run or project that the question names; None if it names none."""
    named = (
        (CAPTURE_SESSION_ACCESS, question.capture_session),
        (RUN_ACCESS, question.run),
        (PROJECT_ACCESS, question.project),
    )
    for access, public_id in named:
        if public_id is not None:
            return await access.grant("viewer", public_id, credential, connection)
    return None


async def _sensors(
    connection: Connection, credential: Credential, question: SensorsQuestion, names: Sequence[UUID]
) -> list[DictRow]:
    """These sensors, in this order."""
    asked = {**credential.parameters, "public_ids": list(names)}
    cursor = await connection.execute(of_caller("access.sensors", credential.statement), asked)
    rows = await cursor.fetchall()
    caller = credential.admit(credential.identify(rows[0] if rows else None))
    found = {row["public_id"]: row for row in rows}
    for name in names:
        _check_layer(question, decide(caller, found.get(name), "viewer", f"sensor {name}"))
    return [found[name] for name in names]


def _check_layer(question: SensorsQuestion, grant: Grant) -> None:
    if question.layer == "raw":
        grant.require_raw()
