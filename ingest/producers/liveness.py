"""When each sensor was last heard of, by the server's clock, and the time of its latest reading that is not
historical; written now and then, not with each commit.
"""

import threading
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import psycopg
import structlog

from barograph.database.arrays import register
from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.program.kept_loop import KeptLoop
from barograph.times import now_us
from ingest.commits.batch import FrameBatch

INTERVAL_S = 1.0
log = structlog.stdlib.get_logger(__name__)


class SensorSighting(NamedTuple):
    """When a sensor was heard of, by the server's clock, and the time of its latest reading."""

    seen_us: int
    latest_us: int

    def with_later(self, other: "SensorSighting") -> "SensorSighting":
        """Both in one."""
        return SensorSighting(max(self.seen_us, other.seen_us), max(self.latest_us, other.latest_us))


class Liveness:
    """Committers note batches from their threads; one task writes them down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._seen: dict[str, SensorSighting] = {}
        self.loop = KeptLoop("liveness", INTERVAL_S)

    def note(self, batch: FrameBatch) -> None:
        """Remembers the sensors of a stored batch as seen now."""
        seen_us = now_us()
        sightings = {
            public_id: SensorSighting(seen_us, latest_us)
            for public_id, latest_us in batch.seen_sensors().items()
        }
        with self._lock:
            self._add(sightings)

    async def run(self) -> None:
        """Writes for ever; what a failure leaves unwritten is written with the next."""
        await self.loop.keep(self.flush)

    async def finish(self) -> None:
        """Writes what is left, if the database is there."""
        try:
            await self.flush()
        except psycopg.Error as error:
            log.warning("liveness not written", error=str(error))

    async def flush(self) -> None:
        """Writes what was noted since the last time."""
        with self._lock:
            seen, self._seen = self._seen, {}
        if not seen:
            return
        parameters = {
            "public_ids": list(seen),
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

    def _add(self, sightings: Mapping[str, SensorSighting]) -> None:
        """The lock is held."""
        for public_id, sighting in sightings.items():
            known = self._seen.get(public_id)
            self._seen[public_id] = sighting if known is None else known.with_later(sighting)
