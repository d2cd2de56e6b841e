"""What roll-ups of 100 ms and 10 ms answer: any zoom of fast sensors, down to the last reading."""

import numpy as np
import psycopg
import pytest

from api.series.line.bucket_edges import FixedBuckets
from api.series.line.grid import BucketGrid
from api.series.line.line import Line
from api.series.line.spans import Spans
from api.series.stored import expected
from api.series.stored.plan import Plan, Staleness, needs_fine, plan_fine
from barograph.times import (
    DAY_US,
    HUNDREDTH_SECOND_US,
    MINUTE_US,
    SECOND_US,
    TENTH_SECOND_US,
    format_us,
    now_us,
)
from tests.api.rollups import State, roll_up
from tests.api.series.truth import STATS, assert_true
from tests.api.server import Person, Server
from tests.api.stored import Stored, forget, store

START_US = (now_us() // DAY_US - 3) * DAY_US
# Every millisecond for six seconds. The first two keep buckets of 10 ms, then two of 100 ms, then none.
READINGS = [Stored(START_US + n * 1000, n % 97, n % 89) for n in range(6000)]
FINE = {
    START_US + second * SECOND_US: HUNDREDTH_SECOND_US if second < 2 else TENTH_SECOND_US
    for second in range(4)
}


@pytest.fixture
def fast(server: Server, sensor: str) -> str:
    """The sensor, with its roll-ups."""
    store(server.database_url, sensor, READINGS)
    roll_up(server.database_url, sensor, State(kept=frozenset([START_US]), fine=FINE))
    return sensor


def sources(owner: Person, sensor: str, start_us: int, end_us: int, bucket_us: int) -> dict[str, int]:
    """Where the answer comes from; it is true."""
    asked = {"from": format_us(START_US + start_us), "to": format_us(START_US + end_us)}
    answer = owner.read("/series", sensor=sensor, stat=STATS, bucket=f"{bucket_us}us", **asked)
    inside = [r for r in READINGS if start_us <= r.t_us - START_US < end_us]
    assert_true(answer["series"][0], inside, "physical", bucket_us)
    return {source["tier"]: source["rows"] for source in answer["meta"]["sources"]}


def test_the_coarsest_tier_that_is_kept_answers(owner: Person, fast: str) -> None:
    two_s, four_s, six_s = (count * SECOND_US for count in (2, 4, 6))
    assert sources(owner, fast, 0, two_s, HUNDREDTH_SECOND_US) == {"10ms": 200}
    assert sources(owner, fast, 0, two_s, 20_000) == {"10ms": 200}
    assert sources(owner, fast, 0, six_s, 20_000) == {"10ms": 200, "raw": 4000}
    assert sources(owner, fast, 0, six_s, TENTH_SECOND_US) == {"100ms": 40, "raw": 2000}
    assert sources(owner, fast, 0, six_s, 200_000) == {"100ms": 40, "raw": 2000}
    # Edges of seconds come from what is finer.
    assert sources(owner, fast, 250_000, four_s - 250_000, SECOND_US) == {
        "1s": 2,
        "100ms": 7 + 7,
        "10ms": 5,
        "raw": 50,
    }
    # Boundaries of 150 ms but every other lie within 100 ms, and within no 10 ms.
    assert sources(owner, fast, 0, 600_000, 150_000) == {"100ms": 4, "10ms": 20}
    # Nothing finer than a tier is answered from it.
    assert sources(owner, fast, 0, two_s, 5000) == {"raw": 2000}


def test_what_is_dirty_is_read_from_raw_and_no_more(server: Server, owner: Person, fast: str) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into dirty_window (minute, sensor_ids, seconds)"
            " select %s, array[id], array[2] from sensor where public_id = %s",
            (format_us(START_US), fast),
        )
        connection.execute(
            "update rollup_fine set raw_min = -1e9, physical_min = -1e9"
            " where date_trunc('second', bucket) = %s",
            (format_us(START_US + SECOND_US),),
        )
    assert sources(owner, fast, 0, 2 * SECOND_US, 20_000) == {"10ms": 100, "raw": 1000}
    assert sources(owner, fast, 0, 4 * SECOND_US, TENTH_SECOND_US) == {"100ms": 30, "raw": 1000}


