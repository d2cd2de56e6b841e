"""The planner by itself: spans against sets, and what every plan must be."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from api.series.line.bucket_edges import BucketEdges, CalendarBuckets, FixedBuckets
from api.series.line.bucket_sizes import BucketSize
from api.series.line.calendar import CalendarRule
from api.series.line.grid import BucketGrid
from api.series.line.line import Line
from api.series.line.spans import Spans
from api.series.stored.plan import (
    FINE_US,
    HOUR_US,
    Plan,
    Staleness,
    mark_seconds,
    needs_fine,
    needs_seconds,
    plan_coarse,
    plan_fine,
)
from barograph.times import DAY_US, HUNDREDTH_SECOND_US, MINUTE_US, SECOND_US, TENTH_SECOND_US
from tests.examples import also_nightly, times

PAIRS = st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), max_size=8)
ORIGIN_US = 20_000 * DAY_US
LINE = Line.around(ORIGIN_US, ORIGIN_US + 3 * DAY_US)
TRACKS = 2
TIMES = st.one_of(
    st.integers(0, 3 * DAY_US),
    st.integers(0, 3 * 1440).map(lambda minute: minute * MINUTE_US),
    st.integers(0, 300).map(lambda second: second * SECOND_US),
    st.integers(0, 10 * SECOND_US),
)
PIECES = st.lists(st.tuples(st.integers(0, TRACKS - 1), TIMES, TIMES), max_size=6)
# Within minutes: of days there are too many fine buckets to look at each.
SHORT_TIMES = st.integers(0, 200 * 100).map(lambda hundredth: hundredth * HUNDREDTH_SECOND_US)
SHORT_PIECES = st.lists(st.tuples(st.integers(0, TRACKS - 1), SHORT_TIMES, SHORT_TIMES), max_size=4)
SIZES_US = st.sampled_from(
    [
        1000,
        HUNDREDTH_SECOND_US,
        15_000,
        TENTH_SECOND_US,
        250_000,
        SECOND_US,
        1_500_000,
        MINUTE_US,
        100 * SECOND_US,
        HOUR_US,
        5 * HOUR_US,
        DAY_US,
        2 * DAY_US,
    ]
)

# On the third day, clocks of the second are set by half an hour.
ZONES = st.sampled_from(["Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "Africa/Monrovia"])


def local_days(zone: str, offset_us: int) -> CalendarBuckets:
    rule = CalendarRule(ZoneInfo(zone), BucketSize(1, "d"), offset_us)
    return CalendarBuckets.of(rule, LINE.origin_us, LINE.origin_us + LINE.width_us)


def spans(pairs: list[tuple[int, int]]) -> Spans:
    return Spans.of(*columns(pairs))


def columns(pairs: list[tuple[int, int]]) -> list[NDArray[np.int64]]:
    return [np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1)]


def members(found: Spans) -> set[int]:
    """The integers; and a check that the spans are as they must be."""
    assert (found.start < found.end).all()
    assert (found.end[:-1] < found.start[1:]).all()
    return {n for start, end in zip(found.start, found.end, strict=True) for n in range(start, end)}


@given(one=PAIRS, other=PAIRS, size=st.integers(1, 7))
def test_spans_are_sets(one: list[tuple[int, int]], other: list[tuple[int, int]], size: int) -> None:
    a, b = spans(one), spans(other)
    inside, others = members(a), members(b)
    assert inside == {n for start, end in one for n in range(start, end)}
    assert members(a.subtract(b)) == inside - others
    assert members(a.intersect(b)) == inside & others
    assert members(Spans.union([a, b])) == inside | others
    assert a.length == len(inside)
    points = np.arange(-40, 40)
    assert set(points[a.holds(points)]) == inside
    cells = {n // size for n in range(-60, 60)}
    whole = {cell for cell in cells if set(range(cell * size, (cell + 1) * size)) <= inside}
    assert {n // size for n in members(a.shrink(size))} == whole
    assert members(a.widen(size)) == {n for n in range(-60, 60) if n // size in {m // size for m in inside}}


def on_line(pieces: list[tuple[int, int, int]]) -> Spans:
    track, start, end = (np.array([piece[part] for piece in pieces], np.int64) for part in range(3))
    return LINE.spans(track, start + ORIGIN_US, end + ORIGIN_US)


def plan(asked: Spans, grid: BucketGrid, stale: Staleness, kept: Mapping[int, Spans]) -> Plan:
    coarse = plan_coarse(asked, grid, stale)
    # Only what the planner asks about is looked up.
    minutes = kept[SECOND_US].intersect(needs_seconds(coarse, grid, stale))
    seconds = needs_fine(coarse, grid, stale, minutes)
    fine = {tier_us: kept[tier_us].intersect(seconds) for tier_us in FINE_US}
    return plan_fine(coarse, grid, stale, {SECOND_US: minutes, **fine})


@also_nightly
@settings(max_examples=40 * times(), deadline=None)
@given(
    asked=PIECES,
    dirty=PIECES,
    due_hours=PIECES,
    due_days=PIECES,
    kept=PIECES,
    tenths=SHORT_PIECES,
    hundredths=SHORT_PIECES,
    gone_us=st.integers(0, 3),
    buckets=st.one_of(
        st.builds(FixedBuckets, SIZES_US, st.sampled_from([0, 0, ORIGIN_US + 1, ORIGIN_US + 30 * SECOND_US])),
        st.builds(local_days, ZONES, st.sampled_from([0, HOUR_US, 1])),
    ),
)
def test_every_plan_covers_what_is_asked_once_and_is_up_to_date(
    asked: list[tuple[int, int, int]],
    dirty: list[tuple[int, int, int]],
    due_hours: list[tuple[int, int, int]],
    due_days: list[tuple[int, int, int]],
    kept: list[tuple[int, int, int]],
    tenths: list[tuple[int, int, int]],
    hundredths: list[tuple[int, int, int]],
    gone_us: int,
    buckets: BucketEdges,
) -> None:
    whole = on_line(asked)
    gone = on_line([(track, 0, gone_us * DAY_US) for track in range(TRACKS)])
    due = {HOUR_US: on_line(due_hours).widen(HOUR_US), DAY_US: on_line(due_days).widen(DAY_US)}
    stale = Staleness(on_line(dirty).widen(SECOND_US), due, gone)
    grid = BucketGrid(LINE, buckets)
    if grid.min_us < SECOND_US:
        # Days of these have more boundaries than a question may.
        whole = whole.intersect(on_line([(track, 0, 100 * SECOND_US) for track in range(TRACKS)]))
    minutes = on_line(kept).widen(MINUTE_US)
    finer = on_line(tenths).widen(SECOND_US).intersect(minutes)
    finest = on_line(hundredths).widen(SECOND_US).intersect(finer)
    held_in = {SECOND_US: minutes, TENTH_SECOND_US: finer, HUNDREDTH_SECOND_US: finest}
    found = plan(whole, grid, stale, held_in)

    pieces = [*found.tiers.values(), found.raw]
    covered = Spans.union([*pieces, *found.rounded.values()])
    assert len(whole.subtract(covered)) == 0
    assert sum(piece.length for piece in [*pieces, *found.rounded.values()]) == covered.length
    # Raw readings are asked for only where they are, or are still there because something is dirty.
    assert len(found.raw.intersect(gone).subtract(stale.of(MINUTE_US))) == 0
    for rounded in found.rounded.values():
        assert len(rounded.subtract(whole.widen(MINUTE_US))) == 0
    if not found.rounded:
        assert len(covered.subtract(whole)) == 0
    for tier_us, held in [*found.tiers.items(), *found.rounded.items()]:
        assert (held.start % tier_us == 0).all()
        assert (held.end % tier_us == 0).all()
        assert len(held.intersect(stale.of(tier_us))) == 0
        assert len(held.subtract(held_in.get(tier_us, held))) == 0
    for tier_us, held in found.tiers.items():
        starts = each_bucket(held, tier_us)
        np.testing.assert_array_equal(grid.key(starts), grid.key(starts + tier_us - 1))


def each_bucket(held: Spans, tier_us: int) -> NDArray[np.int64]:
    pairs = zip(held.start.tolist(), held.end.tolist(), strict=True)
    return np.array([n for start, end in pairs for n in range(start, end, tier_us)], np.int64)


@pytest.mark.parametrize(
    ("mask", "seconds"),
    [(-1, range(60)), (2**60 - 1, range(60)), (0b1011, [0, 1, 3]), (1 << 59, [59]), (0, [])],
)
def test_a_mask_names_seconds(mask: int, seconds: range | list[int]) -> None:
    minute = np.array([5 * MINUTE_US])
    found = mark_seconds(minute, np.array([mask]))
    within = found.holds(minute + np.arange(60) * SECOND_US + 17)
    assert np.flatnonzero(within).tolist() == list(seconds)
