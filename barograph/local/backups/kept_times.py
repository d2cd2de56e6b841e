"""Up to when a backup can be restored, as far as the place tells without replaying anything."""

from datetime import UTC, datetime
from pathlib import Path

from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord
from barograph.local.backups.wal_files import WAL, last_unbroken
from barograph.local.refusal import SetUpRefused
from barograph.times import format_time


def restorable_until(place: BackupPlace, record: BackupRecord) -> datetime | None:
    """The time of the last WAL after it, about; the end of the backup itself where there is none.

    None for a bucket: its times are those of sending.
    """
    if place.folder is None:
        return None
    paths = {file.name.rpartition("/")[2]: place.folder / file.name for file in place.files(WAL)}
    last = last_unbroken(paths, record.start_wal, record.wal_segment_bytes)
    written = _written(paths[last.name]) if last is not None else record.restorable_from
    return max(record.restorable_from, written)


def check_reach(place: BackupPlace, record: BackupRecord, until: datetime | None) -> None:
    """Whether there is WAL up to that instant.

    Raises:
        SetUpRefused: there is none.
    """
    if until is not None and until > datetime.now(UTC):
        raise SetUpRefused(f"{format_time(until)} is still to come.")
    reached = restorable_until(place, record)
    if until is not None and reached is not None and until > reached:
        raise SetUpRefused(
            f"Backup {record.id} can be restored up to {format_time(reached)}: name no later time, or none."
        )


def _written(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # it became a whole file meanwhile
        return datetime.now(UTC)
