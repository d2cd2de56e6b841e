"""What questions cost: in proportion to what they read, in little pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.line.line import Line
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored import lookups, slices
from api.series.stored.lookups import MAX_LOOKUPS, WEEK_US, SpanColumns, split_spans
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.api.rollups import HOUR_US
from tests.api.server import Person, Server
from tests.api.stored import Stored, store

START_US = (now_us() // DAY_US - 370) * DAY_US
YEAR_HOURS = 365 * 24


def scope_of(tracks: int) -> Scope:
    line = Line.around(START_US, START_US + 400 * DAY_US)
    return Scope(line, np.arange(tracks, dtype=np.int32), Spans.none(), Spans.none(), is_raw=True)


def members(scope: Scope, spans: SpanColumns) -> Spans:
    return scope.line.spans(spans.track.astype(np.int64), spans.from_us, spans.to_us)


def test_look_ups_of_scattered_spans_grow_in_proportion_to_them() -> None:
    scope = scope_of(1)

    def look_ups(hours: int) -> int:
        start = scope.line.position(np.int64(0), START_US + np.arange(hours) * HOUR_US)
        spans = {MINUTE_US: Spans.of(start, start + MINUTE_US)}
        parts = list(split_spans(scope, spans, DAY_US))
        return sum(part.track.size * weeks(part) for part in parts)

    year = look_ups(YEAR_HOURS)
    assert year <= 2 * YEAR_HOURS
    assert look_ups(YEAR_HOURS // 4) <= max(year // 4 + 200, MAX_LOOKUPS)


def weeks(spans: SpanColumns) -> int:
    return int((spans.to_us.max() - 1) // WEEK_US - spans.from_us.min() // WEEK_US) + 1


@given(
    pieces=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 400 * 1440), st.integers(1, 30 * 1440)), max_size=20
    ),
    max_lookups=st.sampled_from([0, MAX_LOOKUPS]),
    count=st.integers(1, 70),
)
def test_spans_are_split_and_cut_without_loss(
    pieces: list[tuple[int, int, int]], max_lookups: int, count: int
) -> None:
    scope = scope_of(3)
    track, start, length = (np.array([piece[part] for piece in pieces], np.int64) for part in range(3))
    from_us = START_US + start * MINUTE_US
    wanted = scope.line.spans(track, from_us, from_us + length * MINUTE_US)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookups, "MAX_LOOKUPS", max_lookups)
        parts = list(split_spans(scope, {SECOND_US: wanted}, DAY_US))
    for found in (parts, [part.cut(count) for part in parts]):
        union = Spans.union([members(scope, part) for part in found])
        np.testing.assert_array_equal(union.start, wanted.start)
        np.testing.assert_array_equal(union.end, wanted.end)
        assert sum(int((part.to_us - part.from_us).sum()) for part in found) == wanted.length


def test_a_year_that_is_not_rolled_up_is_answered(server: Server, owner: Person, sensor: str) -> None:
    """It would exceed the statement timeout if each reading cost a look into each day."""
    store(server.database_url, sensor, [Stored(START_US + n * HOUR_US, n, n) for n in range(YEAR_HOURS)])
    bounds = {"from": format_us(START_US), "to": format_us(START_US + 365 * DAY_US)}
    (series,) = owner.read("/series", sensor=sensor, bucket="1h", **bounds)["series"]
    assert series["mean"] == list(range(YEAR_HOURS))


def test_readings_at_one_instant_are_one_slice(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE_READINGS", 3)
    times = [0, *[1] * 10, 2, 3_000_000, *[DAY_US - 1] * 4]
    store(server.database_url, sensor, [Stored(START_US + t, n, n) for n, t in enumerate(times)])
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    stats = ["count", "first", "last", "p50"]
    (series,) = owner.read("/series", sensor=sensor, bucket="1d", stat=stats, **bounds)["series"]
    assert [series[stat] for stat in stats] == [[17], [0], [16], [8]]