@pytest.mark.parametrize("bucket_us", [1000, HUNDREDTH_SECOND_US, 50_000, TENTH_SECOND_US, 700_000])
def test_a_single_spike_shows_at_any_zoom(server: Server, owner: Person, sensor: str, bucket_us: int) -> None:
    spike = Stored(START_US + 1_234_567, 1e6, 1e6)
    store(server.database_url, sensor, [*READINGS, spike])
    roll_up(server.database_url, sensor, State(kept=frozenset([START_US]), fine=FINE))
    asked = {"from": format_us(START_US), "to": format_us(START_US + 4 * SECOND_US)}
    (series,) = owner.read("/series", sensor=sensor, stat=["max", "count"], bucket=f"{bucket_us}us", **asked)[
        "series"
    ]
    place = series["max"].index(1e6)
    assert series["t_us"][place] == spike.t_us // bucket_us * bucket_us
    for method in ("minmax", "m4", "lttb"):
        (samples,) = owner.read("/series", sensor=sensor, max_points=40, downsample=method, **asked)["series"]
        assert (spike.t_us, 1e6) in zip(samples["t_us"], samples["value"], strict=True)


@pytest.mark.parametrize(
    ("seconds", "max_drawn", "bucket"),
    [(2, 2000, "5ms"), (2, 1999, "10ms"), (6, 1999, "100ms"), (6, 2000, "10ms"), (6, 4000, "5ms")],
)
def test_a_picture_is_drawn_from_fine_buckets_where_it_takes_many_readings(
    owner: Person, fast: str, monkeypatch: pytest.MonkeyPatch, seconds: int, max_drawn: int, bucket: str
) -> None:
    monkeypatch.setattr(expected, "MAX_DRAWN", max_drawn)
    asked = {"from": format_us(START_US), "to": format_us(START_US + seconds * SECOND_US)}
    answer = owner.read("/series", sensor=fast, columns=200 * seconds, **asked)
    assert answer["meta"]["bucket"] == bucket
    assert answer["meta"]["coarsened_from"] == (None if bucket == "5ms" else "5ms")
    assert answer["summary"][0]["count"] == 1000 * seconds
    exact = owner.read("/series", sensor=fast, bucket=bucket, stat=["min", "max"], **asked)["series"][0]
    assert [answer["series"][0][name] for name in ("min", "max")] == [exact["min"], exact["max"]]


def test_where_readings_are_gone_the_finest_that_is_kept_answers(
    server: Server, owner: Person, fast: str
) -> None:
    forget(server.database_url, fast)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update project set raw_from = %s", (format_us(START_US + DAY_US),))
    asked = {"from": format_us(START_US), "to": format_us(START_US + 6 * SECOND_US)}
    answer = owner.read("/series", sensor=fast, stat="count", bucket="5ms", **asked)
    assert answer["meta"]["sources"] == [
        {"tier": "1s", "rows": 2},
        {"tier": "100ms", "rows": 20},
        {"tier": "10ms", "rows": 200},
    ]
    assert answer["series"][0]["count"] == [10] * 200 + [100] * 20 + [1000] * 2
    assert answer["meta"]["rounded_to"] == "1s"


def test_no_look_is_taken_at_fine_tiers_that_can_answer_nothing() -> None:
    line = Line.around(0, DAY_US)
    grid, stale = BucketGrid(line, FixedBuckets(MINUTE_US)), Staleness(Spans.none(), {}, Spans.none())
    minutes = Spans.of(np.array([2 * DAY_US]), np.array([2 * DAY_US + 10 * MINUTE_US]))
    whole = Plan({}, minutes)
    assert not len(needs_fine(whole, grid, stale, minutes))
    assert len(needs_fine(whole, BucketGrid(line, FixedBuckets(TENTH_SECOND_US)), stale, minutes))
    assert not len(needs_fine(whole, BucketGrid(line, FixedBuckets(5000)), stale, minutes))
    plan = plan_fine(whole, grid, stale, {SECOND_US: minutes})
    assert plan.raw.length == 0
