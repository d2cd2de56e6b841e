"""Takes a backup: the whole cluster as one archive, straight from the server into its place.

claim ─▶ hold WAL ─▶ pg_basebackup ──tar.zst──▶ place ─▶ files and keys ─▶ the record, last
"""

import hashlib
import re
import secrets
import subprocess
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any, cast

from barograph.database.queries import query
from barograph.local.backups.keeping.source import BackupSource, claimed
from barograph.local.backups.kept_files import KeptFiles, keep_files, list_files
from barograph.local.backups.kept_keys import keep_keys
from barograph.local.backups.places import PIECE_BYTES, BackupPlace
from barograph.local.backups.records import (
    ARCHIVE,
    BASE,
    BackupRecord,
    claim_place,
    keep_record,
    list_unfinished,
)
from barograph.local.backups.wal_files import parse_position, segment_name
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.executables import Executables
from barograph.settings import Settings
from barograph.times import format_time

_START = re.compile(r"start point: ([0-9A-F]+/[0-9A-F]+) on timeline (\d+)")
# Level 1 costs a quarter of level 3's time, and 5 % more room.
COMPRESSION = "client-zstd:level=1"


def take_backup(
    source: BackupSource, place: BackupPlace, settings: Settings, executables: Executables
) -> BackupRecord:
    """A whole backup, while everything runs.

    Raises:
        SetUpRefused: another one is being made, the place holds another database's, or it broke off.
        OSError: the place refuses, as when the disk is full. Nothing is left that looks whole.
        psycopg.Error: the server went away.
    """
    claim_place(place, source.system_id)
    with claimed(source) as connection:
        place.remove(list_unfinished(place))
        slot = f"barograph_base_{secrets.token_hex(4)}"
        connection.execute(query("backup.hold_wal"), {"slot": slot})
        started_at = _now(connection)
        (known,) = connection.execute(query("backup.known")).fetchall()
        archive = _Archive(place, f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}")
        try:
            archive.fetch(source, executables)
            finished_at = _now(connection)
            kept = keep_files(place, settings)
            list_files(place, archive.name, settings.data_dir)
            keys = keep_keys(place, archive.name, settings) if source.is_owned else "left out"
            record = _record(source, archive, kept, keys, (started_at, finished_at), known)
            keep_record(place, record)
        except BaseException:
            archive.discard()
            raise
        connection.execute(query("backup.note"), _noted(record, place))
    return record


class _Archive:
    """One on its way.

    Attributes:
        start, timeline: where recovery begins.
    """

    def __init__(self, place: BackupPlace, backup_id: str) -> None:
        self.id, self.name = backup_id, f"{BASE}/{backup_id}"
        self.size_bytes = 0
        self.start, self.timeline = 0, 0
        self._place = place
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def fetch(self, source: BackupSource, executables: Executables) -> None:
        said: list[str] = []
        with (
            self._place.writing(f"{self.name}/{ARCHIVE}") as target,
            subprocess.Popen(
                _command(source, executables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=source.environment,
                cwd="/",
            ) as process,
        ):
            source_stream, told = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
            listener = threading.Thread(target=_listen, args=(told, said))
            listener.start()
            try:
                self._pass_on(source_stream, target)
            except BaseException:
                process.kill()
                raise
            finally:
                listener.join()
            if process.wait() != 0:
                raise SetUpRefused(f"The backup broke off: {_last(said)}")
            self._note_start("\n".join(said))

    def discard(self) -> None:
        self._place.remove([file.name for file in self._place.files(self.name)])

    def _pass_on(self, source: IO[bytes], target: Any) -> None:  # noqa: ANN401  # a place's file
        while piece := source.read(PIECE_BYTES):
            self._digest.update(piece)
            self.size_bytes += len(piece)
            target.write(piece)

    def _note_start(self, said: str) -> None:
        found = _START.search(said)
        if found is None:
            raise SetUpRefused(f"pg_basebackup does not say where the backup starts: {said[-500:]}")
        self.start, self.timeline = parse_position(found[1]), int(found[2])


def _command(source: BackupSource, executables: Executables) -> Sequence[str]:
    words = [
        *executables.tool("pg_basebackup"),
        f"--dbname={source.address}",
        "--pgdata=-",
        "--format=tar",
        "--wal-method=fetch",
        f"--compress={COMPRESSION}",
        "--checkpoint=fast",
        "--label=barograph",
        "--no-password",
        "--verbose",
    ]
    return [str(word) for word in words]


def _listen(stream: IO[bytes], said: list[str]) -> None:
    said.extend(line.decode(errors="replace").rstrip() for line in stream)


def _last(said: Sequence[str]) -> str:
    errors = [line for line in said if "error" in line.lower() or "fatal" in line.lower()]
    return next(iter([*errors, *reversed(said)]), "no reason was given")


def _now(connection: Any) -> datetime:  # noqa: ANN401  # of the driver
    (row,) = connection.execute(query("backup.now")).fetchall()
    return row["now"].astimezone(UTC)


def _record(
    source: BackupSource,
    archive: _Archive,
    kept: KeptFiles,
    keys: str,
    times: tuple[datetime, datetime],
    known: dict[str, int],
) -> BackupRecord:
    started_at, finished_at = times
    return BackupRecord(
        id=archive.id,
        system_id=source.system_id,
        timeline=archive.timeline,
        start_wal=segment_name(archive.timeline, archive.start, source.wal_segment_bytes),
        started_at=format_time(started_at),
        consistent_at=format_time(finished_at),
        wal_segment_bytes=source.wal_segment_bytes,
        size_bytes=archive.size_bytes,
        sha256=archive.sha256,
        server_version=source.version,
        database=source.database,
        superuser=source.superuser,
        is_owned=source.is_owned,
        known=known,
        files=kept.files,
        files_bytes=kept.size_bytes,
        keys=keys,
        elsewhere=kept.elsewhere,
    )


def _noted(record: BackupRecord, place: BackupPlace) -> dict[str, object]:
    return {
        "id": record.id,
        "place": place.url,
        "started_at": record.started_at,
        "finished_at": record.consistent_at,
        "size_bytes": record.size_bytes,
        "verified_at": None,
        "faults": [],
    }
