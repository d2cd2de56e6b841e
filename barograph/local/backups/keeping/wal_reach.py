"""Tells the database up to which moment all commits are in the backups, for metrics and `doctor`.

The server says how far it has written. Once the stream has received that, and the place has it, all that was
committed by then is with the backups, and this is noted.

Why: decision 1180.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from barograph.database.connections import ThreadConnection, open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.backups.keeping.source import STREAM_SLOT, BackupSource
from barograph.local.backups.places import BackupPlace

NOTE_EVERY_S = 15.0


@dataclass(frozen=True)
class _Written:
    """The position that the server had written at an earlier look."""

    lsn: str
    at: datetime


@dataclass(frozen=True)
class _Received:
    """The position that had come to this machine by `here_s`, of the monotonic clock."""

    at: datetime
    here_s: float


class WalReach:
    """How far the WAL of one stream has come into one place."""

    def __init__(self, source: BackupSource, place: BackupPlace) -> None:
        self._source, self._place = source, place
        self._note_at_s = 0.0
        self._written: _Written | None = None
        self._received: _Received | None = None

    def note(self, passed_on_s: float) -> None:
        """Looks from time to time. A database that is away is told nothing, and its absence shows elsewhere.

        Args:
            passed_on_s: the place has all that had come here by then.
        """
        if time.monotonic() < self._note_at_s:
            return
        self._note_at_s = time.monotonic() + NOTE_EVERY_S
        with suppress(psycopg.Error), open_connection(self._source.url, Role.BACKUP) as connection:
            self._look(connection)
            # The place may have it by now, where it is a folder.
            if self._received is not None and self._received.here_s <= passed_on_s:
                self._tell(connection, self._received.at)
                self._received = None

    def _look(self, connection: ThreadConnection) -> None:
        asked = {"slot": STREAM_SLOT, "written": self._written and self._written.lsn}
        (position,) = connection.execute(query("backup.stream_position"), asked).fetchall()
        if self._received is None and self._written is not None and position["has_come"]:
            self._received = _Received(self._written.at, time.monotonic())
            self._written = None
        if self._written is None:
            self._written = _as_written(position)

    def _tell(self, connection: ThreadConnection, reached_at: datetime) -> None:
        connection.execute(query("backup.do_not_wait"))
        noted = {"place": self._place.url, "reached_at": reached_at}
        connection.execute(query("backup.note_reach"), noted)


def _as_written(position: DictRow) -> _Written:
    return _Written(position["written"], position["now"])
