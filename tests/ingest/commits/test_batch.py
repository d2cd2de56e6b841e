"""Frames laid side by side come out as if each had been alone."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.catalog import Catalog
from barograph.readings.preparing.prepare import MAX_AHEAD_US
from barograph.readings.rejects.reject_codes import SLUGS, RejectCode
from barograph.readings.storing.producer_ledger import ProducerId
from barograph.times import DAY_US
from ingest.commits.batch import FrameBatch, assemble, content_hash
from ingest.messages.frames import MAX_LISTED, Fate, ReceivedFrame, Source
from tests.barograph.catalog.catalogs import FIRST_SENSOR_ID, PROJECT_ID, TOKEN_ID, make_catalog
from tests.ingest.frames import by_public_id

NOW_US = 20_000 * DAY_US
STATUSES = ["active", "inactive", "registering", "active"]
# The token sees all but the last.
CATALOG = make_catalog(
    STATUSES,
    max_age_us=DAY_US,
    token_sensors=frozenset(range(FIRST_SENSOR_ID, FIRST_SENSOR_ID + len(STATUSES) - 1)),
)
REFERENCES = ["s0", "s1", "s2", "s3", "nobody", str(CATALOG.public_ids[0])]

Reading = tuple[int, int, float]
readings = st.tuples(
    st.integers(-2, 6) | st.sampled_from([2**31 - 1, -(2**31)]),
    st.sampled_from([NOW_US, NOW_US - DAY_US, NOW_US - DAY_US - 1, NOW_US + MAX_AHEAD_US + 1]),
    st.sampled_from([1.5, float("nan"), float("inf")]),
)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    return Source(
        PROJECT_ID,
        TOKEN_ID,
        draw(st.lists(st.sampled_from(REFERENCES), max_size=6)),
        lambda _: None,
        producer_id=draw(st.none() | st.builds(ProducerId, st.integers(1, 9), st.uuids())),
        historical=draw(st.booleans()),
    )


def make_frame(source: Source, seq: int, rows: Sequence[Reading]) -> ReceivedFrame:
    return ReceivedFrame(
        source,
        seq,
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        size_bytes=100,
        received_us=NOW_US,
    )


@st.composite
def frame_lists(draw: st.DrawFn) -> list[ReceivedFrame]:
    streams = draw(st.lists(sources(), min_size=1, max_size=4))
    rows = st.lists(readings, max_size=8)
    return [
        make_frame(draw(st.sampled_from(streams)), seq, draw(rows))
        for seq in range(1, draw(st.integers(2, 7)))
    ]


def sensor_of(source: Source, channel: int) -> tuple[str, int | None]:
    """What a reading's channel means: a name, and a slot if the token sees such a sensor."""
    if not 0 <= channel < len(source.references):
        return f"channel {channel}", None
    reference = source.references[channel]
    slot = CATALOG.slot(reference)
    return reference, slot if slot in {0, 1, 2} else None


def verdict(source: Source, reading: Reading) -> int:
    channel, t_us, value = reading
    if not 0 <= channel < len(source.references):
        return RejectCode.UNKNOWN_CHANNEL
    slot = sensor_of(source, channel)[1]
    if slot is None:
        return RejectCode.UNKNOWN_SENSOR
    if STATUSES[slot] == "inactive":
        return RejectCode.SENSOR_INACTIVE
    if not np.isfinite(value):
        return RejectCode.NOT_FINITE
    if t_us < NOW_US - DAY_US:
        return RejectCode.TOO_OLD
    return RejectCode.TOO_FAR_AHEAD if t_us > NOW_US + MAX_AHEAD_US else 0


def rows_of(frame: ReceivedFrame) -> list[Reading]:
    return list(zip(frame.channel.tolist(), frame.t_us.tolist(), frame.value.tolist(), strict=True))


