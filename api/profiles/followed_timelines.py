"""Has open backfills follow a changed timeline, or refuses the change for their sake.

One that converts by the timeline follows: what it has done there already is done again. One that gives the
range to a named version, or puts back what was there, can't: the change is refused.

Why: decision 130.
"""

from api.edge.statements import fetch_rows, run
from barograph.database.connections import Connection
from barograph.errors import Conflict


async def let_backfills_follow(
    connection: Connection, sensor_id: int, changed: str, *, backfill_id: int = 0
) -> None:
    """Call under the catalog's lock, in the transaction that changes the timeline.

    Args:
        changed: the times at which another version, or none, is to hold; a multirange as text.
        backfill_id: the backfill that changes the timeline, if it is one.

    Raises:
        Conflict: an open backfill can't follow; names it.
    """
    change = {"sensor_id": sensor_id, "changed": changed, "backfill_id": backfill_id}
    # First, so that of a backfill's end and this change, one sees the other.
    await fetch_rows(connection, "backfill_timeline.lock", change)
    for backfill in await fetch_rows(connection, "backfill_timeline.against", change):
        aim = "puts back what was there" if backfill["is_undo"] else "gives this range to its own version"
        raise Conflict(f"backfill {backfill['public_id']}, which is {backfill['status']}, {aim}")
    await run(connection, "backfill_timeline.follow", change)
