"""What is known of a backup: a document beside it, written last."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from barograph.local.backups.places import BackupPlace, read_text, write_text
from barograph.local.refusal import SetUpRefused
from barograph.times import format_time, parse_time

BASE = "base"
ARCHIVE = "base.tar.zst"
RECORD = "backup.json"
VERIFIED = "verified.json"
OWNER_FILE = "installation.json"


@dataclass(frozen=True)
class BackupRecord:
    """A whole backup.

    Attributes:
        id: its folder's name, which sorts by time.
        system_id: PostgreSQL's name of the cluster.
        start_wal: the first WAL file that recovery reads.
        consistent_at: the earliest time that can be restored from it.
        wal_segment_bytes: how large a WAL file is.
        size_bytes, sha256: of the archive.
        known: numbers that only rise, as they were before it began.
        files: how many files beside the database the place has, and their bytes.
        keys: `sealed`, `plain` or `left out`.
        superuser: the cluster's first.
        is_owned: whether `up` runs the cluster.
    """

    id: str
    system_id: str
    timeline: int
    start_wal: str
    started_at: str
    consistent_at: str
    wal_segment_bytes: int
    size_bytes: int
    sha256: str
    server_version: str
    database: str
    superuser: str
    is_owned: bool
    known: dict[str, int]
    files: int
    files_bytes: int
    keys: str
    elsewhere: Sequence[str] = ()
    verified_at: str | None = None
    faults: Sequence[str] = ()

    @property
    def name(self) -> str:
        return f"{BASE}/{self.id}"

    @property
    def restorable_from(self) -> datetime:
        return parse_time(self.consistent_at)

    @property
    def is_good(self) -> bool:
        """Nothing wrong is known of it."""
        return not self.faults


def keep_record(place: BackupPlace, record: BackupRecord) -> None:
    """Writes the record. There is such a backup from then on."""
    write_text(place, f"{record.name}/{RECORD}", json.dumps(asdict(record), indent=2) + "\n")


def keep_verification(place: BackupPlace, record: BackupRecord, at: datetime, faults: Sequence[str]) -> None:
    """Keeps the faults that a look at a backup found."""
    said = {"verified_at": format_time(at), "faults": list(faults)}
    write_text(place, f"{record.name}/{VERIFIED}", json.dumps(said, indent=2) + "\n")


def list_backups(place: BackupPlace) -> list[BackupRecord]:
    """Whole ones, the oldest first."""
    names = {file.name for file in place.files(BASE)}
    found = sorted(name for name in names if name.endswith(f"/{RECORD}"))
    return [_read(place, name, names) for name in found if name.replace(RECORD, ARCHIVE) in names]


def list_unfinished(place: BackupPlace) -> list[str]:
    """Files of backups that were broken off."""
    names = [file.name for file in place.files(BASE)]
    whole = {name.rpartition("/")[0] for name in names if name.endswith(f"/{RECORD}")}
    return [name for name in names if name.rpartition("/")[0] not in whole]


def claim_place(place: BackupPlace, system_id: str) -> None:
    """A place holds the backups of one installation.

    Raises:
        SetUpRefused: it holds those of another.
    """
    text = read_text(place, OWNER_FILE)
    if text is None:
        write_text(place, OWNER_FILE, json.dumps({"system_id": system_id}) + "\n")
    elif json.loads(text)["system_id"] != system_id:
        raise SetUpRefused(f"{place.url} holds backups of another database: name another place.")


def _read(place: BackupPlace, name: str, names: set[str]) -> BackupRecord:
    record = BackupRecord(**_json(place, name))
    verified = name.replace(RECORD, VERIFIED)
    return replace(record, **_json(place, verified)) if verified in names else record


def _json(place: BackupPlace, name: str) -> dict[str, Any]:
    with place.reading(name) as file:
        return json.loads(bytes(file.read()))
