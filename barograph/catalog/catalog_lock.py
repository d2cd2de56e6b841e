"""Changing what ingest must obey: profiles in force, sensors, tokens, accepted times.

A change takes the project's catalog lock alone, so it waits for the commits under way; whatever commits
after it has read the new version, and obeys it. Both functions come first in their transaction: every
writer then locks a project in the same order, catalog, project row, the rest.

Why: decision 4.
"""

from barograph.database.connections import Connection
from barograph.database.queries import query


async def change_catalog(connection: Connection, project_id: int) -> None:
    """Takes the catalog lock, raises the version, and tells every process once this commits."""
    await connection.execute(query("catalog.lock_exclusive"), {"project_id": project_id})
    await announce_catalog(connection, project_id)


async def announce_catalog(connection: Connection, project_id: int) -> None:
    """Raises the version and tells every process: enough for what only adds, such as a new sensor."""
    await connection.execute(query("catalog.bump"), {"project_id": project_id})
