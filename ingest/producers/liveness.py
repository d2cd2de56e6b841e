"""When each sensor was last heard of, by the server's clock; written now and then, not with each commit."""

import threading

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


class Liveness:
    """Committers note batches from their threads; one task writes them down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}
        self.loop = KeptLoop("liveness", INTERVAL_S)

    def note(self, batch: FrameBatch) -> None:
        """Remembers the sensors of a stored batch as seen now."""
        public_ids, now = batch.seen_sensors(), now_us()
        with self._lock:
            self._seen.update(dict.fromkeys(public_ids, now))

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
            "seen_us": np.array(list(seen.values()), np.int64),
        }
        try:
            async with self._pool.connection() as connection:
                register(connection)
                await connection.execute(query("ingest.note_seen"), parameters)
        except BaseException:
            with self._lock:
                self._seen = seen | self._seen
            raise