def refused(frame: ReceivedFrame) -> list[tuple[int, int]]:
    """Index and code of each refused reading."""
    verdicts = [verdict(frame.source, row) for row in rows_of(frame)]
    return [(index, code) for index, code in enumerate(verdicts) if code]


@given(frame_lists())
def test_each_frame_gets_the_receipt_it_would_get_alone(frames: list[ReceivedFrame]) -> None:
    receipts = assemble(CATALOG, frames, NOW_US).receipts()
    assert [receipt.frame for receipt in receipts] == frames
    for receipt in receipts:
        expected = refused(receipt.frame)
        assert receipt.fate is Fate.STORED
        assert list(receipt.rejected) == expected
        assert receipt.rejected_total == len(expected)
        assert receipt.accepted == receipt.frame.t_us.size - len(expected)


@given(frame_lists())
def test_each_refused_reading_is_kept_with_all_that_is_known_of_it(frames: list[ReceivedFrame]) -> None:
    kept = kept_rows(assemble(CATALOG, frames, NOW_US))
    expected: list[tuple[object, ...]] = []
    for frame in frames:
        for index, code in refused(frame):
            channel, t_us, value = rows_of(frame)[index]
            name, slot = sensor_of(frame.source, channel)
            sensor_id = None if slot is None else FIRST_SENSOR_ID + slot
            producer_id = frame.source.producer_id
            row_id = 0 if producer_id is None else producer_id.row_id
            expected.append((row_id, frame.seq, index, name, sensor_id, t_us, repr(value), SLUGS[code]))
    assert kept == expected


def kept_rows(batch: FrameBatch) -> list[tuple[object, ...]]:
    rejected = batch.rejected()
    return [
        (
            rejected.origins[int(rejected.origin[row])].producer_id,
            int(rejected.seq[row]),
            int(rejected.index[row]),
            *rejected.origins[int(rejected.origin[row])][1:],
            int(rejected.t_us[row]),
            repr(float(rejected.value[row])),
            SLUGS[rejected.code[row]],
        )
        for row in range(rejected.code.size)
    ]


@given(frame_lists())
def test_a_batch_refused_whole_keeps_the_reasons_that_were_there(frames: list[ReceivedFrame]) -> None:
    batch = assemble(CATALOG, frames, NOW_US, refuse_as=RejectCode.STORAGE_REFUSED)
    for receipt in batch.receipts():
        verdicts = [verdict(receipt.frame.source, row) for row in rows_of(receipt.frame)]
        assert [code for _, code in receipt.rejected] == [
            code or RejectCode.STORAGE_REFUSED for code in verdicts
        ]
        assert receipt.accepted == 0


@given(frame_lists())
def test_only_sensors_with_accepted_readings_are_alive_and_history_is_not(
    frames: list[ReceivedFrame],
) -> None:
    alive = by_public_id(assemble(CATALOG, frames, NOW_US).seen_sensors())
    expected: dict[str, int] = {}
    for frame in frames:
        for row in rows_of(frame):
            slot = sensor_of(frame.source, row[0])[1]
            if not frame.source.historical and not verdict(frame.source, row) and slot is not None:
                public_id = CATALOG.public_ids[slot]
                expected[public_id] = max(expected.get(public_id, row[1]), row[1])
    assert alive == expected


def test_history_of_a_sensor_that_live_frames_only_name_is_no_sign_of_life() -> None:
    live = Source(PROJECT_ID, TOKEN_ID, ["s0", "s2"], lambda _: None)
    history = Source(PROJECT_ID, TOKEN_ID, ["s2"], lambda _: None, historical=True)
    frames = [make_frame(source, 1, [(0, NOW_US, 1.0)]) for source in (live, history)]
    alive = by_public_id(assemble(CATALOG, frames, NOW_US).seen_sensors())
    assert alive == {CATALOG.public_ids[0]: NOW_US}


