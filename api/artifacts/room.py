"""Room for the file of a run that is announced: of the project's quota, and on the disk.

A file counts with its whole size from its announcement on, whether it has come or not.
"""

import asyncio

from psycopg.rows import DictRow

from api.artifacts.keeping import ArtifactKeeping
from api.edge.statements import fetch_row, run
from barograph.database.connections import Connection
from barograph.errors import TooLarge
from barograph.settings import Settings


async def check_artifact_room(
    connection: Connection, settings: Settings, keeping: ArtifactKeeping, project_id: int, size_bytes: int
) -> None:
    """Refuses a file for which there is no room. Others of the project wait for the commit.

    Raises:
        TooLarge: it is larger than files may be, than what is left of the quota, or than the disk takes.
    """
    if size_bytes > settings.artifact_max_bytes:
        raise TooLarge(f"a file takes at most {settings.artifact_max_bytes:,} bytes")
    await run(connection, "artifact.lock_room", {"project_id": project_id})
    announced = await fetch_row(connection, "artifact.announced", {"project_id": project_id})
    kept_bytes, max_bytes = announced["project_bytes"], quota_bytes(announced, settings)
    if kept_bytes + size_bytes > max_bytes:
        raise TooLarge(
            f"the project's files take {kept_bytes:,} of at most {max_bytes:,} bytes, those that are being "
            f"sent included; {size_bytes:,} more don't fit. Delete files, or have the quota raised"
        )
    disk_bytes = await asyncio.to_thread(keeping.staging.free_bytes)
    free_bytes = max(0, disk_bytes - announced["coming_bytes"] - settings.artifact_spare_bytes)
    if size_bytes > free_bytes:
        raise TooLarge(f"the disk has no room for it: {free_bytes:,} bytes are free that nobody needs")


def quota_bytes(row: DictRow, settings: Settings) -> int:
    """The limit of a project's files in bytes: its own, or the one of every project."""
    own: int | None = row["quota_bytes"]
    return settings.artifact_project_bytes if own is None else own
