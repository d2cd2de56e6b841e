"""Preparing batches, against deciding about readings one by one."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.timeline import BEGINNING_US, FOREVER_US, ProfilePiece
from barograph.readings.preparing.prepare import MAX_AHEAD_US, UNKNOWN_CHANNEL, UNKNOWN_SENSOR, prepare
from barograph.readings.preparing.prepared import Prepared, ReadyBatch
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.times import DAY_US, MINUTE_US, SECOND_US
from conversion import CompiledProfile, compile_profile
from tests.barograph.catalog.catalogs import FIRST_PROFILE_ID, FIRST_SENSOR_ID, linear, make_catalog

NOW_US = 20_000 * DAY_US
MAX_AGE_US = 3 * DAY_US
OLDEST_US, NEWEST_US = NOW_US - MAX_AGE_US, NOW_US + MAX_AHEAD_US
INT64 = np.iinfo(np.int64)

PROFILES = [
    linear(2.0, 1.0),
    compile_profile({"kind": "polynomial", "payload": {"coefficients": [1, 0, 0.5]}}),
    compile_profile(
        {
            "kind": "linear",
            "payload": {"slope": 1, "offset": 0, "domain": {"min": -10, "max": 10}, "out_of_domain": "null"},
        }
    ),
]

Reading = tuple[int, int, float]
Row = tuple[int, float, float | None, int, int | None, int | None]

# Instants beside every bound, and minutes that readings share.
times = st.builds(
    int.__add__,
    st.sampled_from([OLDEST_US, NOW_US - DAY_US, NOW_US, NEWEST_US]),
    st.integers(-2, 2) | st.integers(-3 * MINUTE_US, 3 * MINUTE_US),
) | st.sampled_from([INT64.min, INT64.max, 0])


@st.composite
def timelines(draw: st.DrawFn, slots: int) -> list[ProfilePiece]:
    """Pieces of each sensor: none, one without bounds, or two that meet."""
    pieces: list[ProfilePiece] = []
    for slot in range(slots):
        bounds = draw(
            st.sampled_from([[], [BEGINNING_US, FOREVER_US], [NOW_US - DAY_US, NOW_US, FOREVER_US]])
        )
        for start, end in pairwise(bounds):
            pieces.append(ProfilePiece(slot, draw(st.integers(0, len(PROFILES) - 1)), start, end))
    return pieces


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[str], list[ProfilePiece], list[Reading]]:
    statuses = draw(
        st.lists(
            st.sampled_from(["registering", "active", "inactive", "decommissioned"]), min_size=1, max_size=5
        )
    )
    slots = st.sampled_from([UNKNOWN_SENSOR, UNKNOWN_CHANNEL, *range(len(statuses))])
    readings = st.lists(st.tuples(slots, times, st.floats() | st.floats(-20, 20)), max_size=30)
    return statuses, draw(timelines(len(statuses))), draw(readings)


def verdict(statuses: Sequence[str], reading: Reading) -> int:
    """What the contract says about one reading."""
    slot, t_us, value = reading
    if slot == UNKNOWN_CHANNEL:
        return RejectCode.UNKNOWN_CHANNEL
    if slot == UNKNOWN_SENSOR:
        return RejectCode.UNKNOWN_SENSOR
    if statuses[slot] in {"inactive", "decommissioned"}:
        return RejectCode.SENSOR_INACTIVE
    if not np.isfinite(value):
        return RejectCode.NOT_FINITE
    if t_us < OLDEST_US:
        return RejectCode.TOO_OLD
    return RejectCode.TOO_FAR_AHEAD if t_us > NEWEST_US else 0


def row(pieces: Sequence[ProfilePiece], reading: Reading) -> Row:
    """What must be stored of one accepted reading."""
    slot, t_us, value = reading
    sensor_id = slot + FIRST_SENSOR_ID
    for piece in pieces:
        if piece.slot == slot and piece.from_us <= t_us < piece.to_us:
            physical, flags = convert_one(PROFILES[piece.profile], value)
            return t_us, value, physical, sensor_id, piece.profile + FIRST_PROFILE_ID, flags
    return t_us, value, None, sensor_id, None, None


def convert_one(profile: CompiledProfile, value: float) -> tuple[float | None, int | None]:
    converted = profile.convert(np.array([value]))
    physical, flags = float(converted.physical[0]), int(converted.flags[0])
    return None if np.isnan(physical) else physical, flags or None


def stored_rows(prepared: Prepared) -> list[Row]:
    assert isinstance(prepared, ReadyBatch)  # no profile here needs other sensors
    columns = prepared.columns
    return [
        (
            t_us,
            raw,
            None if math.isnan(physical) else physical,
            sensor_id,
            None if profile_id < 0 else profile_id,
            flags or None,
        )
        for t_us, raw, physical, sensor_id, profile_id, flags in zip(
            *(each.tolist() for each in vars(columns).values()), strict=True
        )
    ]


def prepare_all(
    statuses: Sequence[str],
    pieces: Sequence[ProfilePiece],
    readings: Sequence[Reading],
    refuse_as: RejectCode | None = None,
) -> Prepared:
    catalog = make_catalog(statuses, PROFILES, pieces, max_age_us=MAX_AGE_US)
    slot = np.array([reading[0] for reading in readings], np.int32)
    t_us = np.array([reading[1] for reading in readings], np.int64)
    value = np.array([reading[2] for reading in readings], np.float64)
    return prepare(catalog, slot, t_us, value, NOW_US, refuse_as=refuse_as)


@given(batches())
def test_each_reading_is_judged_as_if_it_were_alone(
    batch: tuple[list[str], list[ProfilePiece], list[Reading]],
) -> None:
    statuses, pieces, readings = batch
    prepared = prepare_all(statuses, pieces, readings)
    codes = [verdict(statuses, reading) for reading in readings]
    assert prepared.code.tolist() == codes
    assert prepared.accepted == codes.count(0)


@given(batches())
def test_accepted_readings_are_stored_as_if_they_were_alone(
    batch: tuple[list[str], list[ProfilePiece], list[Reading]],
) -> None:
    statuses, pieces, readings = batch
    prepared = prepare_all(statuses, pieces, readings)
    expected = [row(pieces, reading) for reading in readings if verdict(statuses, reading) == 0]
    assert sorted(map(repr, stored_rows(prepared))) == sorted(map(repr, expected))


@given(batches())
def test_readings_lie_sorted_by_sensor_and_in_the_order_they_came(
    batch: tuple[list[str], list[ProfilePiece], list[Reading]],
) -> None:
    # Rows with other NULLs are another layout, and lie apart.
    statuses, _, readings = batch
    prepared = prepare_all(statuses, [], readings)
    accepted = [reading for reading in readings if verdict(statuses, reading) == 0]
    in_order = sorted(accepted, key=lambda reading: reading[0])
    assert [
        (sensor - FIRST_SENSOR_ID, t_us, raw) for t_us, raw, _, sensor, _, _ in stored_rows(prepared)
    ] == in_order


@given(batches())
def test_exactly_the_seconds_and_sensors_touched_are_dirty(
    batch: tuple[list[str], list[ProfilePiece], list[Reading]],
) -> None:
    statuses, pieces, readings = batch
    prepared = prepare_all(statuses, pieces, readings)
    accepted = [reading for reading in readings if verdict(statuses, reading) == 0]
    expected: dict[tuple[int, int], int] = {}
    readings_of = Counter[tuple[int, int]]()
    for slot, t_us, _ in accepted:
        pair = (t_us // MINUTE_US * MINUTE_US, slot + FIRST_SENSOR_ID)
        expected[pair] = expected.get(pair, 0) | 1 << t_us % MINUTE_US // SECOND_US
        readings_of[pair] += 1
    dirty = prepared.dirty
    pairs = list(zip(dirty.minute_us.tolist(), dirty.sensor_id.tolist(), strict=True))
    assert pairs == sorted(expected)
    assert dict(zip(pairs, dirty.seconds.tolist(), strict=True)) == expected
    assert dict(zip(pairs, dirty.readings.tolist(), strict=True)) == readings_of
    assert prepared.chunks == len({t // DAY_US for _, t, _ in accepted})
    assert prepared.seen_slots.tolist() == sorted({slot for slot, _, _ in accepted})


@given(batches())
def test_what_is_refused_whole_is_refused_for_its_own_reason_first(
    batch: tuple[list[str], list[ProfilePiece], list[Reading]],
) -> None:
    statuses, pieces, readings = batch
    prepared = prepare_all(statuses, pieces, readings, refuse_as=RejectCode.STORAGE_REFUSED)
    assert prepared.code.tolist() == [verdict(statuses, r) or RejectCode.STORAGE_REFUSED for r in readings]
    assert prepared.accepted == prepared.chunks == prepared.dirty.minute_us.size == 0
    assert stored_rows(prepared) == []


def test_what_a_project_no_longer_keeps_is_too_old() -> None:
    catalog = make_catalog(["active"], max_age_us=MAX_AGE_US, raw_from_us=NOW_US - 10)
    t_us = np.array([NOW_US - 11, NOW_US - 10])
    for oldest_us in (None, OLDEST_US):
        prepared = prepare(catalog, np.zeros(2, np.int32), t_us, np.zeros(2), NOW_US, oldest_us=oldest_us)
        assert prepared.code.tolist() == [RejectCode.TOO_OLD, 0]


def test_more_sensors_than_16_bits_number_are_sorted_too() -> None:
    n = 2**16 + 3
    catalog = make_catalog(["active"] * n)
    slot = np.arange(n, dtype=np.int32)[::-1].copy()
    prepared = prepare(catalog, slot, np.full(n, NOW_US), np.zeros(n), NOW_US)
    assert [r[3] for r in stored_rows(prepared)] == list(range(FIRST_SENSOR_ID, FIRST_SENSOR_ID + n))
