"""Notes in the running database what was found of a backup, for `doctor` and metrics."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.backups.places import BackupPlace
from barograph.local.backups.records import BackupRecord
from barograph.local.connection import read_connection
from barograph.settings import Settings


def note_verification(
    settings: Settings, record: BackupRecord, place: BackupPlace, faults: Sequence[str]
) -> None:
    """Notes it. A database that does not run is told nothing: the place knows."""
    local = read_connection(settings.data_dir / "connection.json")
    url = settings.database_url or (local.database_url if local else None)
    if url is None:
        return
    noted = {
        "id": record.id,
        "place": place.url,
        "started_at": record.started_at,
        "finished_at": record.consistent_at,
        "size_bytes": record.size_bytes,
        "verified_at": datetime.now(UTC),
        "faults": list(faults),
    }
    with suppress(psycopg.Error), open_connection(url, Role.BACKUP) as connection:
        connection.execute(query("backup.note"), noted)
