"""Periods of any length, as far as readings may lie in them.

Each chunk that a statement looks into is a lock held until it ends. A period of the usual length holds few
enough, whatever is stored. Where readings begin and end is looked up all the same: most chunks are of days
long after a period's start, and pages look into more days each time that they find too little.
"""

from datetime import timedelta

from api.edge.statements import fetch_row
from api.edge.times.periods import MAX_PERIOD, Period, RequestedPeriod
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid

# To look it up takes as long as to plan a page of so many days.
NOT_LOOKED_UP = timedelta(days=16)
# Those of a week each that a period of the usual length may hold.
MAX_CHUNKS = 60


async def within_stored(connection: Connection, period: Period | None) -> Period | None:
    """The part of the period that may hold readings; None if it holds none.

    Raises:
        Invalid: they lie in too many chunks.
    """
    if period is None or period.end - period.start <= NOT_LOOKED_UP:
        return period
    row = await fetch_row(connection, "reading.chunks_within", period.parameters)
    if row["chunks"] > MAX_CHUNKS and not period.is_usual:
        detail = f"there are readings of more than {MAX_PERIOD.days} days in the period; ask for it in parts"
        raise Invalid(detail, [FieldError("/query/from", f"more than {MAX_PERIOD.days} days before to")])
    stored = RequestedPeriod(row["first"], row["last"])
    return stored.within(period, longest=None) if row["chunks"] else None
