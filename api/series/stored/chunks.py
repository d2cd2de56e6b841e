"""How many chunks a question may look into: each is two locks, held until it ends. A day of readings is two
chunks, where it has both rows and blocks.

A period of the usual length holds few enough, whatever is stored. Of a longer one it is looked up which there
are: what lies in none is left out, and what lies in too many is refused.

Why: decision 312.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.costs import TooCostly
from api.series.stored.lookups import READING_CHUNK_US, ROLLUP_CHUNK_US, SpanColumns, split_spans
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.times import DAY_US

Hypertable = Literal["reading", "rollup", "rollup_fine"]
# Readings lie in two, whose chunks are of the same days.
_HYPERTABLES: Mapping[Hypertable, Sequence[str]] = {
    "reading": ["reading", "reading_block"],
    "rollup": ["rollup"],
    "rollup_fine": ["rollup_fine"],
}
CHUNK_US: Mapping[Hypertable, int] = {
    "reading": READING_CHUNK_US,
    "rollup": ROLLUP_CHUNK_US,
    "rollup_fine": READING_CHUNK_US,
}
# Of a period that is longer than this, with the days around it that a line has.
USUAL_US = 404 * DAY_US
# Together no more than the 400 days of readings, and their roll-ups, that a usual period may hold.
MAX_CHUNKS: Mapping[Hypertable, int] = {"reading": 60, "rollup": 400, "rollup_fine": 60}


async def split_in_chunks(
    connection: Connection, scope: Scope, hypertable: Hypertable, spans: Mapping[int, Spans]
) -> Sequence[SpanColumns]:
    """The spans of each statement, by tier, as far as there are chunks of them.

    Raises:
        TooCostly: they lie in too many.
    """
    if scope.line.width_us > USUAL_US and any(map(len, spans.values())):
        chunks = await _fetch_chunks(connection, scope, hypertable)
        spans = {tier_us: each.intersect(chunks) for tier_us, each in spans.items()}
        _check_chunks(scope, hypertable, Spans.union(spans.values()))
    return list(split_spans(scope, spans, CHUNK_US[hypertable]))


async def _fetch_chunks(connection: Connection, scope: Scope, hypertable: Hypertable) -> Spans:
    """Reads which chunks exist, in each track."""
    parameters = scope.bounds | {"hypertables": _HYPERTABLES[hypertable]}
    cursor = await connection.execute(query("series.chunks"), parameters, binary=True)
    (row,) = await cursor.fetchall()
    tracks = np.arange(scope.sensor_ids.size)
    track = np.repeat(tracks, row["range_start"].size)
    start_us, end_us = (np.tile(row[name], tracks.size) for name in ("range_start", "range_end"))
    return scope.line.spans(track, start_us, end_us)


def _check_chunks(scope: Scope, hypertable: Hypertable, spans: Spans) -> None:
    """Checks that chunks are not too many. Their length tells them apart well enough."""
    size_us = CHUNK_US[hypertable]
    start_us = scope.line.t_us(spans.start)
    touched = Spans.of(start_us, start_us + spans.end - spans.start).widen(size_us)
    if touched.length > MAX_CHUNKS[hypertable] * size_us:
        days = MAX_CHUNKS[hypertable] * size_us // DAY_US
        raise TooCostly(
            f"the question takes {_NAMES[hypertable]} of more than {days:,} days with readings; ask for a "
            "larger bucket (of whole minutes, hours or days) or a shorter period"
        )


_NAMES: Mapping[Hypertable, str] = {
    "reading": "raw readings",
    "rollup": "roll-ups",
    "rollup_fine": "roll-ups",
}
