"""The members of a comparison: runs or capture sessions, which the caller may see, and when their sensors
were captured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from api.comparisons.question import AtCrossing, ComparisonQuestion
from api.edge.statements import fetch_rows
from api.edge.times.periods import MAX_AHEAD, Period
from api.rights.caller import Account, Credential
from api.rights.grants import CAPTURE_SESSION_ACCESS, RUN_ACCESS
from api.series.asked.selection import Selection
from api.series.line.scope import Scope
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid
from barograph.times import MAX_US, MIN_US, from_us, to_us


@dataclass(frozen=True)
class ComparedMember:
    """A run, or a capture session of one.

    Attributes:
        row: what it is, as the statements give it.
        sessions: of its run, those that have started.
        own: those that it is made of.
        sensors: by key, those that it may have.
    """

    row: DictRow
    sessions: Sequence[DictRow]
    own: Sequence[DictRow]
    sensors: Mapping[str, DictRow]

    @property
    def names(self) -> dict[str, Any]:
        """The member's ids in an answer."""
        return {name: self.row[name] for name in ("run_id", "capture_session_id")}

    @property
    def title(self) -> str:
        """The member's name for people."""
        ordinal = self.row["ordinal"]
        return self.row["name"] if ordinal is None else f"{self.row['name']} #{ordinal}"

    @property
    def noun(self) -> str:
        """The kind of thing that it is."""
        return "run" if self.row["ordinal"] is None else "capture session"

    @property
    def runs_on(self) -> bool:
        """Whether something of it is still captured."""
        return any(session["stopped_at"] is None for session in self.own)

    def keys(self, keys: Sequence[str]) -> list[str]:
        """The keys whose sensors it took."""
        taken = {sensor_id for session in self.own for sensor_id in session["sensor_ids"]}
        return [key for key in keys if key in self.sensors and self.sensors[key]["id"] in taken]

    def period_us(self, now: datetime) -> tuple[int, int] | None:
        """The time from its first start to its last end, or to now; None if nothing of it has started."""
        if not self.own:
            return None
        last = max(to_us(session["stopped_at"] or now) for session in self.own)
        first = to_us(self.own[0]["started_at"])
        return first, max(last, first + 1)

    def captured(self, key: str, first_us: int, last_us: int) -> list[Period]:
        """The periods in which a sensor was captured for it."""
        taken = [each for each in self.own if self.sensors[key]["id"] in each["sensor_ids"]]
        return [part for each in taken for part in [_within(each, first_us, last_us)] if part is not None]


@dataclass(frozen=True)
class AskedTrack:
    """A sensor of a member, in a period."""

    member: ComparedMember
    key: str
    first_us: int = MIN_US
    last_us: int = MAX_US


def scope_of(tracks: Sequence[AskedTrack], *, is_raw: bool) -> Scope:
    """The scope in which each sensor of each member has a track of its own.

    Raises:
        TooCostly: it is millennia of many sensors.
    """
    sensors = [each.member.sensors[each.key] for each in tracks]
    intervals = [
        (number, part)
        for number, each in enumerate(tracks)
        for part in each.member.captured(each.key, each.first_us, each.last_us)
    ]
    return Selection(sensors, intervals, None, None).scope("raw" if is_raw else "physical", None)


async def find_members(
    connection: Connection, caller: Account, question: ComparisonQuestion
) -> list[ComparedMember]:
    """Finds the members, in the order of the question.

    Raises:
        NotFound: one of them is not there, for this caller.
        Forbidden: it is about raw values, which the caller may not see.
        Invalid: no project has one of the sensors.
    """
    access = RUN_ACCESS if question.runs is not None else CAPTURE_SESSION_ACCESS
    credential = Credential.of(caller)
    grants = [await access.grant("viewer", each, credential, connection) for each in question.members]
    if question.layer == "raw":
        for grant in grants:
            grant.require_raw()
    statement = "comparison.runs" if question.runs is not None else "comparison.capture_sessions"
    found = await fetch_rows(connection, statement, {"ids": [grant.id for grant in grants]})
    rows = {row["id"]: row for row in found}
    sensors = await _find_sensors(connection, question, {row["in_project"] for row in found})
    sessions = await fetch_rows(
        connection,
        "comparison.intervals",
        {
            "run_ids": list({row["in_run"] for row in found}),
            "sensor_ids": [sensor["id"] for sensor in sensors],
        },
    )
    return [_member(rows[grant.id], sessions, sensors) for grant in grants]


def _member(row: DictRow, sessions: Sequence[DictRow], sensors: Sequence[DictRow]) -> ComparedMember:
    of_run = [session for session in sessions if session["in_run"] == row["in_run"]]
    own = of_run if row["ordinal"] is None else [each for each in of_run if each["id"] == row["id"]]
    by_key = {each["key"]: each for each in sensors if each["in_project"] == row["in_project"]}
    return ComparedMember(row, of_run, own, by_key)


async def _find_sensors(
    connection: Connection, question: ComparisonQuestion, project_ids: set[int]
) -> list[DictRow]:
    keys = list(question.sensors)
    pointers = {key: f"/sensors/{place}" for place, key in enumerate(keys)}
    if isinstance(question.align, AtCrossing) and question.align.sensor not in pointers:
        keys.append(question.align.sensor)
        pointers[question.align.sensor] = "/align/sensor"
    found = await fetch_rows(
        connection, "comparison.sensors", {"project_ids": list(project_ids), "keys": keys}
    )
    known = {row["key"] for row in found}
    faults = [FieldError(pointers[key], "no member's project has it") for key in keys if key not in known]
    if faults:
        raise Invalid("sensors are compared by the keys that projects have", faults)
    return found


def _within(session: DictRow, first_us: int, last_us: int) -> Period | None:
    end = session["stopped_at"] or datetime.now(UTC) + MAX_AHEAD
    start_us = max(to_us(session["started_at"]), first_us)
    end_us = min(to_us(end), last_us)
    return Period(from_us(start_us), from_us(end_us)) if start_us < end_us else None


def id_of(member: ComparedMember) -> UUID:
    """The id by which the question names it."""
    return member.row["capture_session_id"] or member.row["run_id"]
