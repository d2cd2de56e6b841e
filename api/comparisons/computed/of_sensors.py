"""What sensors of members measured: one unit for each, a window since T0, the finest affordable grid."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from api.comparisons.computed.columns import ComparedColumns, ElapsedGrid
from api.comparisons.computed.measured import Measured, MeasuredTrack, choose_step, measure
from api.comparisons.joined_units import UnitLine, join_units, unit_of
from api.comparisons.members import AskedTrack, ComparedMember, scope_of
from api.comparisons.question import ComparisonQuestion
from api.comparisons.zeros import MemberZero
from api.series.answers.coarsening import coarser_tiers_us, first_size_us
from api.series.line.buckets import choose_bucket, format_bucket, next_round_us
from api.series.line.scope import Scope
from api.series.stored.costs import TooCostly, TooManyPoints
from api.series.stored.plan import TIER_NAMES
from barograph.database.connections import Connection
from barograph.times import MAX_US, MIN_US, SECOND_US, format_time

Window = tuple[int, int]
_EMPTY = ElapsedGrid(0, SECOND_US, 0, 1)


async def compare_sensors(
    connection: Connection,
    question: ComparisonQuestion,
    members: Sequence[ComparedMember],
    zeros: Sequence[MemberZero],
    now: datetime,
) -> ComparedColumns:
    """Computes the columns of each sensor of each member that has a T0.

    Raises:
        Invalid: units that can't be joined, or too much.
    """
    units, lines = _joined(question, members)
    tracks = _tracks(question, members, zeros, lines)
    window = _window(question, members, zeros, now)
    if window is None or not tracks:
        grid, measured, coarsened_from = _EMPTY, None, None
    else:
        scope = _scope(question, members, tracks, window)
        grid, measured, coarsened_from = await _measured(connection, question, scope, tracks, window)
    meta = _meta(members, grid, measured) | {"coarsened_from": coarsened_from}
    return ComparedColumns(grid, measured.series if measured else (), units, meta)


def _joined(
    question: ComparisonQuestion, members: Sequence[ComparedMember]
) -> tuple[dict[str, str], dict[str, list[UnitLine]]]:
    units: dict[str, str] = {}
    lines: dict[str, list[UnitLine]] = {}
    titles = [each.title for each in members]
    for place, key in enumerate(question.sensors):
        had = [
            unit_of(each.sensors[key], is_raw=question.layer == "raw") if each.keys([key]) else None
            for each in members
        ]
        units[key], lines[key] = join_units(key, had, titles, question.baseline_place, f"/sensors/{place}")
    return units, lines


def _window(
    question: ComparisonQuestion,
    members: Sequence[ComparedMember],
    zeros: Sequence[MemberZero],
    now: datetime,
) -> Window | None:
    """The time since T0 that is compared; None if there is none.

    A run that goes on is compared as far as others go.
    """
    periods = [
        (period[0] - zero.t_us, period[1] - zero.t_us, member.runs_on)
        for member, zero in zip(members, zeros, strict=True)
        if zero.t_us is not None and (period := member.period_us(now)) is not None
    ]
    if not periods:
        return None
    first = min(start for start, _, _ in periods) if question.from_us is None else question.from_us
    begun = min((start for start, _, runs_on in periods if runs_on), default=first)
    over = [end for _, end, runs_on in periods if not runs_on and end > begun]
    last = max(over or [end for _, end, _ in periods]) if question.to_us is None else question.to_us
    return (first, last) if first < last else None


def _tracks(
    question: ComparisonQuestion,
    members: Sequence[ComparedMember],
    zeros: Sequence[MemberZero],
    lines: dict[str, list[UnitLine]],
) -> list[MeasuredTrack]:
    """The sensors of members that have a T0."""
    return [
        MeasuredTrack(place, zero.t_us, key, lines[key][place])
        for place, (member, zero) in enumerate(zip(members, zeros, strict=True))
        if zero.t_us is not None
        for key in member.keys(question.sensors)
    ]


def _scope(
    question: ComparisonQuestion,
    members: Sequence[ComparedMember],
    tracks: Sequence[MeasuredTrack],
    window: Window,
) -> Scope:
    """The scope of their tracks in a window since T0."""
    asked: list[AskedTrack] = []
    for each in tracks:
        first_us, last_us = (min(max(each.zero_us + end, MIN_US), MAX_US) for end in window)
        asked.append(AskedTrack(members[each.place], each.key, first_us, last_us))
    return scope_of(asked, is_raw=question.layer == "raw")


async def _measured(
    connection: Connection,
    question: ComparisonQuestion,
    scope: Scope,
    tracks: Sequence[MeasuredTrack],
    window: Window,
) -> tuple[ElapsedGrid, Measured, str | None]:
    """Measures in the finest buckets that are not too many, and in which it does not cost too much."""

    async def measure_in(size_us: int) -> tuple[ElapsedGrid, Measured]:
        edges = (window[1] - window[0]) // size_us + 1
        step_us = await choose_step(connection, scope, size_us, edges)
        grid = ElapsedGrid.around(window, size_us, step_us, [each.zero_us for each in tracks])
        return grid, await measure(connection, scope, tracks, grid, question.stat)

    finest_us = choose_bucket(*window, question.columns)
    first_us = await first_size_us(connection, scope, finest_us)
    size_us, (grid, measured) = await _affordably(first_us, measure_in)
    return grid, measured, None if size_us == finest_us else format_bucket(finest_us)


async def _affordably(
    size_us: int, measure_in: Callable[[int], Awaitable[tuple[ElapsedGrid, Measured]]]
) -> tuple[int, tuple[ElapsedGrid, Measured]]:
    while True:
        try:
            return size_us, await measure_in(size_us)
        except TooManyPoints:
            size_us = next_round_us(size_us)
        except TooCostly:
            coarser_us = coarser_tiers_us(size_us)
            if not coarser_us:
                raise
            size_us = coarser_us[0]


def _meta(members: Sequence[ComparedMember], grid: ElapsedGrid, measured: Measured | None) -> dict[str, Any]:
    """Says in `meta` from what the columns were made."""
    collected = measured and measured.collected
    raw_from = [row["raw_from"] for member in members for row in member.sensors.values() if row["raw_from"]]
    rounded_us = collected and collected.rounded_us
    sources = collected.sources if collected else {}
    return {
        "bucket": format_bucket(grid.bucket_us),
        "t0_rounded_to_us": grid.step_us,
        "sources": [{"tier": tier, "rows": rows} for tier, rows in sources.items()],
        "rounded_to": None if rounded_us is None else TIER_NAMES[rounded_us],
        "raw_from": format_time(max(raw_from)) if raw_from else None,
        "profiles": measured.profiles if measured else [],
    }
