"""What runs logged: metrics by step or by the time since T0, in buckets that the database makes.

By step, they are made of what is kept of metrics in short, save where squares of values would exceed a
float64 or vanish in it, and where standard deviations of buckets are asked for. By time, of all points.

Why: decision 630, decision 921.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.comparisons.computed.columns import ComparedColumns, ElapsedGrid, MemberSeries, StepGrid
from api.comparisons.members import ComparedMember, id_of
from api.comparisons.question import ComparisonQuestion
from api.comparisons.zeros import MemberZero
from api.edge.statements import fetch_rows
from api.series.answers.columned import SHOWN
from api.series.line.buckets import choose_bucket, format_bucket
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid
from barograph.times import MAX_US, MIN_US, SECOND_US

# Steps are within a float64's whole numbers; so is what shifts them.
_MAX_STEPS = 2**54
# Squares of what is larger may exceed a float64.
_LARGE = 1e140
_NO_STEPS, _NO_TIME = StepGrid(0, 1, 0), ElapsedGrid(0, SECOND_US, 0, 1)
_NOTHING: Mapping[str, Any] = {"count": 0, "min": None, "max": None, "mean": None, "stddev": None}


@dataclass(frozen=True)
class LoggedTrack:
    """A metric of a member.

    Attributes:
        place: the member's.
        zero: where it counts from: a step, or microseconds.
    """

    metric_id: int
    place: int
    key: str
    zero: int


@dataclass(frozen=True)
class LoggedSpan:
    """Where points of a track lie that can be compared, counted from its zero.

    Attributes:
        whole: statistics of all of them, if what is kept in short tells them.
    """

    track: LoggedTrack
    points: int
    left_out: int
    first: int
    last: int
    whole: Mapping[str, Any] | None


async def compare_metrics(
    connection: Connection,
    question: ComparisonQuestion,
    members: Sequence[ComparedMember],
    zeros: Sequence[MemberZero],
) -> ComparedColumns:
    """Computes the columns of each metric of each run. Values that are not finite are counted, and left out.

    Raises:
        Invalid: no run has one of the names, or a sum or stddev exceeds what a float64 holds.
    """
    tracks = await _tracks(connection, question, members, zeros)
    spans = await _spans(connection, question, tracks)
    held = [span for span in spans if span.points]
    grid = _grid(question, held)
    series = [_nothing(question, span) for span in spans if not span.points]
    if held:
        series += await _bucketed(connection, question, held, grid)
    series.sort(key=lambda each: (each.place, question.keys.index(each.key)))
    return ComparedColumns(grid, series, dict.fromkeys(question.keys, ""), _meta(grid))


async def _tracks(
    connection: Connection,
    question: ComparisonQuestion,
    members: Sequence[ComparedMember],
    zeros: Sequence[MemberZero],
) -> list[LoggedTrack]:
    asked = {"run_ids": [member.row["in_run"] for member in members], "names": question.metrics}
    rows = await fetch_rows(connection, "comparison.metrics", asked)
    known = {row["name"] for row in rows}
    faults = [
        FieldError(f"/metrics/{place}", "none of these runs has it")
        for place, name in enumerate(question.metrics)
        if name not in known
    ]
    if faults:
        raise Invalid("metrics are compared by the names that runs logged", faults)
    ids = {(row["in_run"], row["name"]): row["id"] for row in rows}
    return [
        LoggedTrack(ids[member.row["in_run"], name], place, name, zero)
        for place, member in enumerate(members)
        if (zero := _zero(question, member, zeros[place])) is not None
        for name in question.metrics
        if (member.row["in_run"], name) in ids
    ]


def _zero(question: ComparisonQuestion, member: ComparedMember, zero: MemberZero) -> int | None:
    return question.shift_steps.get(id_of(member), 0) if question.is_by_step else zero.t_us


async def _spans(
    connection: Connection, question: ComparisonQuestion, tracks: Sequence[LoggedTrack]
) -> list[LoggedSpan]:
    statement = "comparison.steps_in_short" if question.is_by_step else "comparison.logged_spans"
    rows = await fetch_rows(connection, statement, _asked(question, tracks))
    return [
        LoggedSpan(
            track,
            row["points"],
            row["left_out"],
            (row["first"] or 0) - track.zero,
            (row["last"] or 0) - track.zero,
            row if row.get("is_plain") else None,
        )
        for track, row in zip(tracks, rows, strict=True)
    ]


def _asked(question: ComparisonQuestion, tracks: Sequence[LoggedTrack]) -> dict[str, Any]:
    """The tracks' parts of the axis, which is steps or microseconds."""
    if question.is_by_step:
        bounds, lowest, highest = (question.from_step, question.to_step), -_MAX_STEPS, _MAX_STEPS
    else:
        bounds, lowest, highest = (question.from_us, question.to_us), MIN_US, MAX_US + 1
    first, last = bounds
    return {
        "metric_ids": [track.metric_id for track in tracks],
        "froms": [lowest if first is None else track.zero + first for track in tracks],
        "tos": [highest if last is None else track.zero + last for track in tracks],
        "is_by_step": question.is_by_step,
    }


