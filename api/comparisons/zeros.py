"""T0 of each member: what its time is counted from."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from api.comparisons.crossings import CrossedLevels, FoundCrossings, find_crossings
from api.comparisons.joined_units import join_units, unit_of
from api.comparisons.members import AskedTrack, ComparedMember, id_of, scope_of
from api.comparisons.question import AtAnnotation, AtCaptureSession, AtCrossing, ComparisonQuestion
from api.edge.statements import fetch_row
from barograph.database.connections import Connection
from barograph.times import MAX_US, MIN_US, format_us, from_us, to_us


@dataclass(frozen=True)
class MemberZero:
    """The zero of a member's time, moved by hand as asked.

    Attributes:
        t_us: None if it has no T0.
        problem: why it has none.
    """

    t_us: int | None = None
    problem: str | None = None

    def moved(self, shift_us: int) -> "MemberZero":
        if self.t_us is None:
            return self
        return MemberZero(min(max(self.t_us + shift_us, MIN_US), MAX_US))


async def find_zeros(
    connection: Connection, question: ComparisonQuestion, members: list[ComparedMember], now: datetime
) -> list[MemberZero]:
    """Finds the T0 of each member.

    Raises:
        Invalid: the sensor to be crossed has units that can't be joined.
        TooCostly: too much must be read to find a crossing.
    """
    if isinstance(question.align, AtCrossing):
        zeros = await _at_crossings(connection, question, question.align, members)
    else:
        zeros = [await _zero(connection, question, member, now) for member in members]
    return [
        zero.moved(question.shift_us.get(id_of(member), 0))
        for zero, member in zip(zeros, members, strict=True)
    ]


async def _zero(
    connection: Connection, question: ComparisonQuestion, member: ComparedMember, now: datetime
) -> MemberZero:
    match question.align:
        case AtCaptureSession(capture_session=ordinal):
            return _at_session(member, ordinal)
        case AtAnnotation(annotation=tag):
            return await _at_annotation(connection, member, tag, now)
        case _:
            return _at_run(member) if question.metrics else _at_start(member)


def _at_start(member: ComparedMember) -> MemberZero:
    if not member.own:
        nothing = "no capture session of the run" if member.noun == "run" else "the capture session has not"
        return MemberZero(problem=f"{nothing} has started" if member.noun == "run" else f"{nothing} started")
    return MemberZero(to_us(member.own[0]["started_at"]))


def _at_run(member: ComparedMember) -> MemberZero:
    """Runs that log metrics need not capture anything."""
    zero, started_at = _at_start(member), member.row["started_at"]
    if zero.t_us is not None:
        return zero
    return (
        MemberZero(problem="the run has not started") if started_at is None else MemberZero(to_us(started_at))
    )


def _at_session(member: ComparedMember, ordinal: int) -> MemberZero:
    for session in member.sessions:
        if session["ordinal"] == ordinal:
            return MemberZero(to_us(session["started_at"]))
    return MemberZero(problem=f"the run has no capture session {ordinal} that has started")


async def _at_annotation(
    connection: Connection, member: ComparedMember, tag: str, now: datetime
) -> MemberZero:
    period = member.period_us(now) or (MIN_US, MIN_US)
    row = await fetch_row(
        connection,
        "comparison.annotated",
        {
            "project_id": member.row["in_project"],
            "run_id": member.row["in_run"],
            "is_run": member.noun == "run",
            "tag": tag,
            "from": from_us(period[0]),
            "to": from_us(period[1]),
        },
    )
    if row["from_time"] is None:
        return MemberZero(problem=f"nothing in the {member.noun} is annotated with {tag}")
    return MemberZero(to_us(row["from_time"]))


async def _at_crossings(
    connection: Connection, question: ComparisonQuestion, align: AtCrossing, members: list[ComparedMember]
) -> list[MemberZero]:
    is_raw = question.layer == "raw"
    has_it = [bool(member.keys([align.sensor])) for member in members]
    units = [
        unit_of(member.sensors[align.sensor], is_raw=is_raw) if has else None
        for member, has in zip(members, has_it, strict=True)
    ]
    titles = [member.title for member in members]
    unit, lines = join_units(align.sensor, units, titles, question.baseline_place, "/align/sensor")
    places = [place for place, has in enumerate(has_it) if has]
    scope = scope_of([AskedTrack(members[place], align.sensor) for place in places], is_raw=is_raw)
    values = [(align.crosses - offset) / slope for slope, offset in (lines[place] for place in places)]
    levels = CrossedLevels(np.array(values, np.float64), align.rising)
    found = await find_crossings(connection, scope, levels)
    tracks = {place: track for track, place in enumerate(places)}
    told = _told(align, unit)
    return [
        _crossed(found, tracks[place], told)
        if place in tracks
        else MemberZero(problem=f"the {member.noun} has no sensor {align.sensor}")
        for place, member in enumerate(members)
    ]


def _crossed(found: FoundCrossings, track: int, told: str) -> MemberZero:
    if track in found.gone:
        between = " and ".join(map(format_us, found.gone[track]))
        return MemberZero(problem=f"readings between {between} are gone, where it may cross first: {told}")
    if track in found.t_us:
        return MemberZero(found.t_us[track])
    return MemberZero(problem=f"never crosses: {told}")


def _told(align: AtCrossing, unit: str) -> str:
    way = "rising" if align.rising else "falling"
    return f"{align.sensor} {way} through {align.crosses:g} {unit}".rstrip()
