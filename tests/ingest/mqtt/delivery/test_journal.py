"""What the bridge's folder keeps of bodies, over their sending, their renumbering, and a restart."""

import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.mqtt.delivery.bodies import ReadingsOfBody
from ingest.mqtt.delivery.journal import BridgeJournal, KeepLimits, NumberedBody

PRODUCER = "mqtt/bridge"
OpenJournal = Callable[..., BridgeJournal]


@pytest.fixture
def opened(tmp_path: Path) -> Generator[OpenJournal]:
    """Opens the folder; whoever had it before is gone then."""
    with ExitStack() as stack:

        def open_journal(stored_s: float = 3600, size_bytes: int = 10**6) -> BridgeJournal:
            stack.close()
            journal = BridgeJournal(tmp_path, PRODUCER, KeepLimits(stored_s, size_bytes))
            return stack.enter_context(closing(journal))

        yield open_journal


def body(seq: int) -> NumberedBody:
    return NumberedBody(seq, ReadingsOfBody((f"r{seq}", "x" * 7), historical=bool(seq % 2)))


def begin(journal: BridgeJournal, *seqs: int) -> None:
    journal.begin([body(seq) for seq in seqs], [], {})


def test_what_was_sent_before_is_kept_and_what_is_sent_now_may_not_be_stored(opened: OpenJournal) -> None:
    journal = opened()
    begin(journal, 1, 2)
    begin(journal, 3)
    journal = opened()
    assert (journal.bodies(), journal.last_seq) == ([body(3)], 3)
    assert journal.kept_seqs(0, 3) == [1, 2]
    assert journal.kept_seqs(1, 2) == []
    assert [journal.kept(seq) for seq in (1, 2)] == [body(1).body, body(2).body]


def test_what_is_replaced_is_kept_only_as_far_as_it_is_stored(opened: OpenJournal) -> None:
    journal = opened()
    begin(journal, 1, 2, 3)
    journal.replace([NumberedBody(8, body(2).body), NumberedBody(9, body(3).body)], 2)
    assert (journal.kept_seqs(0, 100), journal.last_seq) == ([1], 9)
    assert [each.seq for each in journal.bodies()] == [8, 9]


def test_numbers_are_closed_up_at_once(opened: OpenJournal) -> None:
    journal = opened()
    begin(journal, 4, 5)
    begin(journal, 7)
    begin(journal, 9, 10)
    assert [each.seq for each in journal.close_up(4, [body(10)])] == [8]
    assert journal.kept_seqs(4, 100) == [5, 6, 7]
    assert [journal.kept(seq) for seq in (6, 7)] == [body(7).body, body(9).body]
    journal = opened()
    assert journal.bodies() == [NumberedBody(8, body(10).body)]
    assert journal.last_seq == 8
    assert journal.close_up(5, ()) == []
    assert (journal.kept_seqs(5, 100), journal.last_seq) == ([6, 7, 8], 8)


def test_what_is_too_old_or_too_much_goes(opened: OpenJournal) -> None:
    journal = opened(size_bytes=25)
    for seq in range(1, 6):
        begin(journal, seq)
    assert journal.kept_seqs(0, 100) == [3, 4]
    journal = opened(stored_s=0)
    begin(journal, 6)
    assert journal.kept_seqs(0, 100) == []
    journal = opened(size_bytes=25)
    begin(journal, 7)
    begin(journal, 8)
    assert journal.kept_seqs(0, 100) == [6, 7]


def test_setting_the_clock_makes_nothing_old(opened: OpenJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened()
    begin(journal, 1)
    clock = SimpleNamespace(time=lambda: time.time() + 86_400, monotonic=time.monotonic)
    monkeypatch.setattr("ingest.mqtt.delivery.journal.time", clock)
    begin(journal, 2)
    begin(journal, 3)
    assert journal.kept_seqs(0, 100) == [1, 2]


def test_a_folder_of_a_former_release_goes_on(opened: OpenJournal, tmp_path: Path) -> None:
    journal = opened()
    begin(journal, 1)
    begin(journal, 2)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite3")) as database:
        database.executescript("drop table kept_body; delete from meta where name = 'kept_bytes'")
    journal = opened()
    assert (journal.bodies(), journal.last_seq) == ([body(2)], 2)
    begin(journal, 3)
    assert journal.kept_seqs(0, 100) == [2]
