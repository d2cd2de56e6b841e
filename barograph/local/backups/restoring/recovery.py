"""From a backup to a cluster that runs: unpack, check, and let PostgreSQL replay WAL to an instant.

Whoever stops half-way leaves a folder that is not in any cluster's place yet.

Why: decision 1240.
"""

import hashlib
import importlib
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from barograph.local.backups.places import BackupPlace, copy_out
from barograph.local.backups.records import ARCHIVE, BackupRecord, list_backups
from barograph.local.backups.restoring.private_server import PrivateServer
from barograph.local.backups.wal_files import WAL, is_history, parse_segment
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables

# It has no types of its own.
pa: Any = importlib.import_module("pyarrow")
TARGET = "recovery_target_time"
# In the cluster's folder, for a server that recovers it later.
OWN_WAL = Path("barograph_wal")
OWN_SETTINGS = "postgresql.auto.conf"
NOT_REACHED = "recovery ended before configured recovery target was reached"


@dataclass(frozen=True)
class Recovery:
    """A recovery: which backup, into which folder, and with what.

    Attributes:
        folder: the cluster's; made, and nothing may be there.
        until: the instant; None: as far as WAL goes.
    """

    place: BackupPlace
    record: BackupRecord
    folder: Path
    until: datetime | None
    executables: Executables
    account: ServerAccount


def choose_backup(place: BackupPlace, until: datetime | None, backup_id: str | None = None) -> BackupRecord:
    """The named one, or else the newest good one before the instant.

    Raises:
        SetUpRefused: there is none.
    """
    backups = list_backups(place)
    if backup_id is not None:
        named = [each for each in backups if each.id == backup_id]
        if not named:
            raise SetUpRefused(f"{place.url} has no whole backup {backup_id}.")
        return named[0]
    fitting = [each for each in backups if each.is_good and (until is None or each.restorable_from <= until)]
    if not fitting:
        raise SetUpRefused(_why_none(place, backups, until))
    return fitting[-1]


@contextmanager
def recovered(wanted: Recovery) -> Generator[PrivateServer]:
    """The cluster, recovered and running, reached by nobody else; stopped afterwards.

    Raises:
        SetUpRefused: the backup is damaged, or its WAL does not go so far.
        OSError: there is no room.
    """
    unpack_archive(wanted)
    staging = wanted.folder.with_name(f"{wanted.folder.name}.wal")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        stage_wal(wanted, staging)
        (wanted.folder / "recovery.signal").touch()
        wanted.account.own_all(wanted.folder)
        with _recovered_server(wanted, staging) as server:
            yield server
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def lay_out_cluster(wanted: Recovery) -> None:
    """The cluster and its WAL, for a server that recovers it when it starts on the folder.

    The folder may be there, if it is empty. Nothing of ours runs on it, so that server's extensions may be
    others than those here.

    Raises:
        SetUpRefused: the backup is damaged.
        OSError: there is no room.
    """
    unpack_archive(wanted)
    stage_wal(wanted, wanted.folder / OWN_WAL, is_theirs=True)
    lines = [f"{name} = {_quoted(value)}\n" for name, value in _recovery_settings(wanted, OWN_WAL).items()]
    with (wanted.folder / OWN_SETTINGS).open("a") as settings:
        settings.writelines(lines)
    (wanted.folder / "recovery.signal").touch()
    wanted.account.own_all(wanted.folder)


