"""A producer's stream: what is new, what came before, what the acks say."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.readings.rejects.reject_codes import RejectCode
from barograph.readings.storing.producer_ledger import ProducerId
from ingest.commits.batch import content_hash
from ingest.messages.frames import MAX_LISTED, Fate, Receipt, ReceivedFrame
from ingest.messages.wire import FrameColumns, ProtocolError
from ingest.producers.producer_stream import OUT_OF_STEP, REVOKED, SUPERSEDED, Binding, Ending, Producer
from ingest.producers.repeats import StoredFrames
from tests.barograph.catalog.catalogs import PROJECT_ID, TOKEN_ID, make_catalog

CATALOG = make_catalog(["active", "active"])


def bound(
    last_seq: int = 0,
    *,
    before: Sequence[ReceivedFrame] = (),
    former_hash: bytes | None = None,
    references: Sequence[str] = ("s0",),
) -> Producer:
    """A producer that has stored these frames, and none that is remembered of others up to `last_seq`."""
    stored = StoredFrames(last_seq, ring_of(before), former_hash)
    binding = Binding(ProducerId(7, UUID(int=7)), 1, last_seq, stored, CATALOG.stamp)
    return Producer(PROJECT_ID, TOKEN_ID, references, binding, lambda: CATALOG, historical=False)


def ring_of(frames: Sequence[ReceivedFrame]) -> bytes:
    """As a producer's row holds it: 8 bytes for each frame at seq % 256."""
    ring = np.zeros(256, "<u8")
    for frame in frames:
        ring[frame.seq % 256] = content_hash(frame, CATALOG)
    return ring.tobytes()


def columns(seq: int, value: Sequence[float] = (1.0,)) -> FrameColumns:
    n = len(value)
    return FrameColumns(
        seq, np.zeros(n, np.int32), np.zeros(n, np.int64), np.array(value, np.float64), 20 * n
    )


def commit(frames: Sequence[ReceivedFrame]) -> None:
    """As the committer does it: frames carry their hashes."""
    for frame in frames:
        frame.content_hash = content_hash(frame, CATALOG)
        frame.source.on_receipt(Receipt(frame, Fate.STORED, frame.t_us.size))


def admitted(producer: Producer, seq: int, value: Sequence[float] = (1.0,)) -> ReceivedFrame:
    frame = producer.admit(columns(seq, value))
    assert frame is not None
    return frame


def take_ack(producer: Producer, counts: Counter[str]) -> int | None:
    """The seq of the next ack, if there is one; its counts are added."""
    ack: dict[str, Any] | None = producer.take_ack()
    if ack is None:
        return None
    counts.update(accepted=ack["accepted"], duplicate=ack["duplicate"])
    return ack["seq"]


@given(st.lists(st.sampled_from(["next", "again", "gap", "commit", "ack"]), max_size=60), st.integers(0, 5))
def test_every_frame_is_admitted_once_in_order_and_acked_once_committed(story: list[str], start: int) -> None:
    producer = bound(start)
    waiting: list[ReceivedFrame] = []
    received = committed = acked = start
    sent_again = 0
    counts = Counter[str]()
    for event in story:
        match event:
            case "next":
                received += 1
                waiting.append(admitted(producer, received))
            case "again" if received > start:
                assert producer.admit(columns(received)) is None
                sent_again += 1
            case "gap":
                with pytest.raises(ProtocolError) as error:
                    producer.admit(columns(received + 2))
                assert (error.value.slug, error.value.close) == ("sequence-gap", 4400)
            case "commit" if waiting:
                committed = waiting[-1].seq
                commit(waiting)
                waiting = []
            case "ack":
                acked = take_ack(producer, counts) or acked
                assert acked == committed
                assert not producer.news.is_set()
            case _:
                pass
    acked = take_ack(producer, counts) or acked
    assert (acked, counts["accepted"], counts["duplicate"]) == (committed, committed - start, sent_again)
    assert producer.is_settled == (received == committed)


def frames_up_to(last: int) -> list[ReceivedFrame]:
    """Frames 1 to `last`, each of its seq as value."""
    producer = bound()
    return [admitted(producer, seq, [float(seq)]) for seq in range(1, last + 1)]


def assert_conflict(producer: Producer, seq: int, value: Sequence[float]) -> str:
    """Nothing of it is acknowledged; the error's words."""
    with pytest.raises(ProtocolError) as error:
        producer.admit(columns(seq, value))
    assert (error.value.slug, error.value.close, error.value.seq) == ("sequence-conflict", 4400, seq)
    return error.value.detail


def test_a_duplicate_of_a_committed_frame_is_acked_at_once() -> None:
    producer = bound(4, before=frames_up_to(4))
    assert producer.admit(columns(2, [2.0])) is None
    assert producer.news.is_set()
    assert producer.take_ack() == {"type": "ack", "seq": 4, "accepted": 0, "duplicate": 1, "rejected": []}


def test_a_duplicate_of_a_frame_that_waits_is_acked_with_it() -> None:
    producer = bound()
    frame = admitted(producer, 1)
    assert producer.admit(columns(1)) is None
    assert not producer.news.is_set()
    commit([frame])
    assert producer.take_ack() == {"type": "ack", "seq": 1, "accepted": 1, "duplicate": 1, "rejected": []}


