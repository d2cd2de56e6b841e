"""Capture sessions and the open backfills that touch them.

A session that has succeeded is `backfilling` as long as one does.
"""

from api.edge.statements import fetch_rows, run
from api.rights.grants import Grant
from api.rights.history import move_parameters
from barograph.database.connections import Connection
from barograph.errors import Conflict


async def join_backfills(connection: Connection, grant: Grant, session_id: int) -> None:
    """Lets a session that has succeeded be `backfilling` where a backfill touches it. Its row is locked."""
    for backfill in await fetch_rows(connection, "backfill_session.touching", {"id": session_id}):
        own = {"id": backfill["id"], "capture_session_id": session_id}
        await run(connection, "backfill_session.enter", own | move_parameters(grant, None))


async def check_bounds_are_free(connection: Connection, session_id: int, *, is_backfilling: bool) -> None:
    """Checks that no open backfill rests on the session's bounds. Call with its row locked.

    Raises:
        Conflict: one does, or touches a session that is `backfilling`; names it.
    """
    statements = ["backfill_session.bounded_by", *["backfill_session.touching"] * is_backfilling]
    for statement in statements:
        for backfill in await fetch_rows(connection, statement, {"id": session_id}):
            state = f"backfill {backfill['public_id']}, which is {backfill['status']}, touches this session"
            raise Conflict(f"{state}; its bounds can be corrected when that has ended")
