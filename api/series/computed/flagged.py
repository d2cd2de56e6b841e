"""How many readings of each bucket have a flag: counted where they lie, for roll-ups hold no flags.

All readings count, those without a physical value among them: mostly a flag says why they have none.

Why: decision 412.
"""

from dataclasses import dataclass

import numpy as np

from api.questions.memory import note_held
from api.series.line.grid import BucketGrid
from api.series.line.parts import Integers
from api.series.line.scope import Scope
from api.series.stored.chunks import split_in_chunks
from api.series.stored.costs import TooCostly
from api.series.stored.fetch import fetch_rows
from api.series.stored.slices import MAX_READINGS
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid
from barograph.times import SECOND_US

FLAGGED = "flagged"


@dataclass(frozen=True)
class FlaggedCounts:
    """Counts of the buckets that hold readings with a flag.

    Attributes:
        key: int64[n], ascending.
        count: int64[n].
        rows: how many readings were looked at.
    """

    key: Integers
    count: Integers
    rows: int

    def at(self, key: Integers) -> Integers:
        """The count of each of these buckets, ascending, which are all of its own and others."""
        found = np.zeros(key.size, np.int64)
        found[np.searchsorted(key, self.key)] = self.count
        return found


async def count_flagged(connection: Connection, scope: Scope, grid: BucketGrid) -> FlaggedCounts:
    """Counts flagged readings in the buckets of the grid.

    Raises:
        Invalid: readings are gone.
        TooCostly: there are too many.
    """
    if len(scope.gone):
        raise Invalid(
            "flags are counted from readings, and some of this period are gone; ask from `raw_from` on, or "
            "leave out flagged",
            [FieldError("/query/stat", "flagged takes readings, of which some are gone")],
        )
    rows, keys = 0, [np.empty(0, np.int64)]
    for part in await split_in_chunks(connection, scope, "reading", {SECOND_US: scope.asked}):
        parameters = part.parameters(scope) | {"max_rows": MAX_READINGS - rows}
        for row in await fetch_rows(connection, "series.flagged", parameters):
            rows += row["readings"]
            await note_held(row["t_us"].nbytes)
            keys.append(grid.key(scope.line.position(np.int64(row["track"]), row["t_us"])))
        if rows > MAX_READINGS:
            raise TooCostly(
                f"flags are counted from readings, and there are more than {MAX_READINGS:,}; ask for a "
                "shorter period, or leave out flagged"
            )
    key, count = np.unique(np.concatenate(keys), return_counts=True)
    return FlaggedCounts(key, count, rows)
