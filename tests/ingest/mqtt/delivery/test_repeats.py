"""Which messages are repeats, and which are new."""

from collections.abc import Iterable

from ingest.mqtt.delivery import repeats
from ingest.mqtt.delivery.repeats import MessageMark, RememberedMessages, digest_of

A, B = digest_of("t", b"a"), digest_of("t", b"b")
PLAIN = MessageMark(7, A, is_timed=False)
TIMED = MessageMark(7, A, is_timed=True)


def remembering(*marks: MessageMark) -> RememberedMessages:
    return RememberedMessages(marks)


def test_without_a_time_it_is_a_repeat_only_by_the_brokers_word_and_the_packet_id() -> None:
    remembered = remembering(PLAIN)
    assert remembered.is_repeat(PLAIN, is_sent_again=True)
    assert not remembered.is_repeat(PLAIN, is_sent_again=False)
    assert not remembered.is_repeat(PLAIN._replace(packet_id=8), is_sent_again=True)
    assert not remembered.is_repeat(PLAIN._replace(digest=B), is_sent_again=True)
    assert not remembered.is_repeat(PLAIN._replace(packet_id=0), is_sent_again=True)


def test_a_packet_id_means_its_last_message() -> None:
    remembered = remembering(PLAIN, PLAIN._replace(digest=B))
    assert not remembered.is_repeat(PLAIN, is_sent_again=True)
    assert remembered.is_repeat(PLAIN._replace(digest=B), is_sent_again=True)


def test_with_times_the_same_content_is_a_repeat_however_it_comes() -> None:
    remembered = remembering(TIMED)
    assert remembered.is_repeat(TIMED._replace(packet_id=9), is_sent_again=False)
    assert not remembered.is_repeat(TIMED._replace(digest=B), is_sent_again=True)


def test_a_broker_that_counts_anew_makes_packet_ids_mean_nothing() -> None:
    remembered = remembering(PLAIN, TIMED._replace(digest=B))
    remembered.forget_packet_ids()
    assert not remembered.is_repeat(PLAIN, is_sent_again=True)
    assert remembered.is_repeat(TIMED._replace(digest=B), is_sent_again=False)


def test_what_is_long_ago_is_forgotten() -> None:
    others: Iterable[MessageMark] = (
        MessageMark(1 + number % 60_000, digest_of("t", str(number).encode()), is_timed=bool(number % 2))
        for number in range(repeats.REMEMBERED)
    )
    remembered = remembering(MessageMark(65_535, A, is_timed=False), MessageMark(65_534, B, is_timed=True))
    assert remembered.is_repeat(MessageMark(65_535, A, is_timed=False), is_sent_again=True)
    for mark in others:
        remembered.add(mark)
    assert not remembered.is_repeat(MessageMark(65_535, A, is_timed=False), is_sent_again=True)
    assert not remembered.is_repeat(MessageMark(65_534, B, is_timed=True), is_sent_again=True)


def test_topic_and_content_do_not_run_into_each_other() -> None:
    assert digest_of("a", b"bc") != digest_of("ab", b"c")
