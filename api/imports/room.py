"""Room for the file of an import that is announced: of the project's quota, and on the disk.

A file counts with its whole size from its announcement on, whether it has come or not.
"""

import asyncio
import shutil

from api.edge.statements import fetch_row, run
from barograph.database.connections import Connection
from barograph.errors import TooLarge
from barograph.settings import Settings

# Of what is free; the rest is for the database, whose disk it may be.
DISK_SHARE = 2


async def check_room(connection: Connection, settings: Settings, project_id: int, size_bytes: int) -> None:
    """Refuses a file for which there is no room. Others that are announced meanwhile wait for the commit.

    Raises:
        TooLarge: it is larger than files may be, than what is left of the quota, or than the disk takes.
    """
    if size_bytes > settings.import_max_bytes:
        raise TooLarge(f"a file takes at most {settings.import_max_bytes:,} bytes")
    await run(connection, "import.lock_room", {})
    announced = await fetch_row(connection, "import.announced", {"project_id": project_id})
    kept_bytes, max_bytes = announced["project_bytes"], settings.import_project_bytes
    if kept_bytes + size_bytes > max_bytes:
        raise TooLarge(
            f"the project's imports hold {kept_bytes:,} of at most {max_bytes:,} bytes; wait until they "
            "have finished, or cancel some"
        )
    free_bytes = await asyncio.to_thread(_free_bytes, settings) - announced["coming_bytes"]
    if size_bytes > free_bytes // DISK_SHARE:
        raise TooLarge(
            f"the disk has no room for it: {max(free_bytes, 0):,} bytes are free that no announced file needs"
        )


def _free_bytes(settings: Settings) -> int:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(settings.data_dir).free
