"""Keeps backups: streams WAL all the time, takes a backup when one is due, and removes old ones.

`up` runs it beside the programs where a place is named; elsewhere `python -m barograph backup keep` does.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.errors import BarographError
from barograph.local.backups.keeping.base_backup import take_backup
from barograph.local.backups.keeping.left_slots import drop_left_slots
from barograph.local.backups.keeping.pruning import prune
from barograph.local.backups.keeping.source import BackupSource, look_at_source
from barograph.local.backups.keeping.wal_reach import WalReach
from barograph.local.backups.keeping.wal_stream import WalStream
from barograph.local.backups.kept_files import keep_files
from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord, claim_place, list_backups
from barograph.local.backups.wal_files import WAL, has_break
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.executables import Executables
from barograph.settings import Settings
from barograph.times import parse_time

TICK_S = 1.0
LOOK_EVERY_S = 60.0
RETRY_BASE_S = 600.0
FILES_EVERY_S = 300.0
FAILURES = (SetUpRefused, OSError, psycopg.Error, BarographError)


@dataclass(frozen=True)
class FollowedServer:
    """The server whose WAL comes."""

    source: BackupSource
    stream: WalStream
    reach: WalReach


class BackupKeeper:
    """Keeps the backups of one database.

    Args:
        database_url: the owner's.
        say: tells people.
    """

    def __init__(
        self,
        database_url: str,
        place: BackupPlace,
        settings: Settings,
        executables: Executables,
        say: Callable[[str], None],
        *,
        is_owned: bool,
    ) -> None:
        self._database_url, self._is_owned = database_url, is_owned
        self._place, self._settings, self._executables = place, settings, executables
        self._say = say
        self._followed: FollowedServer | None = None
        self._taking: threading.Thread | None = None
        self._look_at_s = self._base_at_s = self._files_at_s = 0.0
        self._last_failure = ""

    def run(self, stopping: threading.Event) -> None:
        """Keeps backups until it is asked to stop. A failure is told once, and tried again."""
        while not stopping.is_set():
            try:
                self._turn()
                self._last_failure = ""
            except FAILURES as error:
                self._tell_failure(error)
            stopping.wait(TICK_S)
        if self._followed is not None:
            self._followed.stream.stop()

    def _turn(self) -> None:
        if time.monotonic() >= self._look_at_s:
            self._look_at_s = time.monotonic() + LOOK_EVERY_S
            self._look()
        if self._followed is not None:
            self._tend(self._followed)
        if time.monotonic() >= self._files_at_s and self._is_owned:
            self._files_at_s = time.monotonic() + FILES_EVERY_S
            keep_files(self._place, self._settings)

    def _tend(self, followed: "FollowedServer") -> None:
        if happened := followed.stream.tend():
            self._look_at_s = 0.0
            raise SetUpRefused(happened)
        followed.reach.note(followed.stream.passed_on_s)
        if self._taking is None and time.monotonic() >= self._base_at_s:
            self._base_at_s = time.monotonic() + LOOK_EVERY_S
            self._take_if_due(followed.source)

    def _look(self) -> None:
        """Looks which server answers, and on which timeline."""
        found = look_at_source(self._database_url, is_owned=self._is_owned)
        for machine in drop_left_slots(self._database_url):
            self._say(f"{machine} follows another machine by now, and keeps no more WAL for backups")
        if self._followed is not None and found == self._followed.source:
            return
        claim_place(self._place, found.system_id)
        if self._followed is not None:
            self._followed.stream.stop()
        stream = WalStream(found, self._place, self._settings.data_dir, self._executables)
        self._followed = FollowedServer(found, stream, WalReach(found, self._place))

    def _take_if_due(self, source: BackupSource) -> None:
        every = timedelta(hours=self._settings.backup_every_h)
        if _knows_any(source) and not is_due(self._place, source, every, datetime.now(UTC)):
            return
        self._taking = threading.Thread(target=self._take, args=(source,), daemon=True)
        self._taking.start()

    def _take(self, source: BackupSource) -> None:
        try:
            record = take_backup(source, self._place, self._settings, self._executables)
            self._say(f"Backup {record.id} is whole: {record.size_bytes / 2**20:,.1f} MB")
            for gone in prune(self._place, self._settings.backup_keep, source.url):
                self._say(f"Backup {gone} was removed: {self._settings.backup_keep} newer ones are there")
        except FAILURES as error:
            self._base_at_s = time.monotonic() + RETRY_BASE_S
            self._say(f"No backup was made, which is tried again in {RETRY_BASE_S / 60:g} minutes: {error}")
        finally:
            self._taking = None

    def _tell_failure(self, error: Exception) -> None:
        text = str(error).strip()
        if text != self._last_failure:
            self._say(f"Backups are kept no longer; tried again until it works: {text}")
        self._last_failure = text


def _knows_any(source: BackupSource) -> bool:
    """Whether the database knows of a backup. It knows of none after backups were given up."""
    with open_connection(source.url, Role.BACKUP) as connection:
        (row,) = connection.execute(query("backup.knowledge")).fetchall()
        return row["knows_any"]


def is_due(place: BackupPlace, source: BackupSource, every: timedelta, now: datetime) -> bool:
    """Whether the newest good backup of this timeline is too old, or WAL is missing after it."""
    usable = [each for each in list_backups(place) if _is_usable(place, source, each)]
    return not usable or now - parse_time(usable[-1].started_at) >= every


def _is_usable(place: BackupPlace, source: BackupSource, record: BackupRecord) -> bool:
    if not record.is_good or record.timeline != source.timeline:
        return False
    names = [file.name.rpartition("/")[2] for file in place.files(WAL)]
    return not has_break(names, record.start_wal, record.wal_segment_bytes)