def _grid(question: ComparisonQuestion, held: Sequence[LoggedSpan]) -> ElapsedGrid | StepGrid:
    """The finest round buckets of which there are not too many."""
    if not held:
        return _NO_STEPS if question.is_by_step else _NO_TIME
    asked = (
        (question.from_step, question.to_step) if question.is_by_step else (question.from_us, question.to_us)
    )
    first = min(span.first for span in held) if asked[0] is None else asked[0]
    last = max(span.last for span in held) + 1 if asked[1] is None else asked[1]
    if not question.is_by_step:
        return ElapsedGrid.around((first, last), choose_bucket(first, last, question.columns), 1, [])
    width = round_steps(-(-(last - first) // question.columns))
    while (last - 1) // width - first // width >= question.columns:
        width = round_steps(width + 1)
    start = first // width
    return StepGrid(start * width, width, (last - 1) // width - start + 1)


def round_steps(lowest: int) -> int:
    """1, 2 or 5 times a power of ten: the smallest that is no smaller."""
    power = 10 ** (len(str(lowest)) - 1)
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= lowest)


async def _bucketed(
    connection: Connection,
    question: ComparisonQuestion,
    held: Sequence[LoggedSpan],
    grid: ElapsedGrid | StepGrid,
) -> list[MemberSeries]:
    in_short, of_points = list[LoggedSpan](), list[LoggedSpan]()
    for span in held:
        (in_short if span.whole and question.stat != "stddev" else of_points).append(span)
    return [
        *await _made_by(connection, "comparison.step_buckets", question, in_short, grid),
        *await _made_by(connection, "comparison.logged_buckets", question, of_points, grid),
    ]


async def _made_by(
    connection: Connection,
    statement: str,
    question: ComparisonQuestion,
    spans: Sequence[LoggedSpan],
    grid: ElapsedGrid | StepGrid,
) -> list[MemberSeries]:
    if not spans:
        return []
    tracks = [span.track for span in spans]
    if isinstance(grid, StepGrid):
        start, width = grid.start_step, grid.bucket_steps
    else:
        start, width = grid.start_us, grid.bucket_us
    asked = _asked(question, tracks) | {
        "origins": [track.zero + start for track in tracks],
        "width": width,
    }
    rows = await fetch_rows(connection, statement, asked)
    return [_series(question, span, row) for span, row in zip(spans, rows, strict=True)]


def _series(question: ComparisonQuestion, span: LoggedSpan, row: Mapping[str, Any]) -> MemberSeries:
    shown = {name: np.array(row[name], np.float64) for name in SHOWN}
    count = np.array(row["count"], np.int64)
    columns: dict[str, NDArray[Any]] = {**shown, "count": count, **_made(row, shown, count)}
    if np.isinf(columns[question.stat]).any():
        raise Invalid(f"a {question.stat} exceeds what a float64 holds; ask for another stat")
    kept = {name: columns[name] for name in (*SHOWN, "count", question.stat)}
    index = np.array(row["index"], np.int64)
    return MemberSeries(span.track.place, span.track.key, index, kept, _whole(span, span.whole or row))


def _whole(span: LoggedSpan, row: Mapping[str, Any]) -> dict[str, Any]:
    """Statistics of all points; None where they exceed what a float64 holds."""
    of_all = {
        name.removeprefix("whole_"): [value] for name, value in row.items() if name.startswith("whole_")
    }
    extremes = {name: np.array(of_all[name], np.float64) for name in ("min", "max")}
    made = _made(of_all, extremes, np.array(of_all["count"], np.int64))
    found = {name: column.tolist()[0] for name, column in {**extremes, **made}.items() if name != "sum"}
    finite = {name: value if np.isfinite(value) else None for name, value in found.items()}
    return {"count": row["whole_count"], **finite, "left_out": span.left_out}


def _made(
    row: Mapping[str, Any], shown: Mapping[str, NDArray[np.float64]], count: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Statistics of sums that the database kept within a float64; stddev where it has deviations."""
    small, large = (np.array(row[name], np.float64) for name in ("small", "large"))
    with np.errstate(over="ignore", under="ignore"):
        mean = small / count + np.ldexp(large / count, 32)
        made = {
            "mean": np.clip(mean, shown["min"], shown["max"]),
            "sum": small + np.ldexp(large, 32),
        }
        if "deviation" in row:
            made["stddev"] = _deviations(row, shown)
        return made


def _deviations(row: Mapping[str, Any], shown: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The deviations of values that were made smaller where others would have overflowed."""
    deviation = np.array(row["deviation"], np.float64)
    if "large_deviation" not in row:
        return deviation
    is_large = np.maximum(np.abs(shown["min"]), np.abs(shown["max"])) >= _LARGE
    return np.where(is_large, np.ldexp(np.array(row["large_deviation"], np.float64), 600), deviation)


def _nothing(question: ComparisonQuestion, span: LoggedSpan) -> MemberSeries:
    columns: dict[str, NDArray[Any]] = dict.fromkeys((*SHOWN, question.stat), np.empty(0))
    columns["count"] = index = np.empty(0, np.int64)
    total = {**_NOTHING, "left_out": span.left_out}
    return MemberSeries(span.track.place, span.track.key, index, columns, total)


def _meta(grid: ElapsedGrid | StepGrid) -> dict[str, Any]:
    """`meta` with the fields that it has for sensors; no reading was read."""
    if isinstance(grid, ElapsedGrid):
        bucket, rounded_us = format_bucket(grid.bucket_us), grid.step_us
    else:
        bucket, rounded_us = f"{grid.bucket_steps} step{'s' if grid.bucket_steps > 1 else ''}", 1
    return {
        "bucket": bucket,
        "t0_rounded_to_us": rounded_us,
        "coarsened_from": None,
        "sources": [],
        "rounded_to": None,
        "raw_from": None,
        "profiles": [],
    }