def test_an_empty_duplicate_is_acked_too() -> None:
    producer = bound()
    commit([admitted(producer, 1, [])])
    producer.take_ack()
    producer.admit(columns(1, []))
    assert producer.take_ack() == {"type": "ack", "seq": 1, "accepted": 0, "duplicate": 0, "rejected": []}


@pytest.mark.parametrize("seq", [1, 2, 3])
@pytest.mark.parametrize("state", ["in flight", "committed", "bound again"])
def test_a_used_seq_with_other_content_is_a_conflict(seq: int, state: str) -> None:
    producer = bound()
    frames = [admitted(producer, number, [float(number)]) for number in (1, 2, 3)]
    if state != "in flight":
        commit(frames)
    if state == "bound again":
        producer = bound(3, before=frames)
    assert producer.admit(columns(seq, [float(seq)])) is None
    assert_conflict(producer, seq, [9.0])
    assert_conflict(producer, seq, [float(seq)] * 2)


def test_as_many_frames_are_known_as_the_row_holds_and_no_more() -> None:
    frames = frames_up_to(300)
    producer = bound(300, before=frames)
    for seq in (300, 45):
        assert producer.admit(columns(seq, [float(seq)])) is None
    assert "too long ago" in assert_conflict(producer, 44, [44.0])


@given(st.integers(1, 600), st.integers(1, 600), st.booleans())
def test_a_repeat_is_a_duplicate_exactly_if_it_is_what_was_stored(
    last: int, back: int, is_same: bool
) -> None:
    producer = bound()
    commit([admitted(producer, seq, [float(seq)]) for seq in range(1, last + 1)])
    seq = max(1, last + 1 - back)
    value = float(seq) if is_same else -1.0
    if is_same and seq > last - 256:
        assert producer.admit(columns(seq, [value])) is None
    else:
        assert_conflict(producer, seq, [value])


def test_a_frame_of_another_sensor_is_a_conflict_and_of_swapped_channels_a_duplicate() -> None:
    producer = bound(references=["s0", "s1"])
    frame = producer.admit(
        FrameColumns(1, np.array([0, 1], np.int32), np.array([5, 6]), np.array([1.0, 2.0]), 40)
    )
    assert frame is not None
    swapped = FrameColumns(1, np.array([1, 0], np.int32), np.array([5, 6]), np.array([1.0, 2.0]), 40)
    assert bound(1, before=[frame], references=["s1", "s0"]).admit(swapped) is None
    with pytest.raises(ProtocolError, match="other readings"):
        bound(1, before=[frame], references=["s1", "s0"]).admit(
            FrameColumns(1, frame.channel, frame.t_us, frame.value, 40)
        )


def test_the_last_frame_of_a_former_release_is_known_by_its_hash() -> None:
    # blake2b of channel int32[1], t_us int64[1] and value float64[1], as that release computed it.
    content = (
        np.array([0], "<i4").tobytes() + np.array([0], "<i8").tobytes() + np.array([1.0], "<f8").tobytes()
    )
    producer = bound(7, former_hash=hashlib.blake2b(content, digest_size=16).digest())
    assert producer.admit(columns(7, [1.0])) is None
    assert_conflict(producer, 7, [2.0])
    assert_conflict(producer, 6, [1.0])


def test_acks_not_taken_merge_into_one_that_stays_small() -> None:
    producer = bound()
    for seq in range(1, 1001):
        frame = admitted(producer, seq, [1.0, 2.0, 3.0])
        frame.source.on_receipt(
            Receipt(frame, Fate.STORED, 1, [(0, RejectCode.NOT_FINITE), (2, RejectCode.TOO_OLD)], 2)
        )
    ack: dict[str, Any] | None = producer.take_ack()
    assert ack is not None
    rejected = ack.pop("rejected")
    assert ack == {"type": "ack", "seq": 1000, "accepted": 1000, "duplicate": 0, "rejected_total": 2000}
    assert len(rejected) == MAX_LISTED
    assert rejected[:3] == [
        {"seq": 1, "index": 0, "code": "not-finite"},
        {"seq": 1, "index": 2, "code": "too-old"},
        {"seq": 2, "index": 0, "code": "not-finite"},
    ]
    assert producer.take_ack() is None


@pytest.mark.parametrize(
    ("fate", "ending"),
    [(Fate.SUPERSEDED, SUPERSEDED), (Fate.REVOKED, REVOKED), (Fate.OUT_OF_STEP, OUT_OF_STEP)],
)
def test_a_frame_that_is_not_stored_ends_the_stream_and_is_never_acked(fate: Fate, ending: Ending) -> None:
    producer = bound()
    first, second = admitted(producer, 1), admitted(producer, 2)
    commit([first])
    second.source.on_receipt(Receipt(second, fate))
    assert producer.ending is ending
    ack = producer.take_ack()
    assert ack is not None
    assert ack["seq"] == 1
    assert not producer.is_settled


def test_the_first_reason_to_end_is_the_one_given() -> None:
    producer = bound()
    producer.end(REVOKED)
    producer.end(SUPERSEDED)
    assert producer.ending is REVOKED
    assert producer.news.is_set()