def _quoted(value: str) -> str:
    """Quotes a value as PostgreSQL reads it in a file of settings."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _forget_recovery(folder: Path) -> None:
    """An earlier recovery's instant is none of this one's."""
    own = folder / OWN_SETTINGS
    if own.exists():
        lines = own.read_text().splitlines(keepends=True)
        own.write_text("".join(line for line in lines if not line.startswith(("recovery_", "restore_"))))


@contextmanager
def _recovered_server(wanted: Recovery, staging: Path) -> Generator[PrivateServer]:
    """Where nothing was committed at the instant or after it, all there is was committed before it."""
    settings = _recovery_settings(wanted, staging)
    with PrivateServer(
        wanted.folder, wanted.record.superuser, wanted.executables, wanted.account, settings
    ) as server:
        try:
            server.wait_until_recovered()
        except SetUpRefused as refusal:
            if TARGET not in settings or NOT_REACHED not in str(refusal):
                raise
            del settings[TARGET]
            server.restart(settings)
            server.wait_until_recovered()
        yield server


def unpack_archive(wanted: Recovery) -> None:
    """Lay the files out, and see that each is what the server sent."""
    wanted.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with wanted.place.reading(f"{wanted.record.name}/{ARCHIVE}") as source:
        hashed = _Hashed(source)
        try:
            with (
                pa.CompressedInputStream(pa.PythonFile(hashed, mode="r"), "zstd") as plain,
                tarfile.open(fileobj=plain, mode="r|") as archive,
            ):
                _lay_out(archive, wanted.folder)
        except (tarfile.TarError, OSError, EOFError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise SetUpRefused(f"{wanted.record.id} is damaged: {error}") from error
        hashed.read_rest()
    if hashed.sha256 != wanted.record.sha256:
        raise SetUpRefused(f"{wanted.record.id} is damaged: its archive is not what was written.")
    _check_manifest(wanted)
    _forget_recovery(wanted.folder)


def _lay_out(archive: tarfile.TarFile, folder: Path) -> None:
    """Puts each file where its name says, and none outside of the folder.

    Debian 12's Python has no filters of its own for that yet. A cluster's folder holds files and folders.
    """
    archive.extraction_filter = lambda member, _: member
    for member in archive:
        target = (folder / member.name).resolve()
        if not target.is_relative_to(folder.resolve()) or not (member.isfile() or member.isdir()):
            raise tarfile.ExtractError(f"{member.name} is nothing that a cluster's folder holds")
        member.mode &= 0o700
        archive.extract(member, folder, numeric_owner=True)


def stage_wal(wanted: Recovery, staging: Path, *, is_theirs: bool = False) -> None:
    """Lay out the WAL that recovery may ask for, and where timelines began, so that it begins another.

    Args:
        is_theirs: a server elsewhere reads it, which may not see the place.
    """
    staging.mkdir(mode=0o700)
    record = wanted.record
    start = parse_segment(record.start_wal, record.wal_segment_bytes)
    for file in wanted.place.files(WAL):
        name = file.name.rpartition("/")[2]
        segment = parse_segment(name, record.wal_segment_bytes)
        is_needed = segment is not None and start is not None and segment.follows(start)
        if is_history(name) or is_needed:
            _lay(wanted, file.name, staging / name, is_theirs=is_theirs)
    wanted.account.own_all(staging)


def _lay(wanted: Recovery, name: str, target: Path, *, is_theirs: bool) -> None:
    """A link is enough where the server may read the file itself."""
    target.unlink(missing_ok=True)
    if wanted.place.folder is not None and wanted.account.is_ourselves and not is_theirs:
        target.symlink_to(wanted.place.folder / name)
    else:
        copy_out(wanted.place, name, target)


def _recovery_settings(wanted: Recovery, staging: Path) -> dict[str, str]:
    # PostgreSQL takes the words for a shell's, and % for its own.
    path = shlex.quote(f"{staging}/").replace("%", "%%")
    whole, partial = f'cp {path}%f "%p"', f'cp {path}%f.partial "%p"'
    settings = {
        "restore_command": f"{whole} 2>/dev/null || {partial} 2>/dev/null",
        # Others are those of earlier restores; a failover is followed by a backup of its own.
        "recovery_target_timeline": str(wanted.record.timeline),
        "recovery_target_action": "promote",
    }
    if wanted.until is not None:
        # The server knows no Z here.
        settings[TARGET] = wanted.until.astimezone(UTC).isoformat(" ")
    return settings


def _check_manifest(wanted: Recovery) -> None:
    words = [
        *wanted.executables.tool("pg_verifybackup"),
        "--no-parse-wal",
        "--quiet",
        "--exit-on-error",
        wanted.folder,
    ]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise SetUpRefused(f"{wanted.record.id} is damaged: {done.stderr.strip()}")


def _why_none(place: BackupPlace, backups: Sequence[BackupRecord], until: datetime | None) -> str:
    good = [each for each in backups if each.is_good]
    if not good or until is None:
        faulty = f" {len(backups)} are there in which a verification found faults." if backups else ""
        return f"{place.url} has no good backup.{faulty}"
    return f"The oldest good backup in {place.url} can be restored from {good[0].consistent_at} on."


class _Hashed:
    """A file that is read once, with the hash of what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self.closed = False

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._digest.update(piece)
        return piece

    def read_rest(self) -> None:
        while self.read(2**20):
            pass

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def writable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True
