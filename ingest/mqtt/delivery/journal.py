"""What the bridge remembers on its disk: bodies that may not be stored yet, those that were stored lately,
messages that it took, births.

A body is written down, with the marks of its messages, before it is sent. So a bridge that was killed sends
exactly that body again, under its number, and knows the messages that the broker then sends once more.

Why: decision 600, decision 800.
"""

import json
import sqlite3
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from barograph.files.file_lock import AlreadyLocked, locked
from ingest.mqtt.delivery.bodies import ReadingsOfBody
from ingest.mqtt.delivery.repeats import REMEMBERED, MessageMark

_SCHEMA = """
create table if not exists meta (name text primary key, value text not null);
create table if not exists body (
    seq integer primary key, historical integer not null, readings text not null
);
create table if not exists message (
    id integer primary key autoincrement,
    packet_id integer not null,
    digest blob not null,
    is_timed integer not null
);
create table if not exists kept_body (
    seq integer primary key, kept_s real not null, size_bytes integer not null, historical integer not null,
    readings text not null
);
create table if not exists node (name text primary key, births text not null);
"""
# No reading as JSON holds a newline.
_BETWEEN = "\n"
# In one go, of what is kept no longer.
MAX_FORGOTTEN = 1000


class JournalUnusable(Exception):
    """The bridge's folder can't be used"""


@dataclass(frozen=True)
class NumberedBody:
    """A body under its number in the producer's sequence."""

    seq: int
    body: ReadingsOfBody


@dataclass(frozen=True)
class KeepLimits:
    """Limits on how long, and how much of, what is stored is kept."""

    stored_s: float
    size_bytes: int


