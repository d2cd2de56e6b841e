"""Proves that a backup can be restored, by restoring it into a cluster that is thrown away.

archive's hash, each file's checksum ─▶ recovery ─▶ counts, roll-ups against raw, the audit chain
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.schema.migrations import pending
from barograph.errors import Conflict
from barograph.identity.audit_chain import verify as verify_chain
from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord, keep_verification
from barograph.local.backups.restoring.recovery import Recovery, recovered
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables

# Roll-ups of so many minutes are made again from raw.
MAX_MINUTES = 500


@dataclass(frozen=True)
class RestoredCounts:
    """Counts from a look at a restored database.

    Attributes:
        rollups_compared: minutes of sensors whose roll-up was made again.
        restored_to: the last transaction that WAL brought; None: none after the base backup.
        faults: what is wrong, a sentence each.
    """

    readings: int
    sensors: int
    producers: int
    runs: int
    projects: int
    rollups_compared: int
    audit_entries: int
    restored_to: datetime | None
    faults: Sequence[str]


def verify_backup(
    place: BackupPlace,
    record: BackupRecord,
    scratch: Path,
    executables: Executables,
    account: ServerAccount,
    audit_key: bytes | None,
) -> RestoredCounts:
    """Restore it into `scratch`, which is removed, look at what is there, and note what was found.

    Raises:
        SetUpRefused: it can't be restored; that is noted, too.
        OSError: there is no room; nothing is noted.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    folder = scratch / "postgres"
    scratch.mkdir(mode=0o711, parents=True)
    account.own(scratch)
    try:
        with recovered(Recovery(place, record, folder, None, executables, account)) as server:
            found = look_at_restored(server.url(record.database), record, audit_key)
    except SetUpRefused as refusal:
        keep_verification(place, record, datetime.now(UTC), [str(refusal)])
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    keep_verification(place, record, datetime.now(UTC), found.faults)
    return found


def look_at_restored(database_url: str, record: BackupRecord, audit_key: bytes | None) -> RestoredCounts:
    """Count, and compare what must agree."""
    with open_connection(database_url, Role.BACKUP) as connection:
        (counts,) = connection.execute(query("backup.counts")).fetchall()
        (known,) = connection.execute(query("backup.known")).fetchall()
        (reached,) = connection.execute(query("backup.restored_to")).fetchall()
        rollups = _compare_rollups(connection)
    chain = verify_chain(database_url, None, audit_key)
    faults = [
        *(f"{name}: {known[name]} is less than {lowest}, as it was before the backup"
          for name, lowest in record.known.items() if known[name] < lowest),
        *([f"{rollups['differing']} of {rollups['compared']} roll-ups differ from their readings"]
          if rollups["differing"] else []),
        *(f"audit trail: {fault}" for fault in chain.faults),
        *_migration_faults(database_url),
    ]  # fmt: skip
    return RestoredCounts(
        **counts,
        rollups_compared=rollups["compared"],
        audit_entries=chain.entries,
        restored_to=reached["time"],
        faults=faults,
    )


def _compare_rollups(connection: psycopg.Connection[DictRow]) -> DictRow:
    (reach,) = connection.execute(query("backup.rollup_reach")).fetchall()
    if reach["newest"] is None:
        return {"compared": 0, "differing": 0}
    asked = {
        "from_time": reach["newest"] - timedelta(days=7),
        "one_in": max(1, reach["minutes"] // MAX_MINUTES),
        "max_rows": 2 * MAX_MINUTES,
    }
    (found,) = connection.execute(query("backup.differing_rollups"), asked).fetchall()
    return found


def _migration_faults(database_url: str) -> list[str]:
    """A database of another release is no fault, unless this one can't go on from there."""
    try:
        pending(database_url)
    except Conflict as conflict:
        return [conflict.detail]
    return []
