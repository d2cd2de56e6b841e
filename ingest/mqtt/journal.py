"""What the bridge remembers on its disk: bodies that may not be stored yet, messages that it took, births.

A body is written down, with the marks of its messages, before it is sent. So a bridge that was killed sends
exactly that body again, under its number, and knows the messages that the broker then sends once more.

Why: decision 600.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from barograph.files.file_lock import AlreadyLocked, locked
from ingest.mqtt.bodies import ReadingsOfBody
from ingest.mqtt.repeats import REMEMBERED, MessageMark

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
create table if not exists node (name text primary key, births text not null);
"""
# No reading as JSON holds a newline.
_BETWEEN = "\n"


class JournalUnusable(Exception):
    """The bridge's folder can't be used"""


@dataclass(frozen=True)
class NumberedBody:
    """A body under its number in the producer's sequence."""

    seq: int
    body: ReadingsOfBody


class BridgeJournal:
    """One bridge's memory, from its opening to its end. For one thread at a time.

    Attributes:
        last_seq: the last number that was used; None for a new folder, whose producer only the server knows.
        is_new: whether there was none before.
    """

    def __init__(self, folder: Path, producer: str) -> None:
        """Opens the folder, and takes it for this process alone.

        Raises:
            JournalUnusable: says why.
        """
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
        """Those that may not be stored yet, in their order."""
        rows = self._database.execute("select seq, historical, readings from body order by seq")
        return [
            NumberedBody(seq, ReadingsOfBody(tuple(readings.split(_BETWEEN)), bool(historical)))
            for seq, historical, readings in rows
        ]

    def marks(self) -> list[MessageMark]:
        """The last messages that were taken, in their order."""
        rows = self._database.execute("select packet_id, digest, is_timed from message order by id")
        return [MessageMark(packet_id, digest, bool(is_timed)) for packet_id, digest, is_timed in rows]

    def nodes(self) -> dict[str, str]:
        """The births of Sparkplug's edge nodes."""
        return dict(self._database.execute("select name, births from node"))

    def begin(
        self, bodies: Sequence[NumberedBody], marks: Iterable[MessageMark], nodes: Mapping[str, str]
    ) -> None:
        """Writes down what is about to be sent, in place of what was sent before, in one transaction.

        Raises:
            JournalUnusable: it can't be written. Nothing was.
        """
        try:
            with self._database:
                self._database.execute("begin immediate")
                self._put_bodies(bodies)
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
        except sqlite3.Error as error:
            raise JournalUnusable(f"the bridge's folder can't be written: {error}") from error

    def replace(self, bodies: Sequence[NumberedBody]) -> None:
        """Writes down other numbers, or other bodies, for what is sent.

        Raises:
            JournalUnusable: it can't be written. Nothing was.
        """
        self.begin(bodies, (), {})

    def _put_bodies(self, bodies: Sequence[NumberedBody]) -> None:
        self._database.execute("delete from body")
        self._database.executemany(
            "insert into body (seq, historical, readings) values (?, ?, ?)",
            [(each.seq, each.body.historical, _BETWEEN.join(each.body.readings)) for each in bodies],
        )
        if bodies:
            self.last_seq = bodies[-1].seq
            self._set_meta("last_seq", str(self.last_seq))

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
