"""A producer's stream: what is new, what came before, what the acks say."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.rejects import Reject
from ingest.batch import content_hash
from ingest.producer import OUT_OF_STEP, REVOKED, SUPERSEDED, Binding, Ending, Producer
from ingest.source import MAX_LISTED, Fate, Frame, Receipt
from ingest.wire import Columns, ProtocolError


def bound(last_seq: int = 0, last_hash: bytes | None = None) -> Producer:
    return Producer(1, uuid4(), ["s0"], Binding(7, 1, last_seq, last_hash), historical=False)


def columns(seq: int, value: Sequence[float] = (1.0,)) -> Columns:
    n = len(value)
    return Columns(seq, np.zeros(n, np.int32), np.zeros(n, np.int64), np.array(value, np.float64), 20 * n)


def commit(frames: Sequence[Frame]) -> None:
    """As the committer does it: the last frame of a batch carries its hash."""
    frames[-1].content_hash = content_hash(frames[-1])
    for frame in frames:
        frame.source.on_receipt(Receipt(frame, Fate.STORED, frame.t_us.size))


def admitted(producer: Producer, seq: int, value: Sequence[float] = (1.0,)) -> Frame:
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
    waiting: list[Frame] = []
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


def test_a_duplicate_of_a_committed_frame_is_acked_at_once() -> None:
    producer = bound(4)
    assert producer.admit(columns(2, [1.0, 2.0])) is None
    assert producer.news.is_set()
    assert producer.take_ack() == {"type": "ack", "seq": 4, "accepted": 0, "duplicate": 2, "rejected": []}


def test_a_duplicate_of_a_frame_that_waits_is_acked_with_it() -> None:
    producer = bound()
    frame = admitted(producer, 1)
    assert producer.admit(columns(1)) is None
    assert not producer.news.is_set()
    commit([frame])
    assert producer.take_ack() == {"type": "ack", "seq": 1, "accepted": 1, "duplicate": 1, "rejected": []}


def test_an_empty_duplicate_is_acked_too() -> None:
    producer = bound(3)
    producer.admit(columns(3, []))
    assert producer.take_ack() == {"type": "ack", "seq": 3, "accepted": 0, "duplicate": 0, "rejected": []}


@pytest.mark.parametrize("after_a_bind", [True, False])
def test_the_last_frame_with_other_content_is_a_conflict(after_a_bind: bool) -> None:
    producer = bound()
    frame = admitted(producer, 1, [1.0])
    commit([frame])
    if after_a_bind:
        producer = bound(1, content_hash(frame))
    assert producer.admit(columns(1, [1.0])) is None
    with pytest.raises(ProtocolError) as error:
        producer.admit(columns(1, [2.0]))
    assert (error.value.slug, error.value.close, error.value.seq) == ("sequence-conflict", 4400, 1)


def test_a_frame_before_the_last_is_a_duplicate_whatever_it_holds() -> None:
    producer = bound()
    commit([admitted(producer, 1, [1.0]), admitted(producer, 2, [2.0])])
    assert producer.admit(columns(1, [9.0])) is None


def test_acks_not_taken_merge_into_one_that_stays_small() -> None:
    producer = bound()
    for seq in range(1, 1001):
        frame = admitted(producer, seq, [1.0, 2.0, 3.0])
        frame.source.on_receipt(
            Receipt(frame, Fate.STORED, 1, [(0, Reject.NOT_FINITE), (2, Reject.TOO_OLD)], 2)
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
