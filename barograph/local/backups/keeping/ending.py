"""Ends backups on purpose: no alert misses them afterwards, and no WAL is kept for them."""

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.backups.keeping.source import STREAM_SLOT
from barograph.local.refusal import SetUpRefused


def end_backups(database_url: str) -> int:
    """Has the database forget that it is backed up; how many backups it knew of. Those stay where they are.

    Raises:
        SetUpRefused: somebody still receives WAL.
        psycopg.Error: the server does not answer.
    """
    with open_connection(database_url, Role.BACKUP) as connection:
        slots = connection.execute(query("backup.stream_slot"), {"slot": STREAM_SLOT}).fetchall()
        if any(slot["active"] for slot in slots):
            raise SetUpRefused(
                "Backups are still kept: first end `backup keep`, or start again without --backup-to and "
                "BAROGRAPH_BACKUP_TO."
            )
        connection.execute(query("backup.drop_slot"), {"slot": STREAM_SLOT})
        return connection.execute(query("backup.forget_all")).rowcount