class BridgeJournal:
    """One bridge's memory, from its opening to its end. For one thread at a time.

    Attributes:
        last_seq: the last number that was used; None for a new folder, whose producer only the server knows.
        is_new: whether there was none before.
    """

    def __init__(self, folder: Path, producer: str, keep: KeepLimits) -> None:
        """Opens the folder, and takes it for this process alone.

        Raises:
            JournalUnusable: says why.
        """
        self._keep = keep
        self._opened_s, self._opened_steady_s = time.time(), time.monotonic()
        self._lock = ExitStack()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.enter_context(locked(folder / "lock", 0.0))
            self._database = sqlite3.connect(
                folder / "journal.sqlite3", isolation_level=None, check_same_thread=False
            )
            self._database.execute("pragma journal_mode = wal")
            self._database.execute("pragma synchronous = full")
            self._database.executescript(_SCHEMA)
        except AlreadyLocked:
            raise JournalUnusable(f"another bridge uses {folder}; each needs a folder of its own") from None
        except (OSError, sqlite3.Error) as error:
            raise JournalUnusable(f"{folder}: {error}") from error
        self._check_producer(folder, producer)
        last = self._meta("last_seq")
        self.last_seq = None if last is None else int(last)

    def close(self) -> None:
        """Leaves the folder to the next one."""
        self._database.close()
        self._lock.close()

    def bodies(self) -> list[NumberedBody]:
        """The bodies that may not be stored yet, in their order."""
        rows = self._database.execute("select seq, historical, readings from body order by seq")
        return [
            NumberedBody(seq, ReadingsOfBody(tuple(readings.split(_BETWEEN)), bool(historical)))
            for seq, historical, readings in rows
        ]

    def marks(self) -> list[MessageMark]:
        """The last messages that were taken, in their order."""
        rows = self._database.execute("select packet_id, digest, is_timed from message order by id")
        return [MessageMark(packet_id, digest, bool(is_timed)) for packet_id, digest, is_timed in rows]

    def filters(self) -> list[str]:
        """All filters to which the bridge has ever subscribed."""
        return json.loads(self._meta("filters") or "[]")

    def note_filters(self, filters: Iterable[str]) -> None:
        """Notes that the bridge subscribes to these too.

        Raises:
            JournalUnusable: it can't be written. Nothing was.
        """
        known = set(self.filters())
        if not known.issuperset(filters):
            with self._transaction():
                self._set_meta("filters", json.dumps(sorted(known.union(filters))))

    def nodes(self) -> dict[str, str]:
        """The births of Sparkplug's edge nodes."""
        return dict(self._database.execute("select name, births from node"))

    def begin(
        self, bodies: Sequence[NumberedBody], marks: Iterable[MessageMark], nodes: Mapping[str, str]
    ) -> None:
        """Writes down what is about to be sent, in one transaction. What was sent before is stored.

        Raises:
            JournalUnusable: it can't be written. Nothing was.
        """
        with self._transaction():
            self._put_bodies(bodies, None)
            rows = [(mark.packet_id, mark.digest, mark.is_timed) for mark in marks]
            self._database.executemany(
                "insert into message (packet_id, digest, is_timed) values (?, ?, ?)", rows
            )
            self._database.execute(
                "delete from message where id <= (select max(id) from message) - ?", (REMEMBERED,)
            )
            self._database.executemany(
                "insert or replace into node (name, births) values (?, ?)", list(nodes.items())
            )

    def replace(self, bodies: Sequence[NumberedBody], first: int) -> None:
        """Writes down other numbers, or other bodies, from this number on; what is before it is stored.

        Raises:
            JournalUnusable: it can't be written. Nothing was.
        """
        with self._transaction():
            self._put_bodies(bodies, first)

    def close_up(self, last: int, waiting: Sequence[NumberedBody]) -> list[NumberedBody]:
        """Gives what is kept after this number, and what waits, the numbers from there on; what waits, then.

        Raises:
            JournalUnusable: it can't be written. Nothing was.
        """
        first = waiting[0].seq if waiting else (self.last_seq or 0) + 1
        with self._transaction():
            self._put_bodies((), first)
            kept = self.kept_seqs(last, first)
            self._database.executemany(
                "update kept_body set seq = ? where seq = ?",
                [(last + 1 + place, seq) for place, seq in enumerate(kept)],
            )
            start = last + len(kept) + 1
            closed_up = [NumberedBody(start + place, each.body) for place, each in enumerate(waiting)]
            self._put_bodies(closed_up, None)
            self._note_last(start + len(waiting) - 1)
        return closed_up

    def kept_seqs(self, last: int, first: int) -> list[int]:
        """The numbers between these of bodies that are stored, and kept."""
        rows = self._database.execute(
            "select seq from kept_body where seq > ? and seq < ? order by seq", (last, first)
        )
        return [seq for (seq,) in rows]

    def kept(self, seq: int) -> ReadingsOfBody:
        """A body of `kept_seqs`."""
        found = self._database.execute("select historical, readings from kept_body where seq = ?", (seq,))
        historical, readings = found.fetchone()
        return ReadingsOfBody(tuple(readings.split(_BETWEEN)), bool(historical))

    @contextmanager
    def _transaction(self) -> Generator[None]:
        try:
            with self._database:
                self._database.execute("begin immediate")
                yield
        except sqlite3.Error as error:
            raise JournalUnusable(f"the bridge's folder can't be written: {error}") from error

    def _put_bodies(self, bodies: Sequence[NumberedBody], stored_before: int | None) -> None:
        """Replaces all bodies. Those before a number, or all of them, are stored, and kept."""
        self._keep_stored(stored_before)
        self._database.execute("delete from body")
        self._database.executemany(
            "insert into body (seq, historical, readings) values (?, ?, ?)",
            [(each.seq, each.body.historical, _BETWEEN.join(each.body.readings)) for each in bodies],
        )
        if bodies:
            self._note_last(bodies[-1].seq)

    def _keep_stored(self, before: int | None) -> None:
        size_bytes = int(self._meta("kept_bytes") or 0)
        # A number may have been used before, by a release that kept nothing.
        size_bytes -= self._sizes(
            "delete from kept_body where seq in (select seq from body where ?1 is null or seq < ?1)"
            " returning size_bytes",
            (before,),
        )
        size_bytes += self._sizes(
            "insert into kept_body (seq, kept_s, size_bytes, historical, readings)"
            " select seq, ?2, length(readings), historical, readings from body where ?1 is null or seq < ?1"
            " returning size_bytes",
            (before, self._now_s()),
        )
        self._set_meta("kept_bytes", str(self._without_oldest(size_bytes)))

    def _without_oldest(self, size_bytes: int) -> int:
        """Removes what is older, or more, than is to be kept; what is left, in bytes."""
        oldest_s = self._now_s() - self._keep.stored_s
        rows = self._database.execute(
            "select seq, kept_s, size_bytes from kept_body order by seq limit ?", (MAX_FORGOTTEN,)
        ).fetchall()
        for seq, kept_s, row_bytes in rows:
            if kept_s > oldest_s and size_bytes <= self._keep.size_bytes:
                break
            self._database.execute("delete from kept_body where seq = ?", (seq,))
            size_bytes -= row_bytes
        return size_bytes

    def _now_s(self) -> float:
        """The machine's clock at the start plus what has run since: setting the clock makes nothing old."""
        return self._opened_s + time.monotonic() - self._opened_steady_s

    def _sizes(self, statement: str, parameters: Sequence[object]) -> int:
        """The bytes of the kept bodies that a statement adds or removes."""
        rows = self._database.execute(statement, parameters).fetchall()
        return sum(size_bytes for (size_bytes,) in rows)

    def _note_last(self, seq: int) -> None:
        self.last_seq = seq
        self._set_meta("last_seq", str(seq))

    def _check_producer(self, folder: Path, producer: str) -> None:
        """A folder is of one producer: its numbers mean nothing to another one."""
        kept = self._meta("producer")
        if kept is None:
            self._set_meta("producer", producer)
        elif kept != producer:
            self.close()
            raise JournalUnusable(
                f"{folder} is of the producer {kept}, not of {producer}. Give the bridge another folder, or "
                "move this one away once nothing is left to send"
            )

    def _meta(self, name: str) -> str | None:
        row = self._database.execute("select value from meta where name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def _set_meta(self, name: str, value: str) -> None:
        self._database.execute("insert or replace into meta (name, value) values (?, ?)", (name, value))
