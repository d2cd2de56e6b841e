"""The law of series: whatever roll-ups hold or don't hold yet, an answer equals NumPy over raw readings."""

from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.stored import lookups, slices
from barograph.times import (
    DAY_US,
    HUNDREDTH_SECOND_US,
    MINUTE_US,
    SECOND_US,
    TENTH_SECOND_US,
    format_us,
    now_us,
)
from tests.api.conftest import People, ProjectMaker
from tests.api.rollups import ALL_SECONDS, HOUR_US, State, minutes_of, roll_up
from tests.api.series.truth import STATS, VALUES, assert_true
from tests.api.server import Server
from tests.api.stored import Stored, store
from tests.examples import few_examples

START_US = (now_us() // DAY_US - 5) * DAY_US
LENGTH_US = 3 * DAY_US
# Clustered, so that instants coincide, buckets hold several, and some lie on the edges of tiers.
OFFSETS = st.one_of(
    st.integers(0, 20),
    st.integers(0, 5 * SECOND_US),
    st.integers(0, 3 * MINUTE_US),
    st.integers(0, 3 * HOUR_US),
    st.integers(0, LENGTH_US - 1),
    st.tuples(
        st.integers(1, 24),
        st.sampled_from([HUNDREDTH_SECOND_US, TENTH_SECOND_US, SECOND_US, MINUTE_US, HOUR_US]),
        st.integers(0, 1),
    ).map(lambda edge: edge[0] * edge[1] - edge[2]),
)
READINGS = st.lists(
    st.builds(
        Stored,
        t_us=OFFSETS.map(lambda offset: START_US + offset),
        raw=VALUES,
        physical=st.one_of(st.none(), VALUES),
        profile=st.sampled_from([None, 1, 2]),
    ),
    max_size=60,
)
SIZES_US = st.sampled_from(
    [
        7000,
        HUNDREDTH_SECOND_US,
        15_000,
        20_000,
        TENTH_SECOND_US,
        250_000,
        SECOND_US,
        1_500_000,
        7 * SECOND_US,
        MINUTE_US,
        90 * SECOND_US,
        HOUR_US,
        150 * MINUTE_US,
        DAY_US,
        2 * DAY_US,
    ]
)


@st.composite
def states(draw: st.DrawFn, readings: Sequence[Stored]) -> State:
    """Any that the jobs can leave roll-ups of these readings in."""
    minutes = minutes_of(readings)
    if not minutes:
        return State()
    some = st.lists(st.sampled_from(minutes), unique=True)
    masks = st.one_of(st.just(ALL_SECONDS), st.integers(1, 2**60 - 1), st.sampled_from([1, 3, 1 << 59]))
    due = {
        tier_us: frozenset(minute // tier_us * tier_us for minute in draw(some))
        for tier_us in (HOUR_US, DAY_US)
    }
    seconds = sorted({reading.t_us // SECOND_US * SECOND_US for reading in readings})
    fine = st.dictionaries(st.sampled_from(seconds), st.sampled_from([TENTH_SECOND_US, HUNDREDTH_SECOND_US]))
    dirty = {minute: draw(masks) for minute in draw(some)}
    return State(frozenset(draw(some)), dirty, due, draw(fine))


@few_examples(15)
@given(data=st.data(), readings=READINGS, layer=st.sampled_from(["physical", "raw"]), size_us=SIZES_US)
def test_a_series_equals_numpy_whatever_state_its_rollups_are_in(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    data: st.DataObject,
    readings: list[Stored],
    layer: str,
    size_us: int,
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    for _ in range(2):
        people.owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
    store(server.database_url, sensor, readings)
    roll_up(server.database_url, sensor, data.draw(states(readings), "state"))
    start = data.draw(st.sampled_from([0, 1, 5000, 1_500_000, 59 * MINUTE_US, DAY_US]), "start")
    length = data.draw(
        st.sampled_from([3 * SECOND_US, 100 * SECOND_US, 5 * HOUR_US, LENGTH_US + 7]), "length"
    )
    align = data.draw(st.sampled_from(["epoch", "start"]), "align")
    from_us, to_us = START_US + start, START_US + start + length
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICE_READINGS", data.draw(st.sampled_from([3, 200_000]), "slice"))
        patch.setattr(lookups, "MAX_LOOKUPS", data.draw(st.sampled_from([0, 2000]), "look-ups"))
        answer = people.owner.read(
            "/series",
            **{
                "sensor": sensor,
                "from": format_us(from_us),
                "to": format_us(to_us),
                "bucket": f"{size_us}us",
                "layer": layer,
                "stat": STATS,
                "align": align,
            },
        )
    (series,) = answer["series"]
    anchor_us = 0
    if align == "start":
        anchor_us = from_us
        series["t_us"] = [from_us + elapsed_us for elapsed_us in series["elapsed_us"]]
    inside = [reading for reading in readings if from_us <= reading.t_us < to_us]
    assert_true(series, inside, layer, size_us, anchor_us)


def test_what_is_clean_is_answered_from_the_coarsest_rollups_that_fit(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    # A reading each half minute for two days.
    readings = [Stored(START_US + n * 30 * SECOND_US, n, n) for n in range(2 * 2880)]
    store(server.database_url, sensor, readings)
    dirty = START_US + 5 * HOUR_US + 7 * MINUTE_US
    roll_up(server.database_url, sensor, State(dirty={dirty: ALL_SECONDS}))

    def sources(start_us: int, end_us: int, bucket: str) -> dict[str, int]:
        asked = {"from": format_us(START_US + start_us), "to": format_us(START_US + end_us), "bucket": bucket}
        answer = people.owner.read("/series", sensor=sensor, stat=STATS, **asked)
        inside = [r for r in readings if start_us <= r.t_us - START_US < end_us]
        assert sum(answer["series"][0]["count"]) == len(inside)
        return {source["tier"]: source["rows"] for source in answer["meta"]["sources"]}

    # The dirty minute takes its hour along, and that its day.
    assert sources(0, 2 * DAY_US, "1d") == {"1d": 1, "1h": 23, "1m": 59, "raw": 2}
    assert sources(DAY_US, 2 * DAY_US, "1d") == {"1d": 1}
    assert sources(DAY_US, DAY_US + HOUR_US, "5m") == {"1m": 60}
    # Ragged edges: 20 s before the first whole hour, and a minute and 40 s after the last.
    assert sources(DAY_US - 20 * SECOND_US, DAY_US + HOUR_US + 100 * SECOND_US, "1h") == {
        "1h": 1,
        "1m": 1,
        "raw": 2,
    }
    # Each boundary of 90 s but every other lies within a minute.
    assert sources(DAY_US, DAY_US + 6 * MINUTE_US, "90s") == {"1m": 4, "raw": 4}


def test_raw_readings_on_both_sides_of_a_rollup_are_put_in_their_order(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    readings = [Stored(START_US + n * MINUTE_US, n, n) for n in range(3)]
    store(server.database_url, sensor, readings)
    around = {START_US: ALL_SECONDS, START_US + 2 * MINUTE_US: ALL_SECONDS}
    roll_up(server.database_url, sensor, State(dirty=around))
    asked = {"from": format_us(START_US), "to": format_us(START_US + HOUR_US), "bucket": "1h"}
    (series,) = people.owner.read("/series", sensor=sensor, stat=STATS, **asked)["series"]
    assert_true(series, readings, "physical", HOUR_US)


@pytest.mark.parametrize("numbers", [[1, 2, 3], [1, 3], [1, 4, 1, 3], [2, 2]])
@pytest.mark.parametrize("is_rolled_up", [True, False])
def test_meta_names_every_version_that_was_used_and_no_other(
    server: Server, people: People, make_project: ProjectMaker, numbers: list[int], is_rolled_up: bool
) -> None:
    sensor = people.owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    for _ in range(4):
        people.owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
    # Each in an hour of its own, and all of them in one minute of the next day.
    hourly = [Stored(START_US + n * HOUR_US, n, n, number) for n, number in enumerate(numbers)]
    at_once = [Stored(START_US + DAY_US + n, n, n, number) for n, number in enumerate(numbers)]
    for readings in (hourly, [*hourly, *at_once]):
        store(server.database_url, sensor, readings)
        if is_rolled_up:
            with psycopg.connect(server.database_url) as connection:
                connection.execute(
                    "delete from rollup where sensor_id = (select id from sensor where public_id = %s)",
                    (sensor,),
                )
            roll_up(server.database_url, sensor)
        bounds = {"from": format_us(START_US), "to": format_us(START_US + 2 * DAY_US)}
        meta = people.owner.read("/series", sensor=sensor, bucket="2d", **bounds)["meta"]
        assert [profile["number"] for profile in meta["profiles"]] == sorted(set(numbers))
        assert ({source["tier"] for source in meta["sources"]} == {"1d"}) is is_rolled_up