def test_at_most_a_hundred_rejects_are_listed_in_a_receipt() -> None:
    source = Source(PROJECT_ID, TOKEN_ID, ["s0"], lambda _: None)
    frame = make_frame(source, 1, [(9, NOW_US, 1.0)] * (MAX_LISTED + 5))
    (receipt,) = assemble(CATALOG, [frame], NOW_US).receipts()
    assert (len(receipt.rejected), receipt.rejected_total) == (MAX_LISTED, MAX_LISTED + 5)


def test_channels_are_resolved_again_when_the_catalog_moves() -> None:
    source = Source(PROJECT_ID, TOKEN_ID, ["s0", "s1"], lambda _: None)
    before = assemble(CATALOG, [make_frame(source, 1, [(1, NOW_US, 1.0)])], NOW_US)
    after: Catalog = make_catalog(["active", "active"], max_age_us=DAY_US, version=2)
    assert before.receipts()[0].accepted == 0
    assert assemble(after, [make_frame(source, 1, [(1, NOW_US, 1.0)])], NOW_US).receipts()[0].accepted == 1


def meaning(frame: ReceivedFrame) -> Counter[tuple[str, int, str]]:
    """What a frame says of which sensors, whatever its channels and their order."""
    return Counter(
        (sensor_key(frame.source, channel), t_us, repr(value)) for channel, t_us, value in rows_of(frame)
    )


def sensor_key(source: Source, channel: int) -> str:
    name, slot = sensor_of(source, channel)
    return name if slot is None else CATALOG.keys[slot]


few_readings = st.lists(st.tuples(st.integers(-1, 3), st.sampled_from([NOW_US, 7]), st.just(1.5)), max_size=4)


@given(sources(), few_readings, sources(), few_readings)
def test_frames_of_sockets_have_one_hash_if_and_only_if_they_mean_the_same(
    source: Source, rows: list[Reading], other: Source, other_rows: list[Reading]
) -> None:
    for each in (source, other):
        each.bind_channels(CATALOG)
    frame, other_frame = make_frame(source, 1, rows), make_frame(other, 1, other_rows)
    is_same = meaning(frame) == meaning(other_frame)
    assert (content_hash(frame, CATALOG) == content_hash(other_frame, CATALOG)) == is_same


@given(sources(), st.lists(readings, min_size=2, max_size=5), st.randoms())
def test_the_order_of_readings_and_of_channels_means_nothing(
    source: Source, rows: list[Reading], chance: Random
) -> None:
    width = len(source.references)
    order = chance.sample(range(width), width)
    other = Source(PROJECT_ID, TOKEN_ID, [source.references[channel] for channel in order], lambda _: None)
    moved = [(order.index(c) if 0 <= c < width else c, t_us, value) for c, t_us, value in rows]
    frame, again = make_frame(source, 1, rows), make_frame(other, 1, chance.sample(moved, len(moved)))
    assert content_hash(frame, CATALOG) == content_hash(again, CATALOG)


def test_the_same_columns_of_another_sensor_or_seq_are_another_frame() -> None:
    sources = [
        Source(PROJECT_ID, TOKEN_ID, [key], lambda _: None) for key in ("s0", "s1", "nobody", "no one")
    ]
    frames = [make_frame(source, 1, [(0, NOW_US, 1.5)]) for source in sources]
    frames.append(make_frame(sources[0], 2, [(0, NOW_US, 1.5)]))
    frames.append(make_frame(sources[0], 1, [(0, NOW_US, 1.5)] * 2))
    frames.append(make_frame(sources[0], 1, []))
    assert len({content_hash(frame, CATALOG) for frame in frames}) == len(frames)


@given(frame_lists())
def test_frames_of_a_batch_have_the_hashes_they_have_alone(frames: list[ReceivedFrame]) -> None:
    assemble(CATALOG, frames, NOW_US)
    assert [frame.content_hash for frame in frames] == [content_hash(frame, CATALOG) for frame in frames]
