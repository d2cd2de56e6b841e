"""How the producers bound by this process do: written down every two seconds, apart from their sequences."""

from collections import deque
from collections.abc import Iterable, Mapping
from uuid import UUID

import numpy as np
import psycopg
import structlog

from barograph.database.arrays import register
from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.plain_words import error_text
from barograph.program.kept_loop import KeptLoop
from barograph.times import now_us
from ingest.producers.bound_producers import Registry
from ingest.producers.producer_stream import Producer

INTERVAL_S = 2.0
# A rate is that of the last ten seconds.
SAMPLES = 6
log = structlog.stdlib.get_logger(__name__)


class ProducerLiveness:
    """Used on the event loop alone."""

    def __init__(self, pool: Pool, registry: Registry) -> None:
        self.loop = KeptLoop("producer_liveness", INTERVAL_S)
        self._pool = pool
        self._registry = registry
        self._written: dict[UUID, StreamPace] = {}

    async def run(self) -> None:
        """Writes for ever."""
        await self.loop.keep(self.flush)

    async def finish(self) -> None:
        """Says that all producers are gone, if the database is there."""
        try:
            await self._write(self._gone(()))
        except psycopg.Error as error:
            log.warning("liveness of producers not written", error=error_text(error))

    async def flush(self) -> None:
        """Writes how each producer does, and that those are gone which were there the last time."""
        producers = self._registry.producers()
        paces = {
            each.producer_id.public_id: StreamPace.of(each, self._written.get(each.producer_id.public_id))
            for each in producers
        }
        await self._write({**self._gone(paces), **paces})
        self._written = paces

    def _gone(self, present: Iterable[UUID]) -> dict[UUID, "StreamPace"]:
        gone = self._written.keys() - set(present)
        return {public_id: self._written[public_id].ended() for public_id in gone}

    async def _write(self, paces: Mapping[UUID, "StreamPace"]) -> None:
        if not paces:
            return
        parameters = {
            "public_ids": list(paces),
            "epochs": np.array([pace.epoch for pace in paces.values()], np.int64),
            "are_connected": [pace.is_connected for pace in paces.values()],
            "rates_hz": np.array([pace.rate_hz for pace in paces.values()], np.float64),
            "delays_s": np.array([pace.delay_s for pace in paces.values()], np.float64),
        }
        async with self._pool.connection() as connection:
            register(connection)
            await connection.execute(query("producer.note_seen"), parameters)


class StreamPace:
    """The pace of one bind: how fast it streams, and how late.

    Attributes:
        delay_s: of the last frame that was stored; NaN before the first.
    """

    def __init__(self, epoch: int, since_us: int) -> None:
        self.epoch = epoch
        self.is_connected = True
        self.delay_s = float("nan")
        # (when, readings stored until then)
        self._samples: deque[tuple[int, int]] = deque([(since_us, 0)], maxlen=SAMPLES)

    @classmethod
    def of(cls, producer: Producer, before: "StreamPace | None") -> "StreamPace":
        """The pace now; `before` is what was known of the producer."""
        epoch = producer.source.epoch
        pace = before if before is not None and before.epoch == epoch else cls(epoch, producer.tally.since_us)
        pace.delay_s = producer.tally.delay_s
        pace._samples.append((now_us(), producer.tally.readings))
        return pace

    @property
    def rate_hz(self) -> float:
        """Readings stored in a second."""
        (first_us, first), (last_us, last) = self._samples[0], self._samples[-1]
        if not self.is_connected or last_us <= first_us:
            return 0.0
        return (last - first) / (last_us - first_us) * 1e6

    def ended(self) -> "StreamPace":
        """Once its connection is closed."""
        self.is_connected = False
        return self
