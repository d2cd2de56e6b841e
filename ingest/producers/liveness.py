"""When each sensor was last heard of, by the server's clock, and the time of its latest reading that is not
historical; written now and then, not with each commit.

Why: decision 1080.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import psycopg
import structlog

from barograph.database.arrays import register
from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.plain_words import error_text
from barograph.program.kept_loop import KeptLoop
from barograph.times import now_us
from ingest.commits.batch import FrameBatch, SeenSensors

INTERVAL_S = 1.0
# Each may be of a catalog of its own, which is kept until then.
MAX_NOTED_BATCHES = 16
log = structlog.stdlib.get_logger(__name__)


class SensorSighting(NamedTuple):
    """When a sensor was heard of, by the server's clock, and the time of its latest reading."""

    seen_us: int
    latest_us: int

    def with_later(self, other: "SensorSighting") -> "SensorSighting":
        """Both in one."""
        return SensorSighting(max(self.seen_us, other.seen_us), max(self.latest_us, other.latest_us))


class Liveness:
    """Committers note batches from their threads; one task writes them down.

    Noting keeps columns as they are, for it comes with each commit. They are gathered by sensor once for all
    batches that were noted since.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._noted: list[tuple[int, SeenSensors]] = []
        self._seen: dict[str, SensorSighting] = {}
        self.loop = KeptLoop("liveness", INTERVAL_S)

    def note(self, batch: FrameBatch) -> None:
        """Remembers the sensors of a stored batch as seen now."""
        seen = batch.seen_sensors()
        with self._lock:
            self._noted.append((now_us(), seen))
            if len(self._noted) >= MAX_NOTED_BATCHES:
                self._gather()

    async def run(self) -> None:
        """Writes for ever; what a failure leaves unwritten is written with the next."""
        await self.loop.keep(self.flush)

    async def finish(self) -> None:
        """Writes what is left, if the database is there."""
        try:
            await self.flush()
        except psycopg.Error as error:
            log.warning("liveness not written", error=error_text(error))

    async def flush(self) -> None:
        """Writes what was noted since the last time."""
        with self._lock:
            self._gather()
            seen, self._seen = self._seen, {}
        if not seen:
            return
        parameters = {
            # As PostgreSQL writes an array. Psycopg looks for what is to be quoted in each of them.
            "public_ids": f"{{{','.join(seen)}}}",
            "seen_us": np.array([each.seen_us for each in seen.values()], np.int64),
            "latest_us": np.array([each.latest_us for each in seen.values()], np.int64),
        }
        try:
            async with self._pool.connection() as connection:
                register(connection)
                await connection.execute(query("ingest.note_seen"), parameters)
        except BaseException:
            with self._lock:
                self._add(seen)
            raise

    def _gather(self) -> None:
        """Gathers by sensor what was noted by batch. The lock is held."""
        noted, self._noted = self._noted, []
        by_catalog: dict[int, list[tuple[int, SeenSensors]]] = {}
        for seen_us, seen in noted:
            by_catalog.setdefault(id(seen.public_ids), []).append((seen_us, seen))
        for batches in by_catalog.values():
            self._add(_by_public_id(batches))

    def _add(self, sightings: Mapping[str, SensorSighting]) -> None:
        """The lock is held."""
        for public_id, sighting in sightings.items():
            known = self._seen.get(public_id)
            self._seen[public_id] = sighting if known is None else known.with_later(sighting)


def _by_public_id(batches: Sequence[tuple[int, SeenSensors]]) -> dict[str, SensorSighting]:
    """The sightings of batches of one catalog, in the order of time."""
    public_ids = batches[0][1].public_ids
    slots = np.unique(np.concatenate([seen.slot for _, seen in batches]))
    seen_us, latest_us = np.zeros(slots.size, np.int64), np.full(slots.size, np.iinfo(np.int64).min)
    for at_us, seen in batches:
        place = np.searchsorted(slots, seen.slot)
        seen_us[place] = at_us
        latest_us[place] = np.maximum(latest_us[place], seen.latest_us)
    numbers: list[int] = slots.tolist()
    columns = zip(numbers, seen_us.tolist(), latest_us.tolist(), strict=True)
    return {public_ids[slot]: SensorSighting(at_us, until_us) for slot, at_us, until_us in columns}
