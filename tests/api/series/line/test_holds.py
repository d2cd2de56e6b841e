"""Holds from reading to reading, whatever the sources and slices that readings come from. Pure."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.computed.hold_sums import HeldState, MeanOverTime, TimeInStates
from api.series.line.holds import UNLIMITED_US, BucketBounds, Holds, SummedHolds
from api.series.line.spans import Spans
from barograph.times import SECOND_US

END = 60
POSITIONS = st.lists(st.integers(0, END - 1), max_size=20).map(sorted)
EDGES = st.lists(st.integers(0, END), min_size=2, max_size=8, unique=True).map(sorted)


@given(
    position=POSITIONS,
    edges=EDGES,
    span_edges=EDGES,
    told_edges=EDGES,
    max_gap=st.one_of(st.none(), st.integers(1, 30)),
    carried=st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=4, max_size=4),
    slice_size=st.integers(1, 20),
    data=st.data(),
)
def test_holds_are_what_a_walk_over_every_instant_finds(
    position: list[int],
    edges: list[int],
    span_edges: list[int],
    told_edges: list[int],
    max_gap: int | None,
    carried: list[int | None],
    slice_size: int,
    data: st.DataObject,
) -> None:
    starts = np.array(edges[:-1], np.int64)
    buckets = BucketBounds(starts, np.array(edges[1:], np.int64))
    asked, told = (
        Spans.of(np.array(each[::2][: len(each) // 2], np.int64), np.array(each[1::2], np.int64))
        for each in (span_edges, told_edges)
    )
    kept = np.array([each for each in position if asked.holds(np.array([each]))[0]], np.int64)
    value = np.array([data.draw(st.integers(0, 3)) for _ in kept], np.float64)
    mean, states = MeanOverTime(starts.size), TimeInStates(starts.size)
    summed = SummedHolds(buckets, asked, max_gap, [mean, states])
    is_told = told.holds(kept)
    others = (asked.subtract(told).start, asked.intersect(told).start)
    for rows, other in zip((np.flatnonzero(is_told), np.flatnonzero(~is_told)), others, strict=True):
        for first in range(0, rows.size, slice_size):
            some = rows[first : first + slice_size]
            cuts = np.union1d(asked.start, other)
            summed.add(kept[some], value[some], np.full(some.size, 7, np.int32), cuts)
    before = [(at, age) for at, age in zip(asked.start.tolist(), carried, strict=False) if age is not None]
    held_for = [UNLIMITED_US if max_gap is None else max(max_gap - age, 0) for _, age in before]
    at = np.array([each for each, _ in before], np.int64)
    until = at + np.array(held_for, np.int64)
    summed.finish(Holds(at, until, np.full(at.size, 9.0), np.full(at.size, 7, np.int32)))

    walked = walk(kept.tolist(), value.tolist(), asked, max_gap, dict(before))
    for number, (start, end) in enumerate(pairwise(edges)):
        held = [each for each in walked[start:end] if each is not None]
        wanted = float(np.mean(held)) if held else np.nan
        assert mean.column()[number] == pytest.approx(wanted, nan_ok=True)
        seconds = {state: column[number] for state, column in states.seconds().items() if column[number]}
        assert seconds == {HeldState(7, each): held.count(each) / SECOND_US for each in set(held)}


def walk(
    position: list[int], value: list[float], asked: Spans, max_gap: int | None, before: dict[int, int]
) -> list[float | None]:
    """What is held at each instant."""
    longest = END * 2 if max_gap is None else max_gap
    found: list[float | None] = [None] * END
    for start, end in zip(asked.start.tolist(), asked.end.tolist(), strict=True):
        held, since = (9.0, start - before[start]) if start in before else (None, 0)
        for instant in range(start, end):
            if instant in position:
                held, since = [v for p, v in zip(position, value, strict=True) if p == instant][-1], instant
            found[instant] = held if instant - since < longest else None
    return found
