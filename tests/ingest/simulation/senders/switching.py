"""Rigs that send as one producer by a socket and by HTTP: one after the other, or both at once."""

import asyncio
from dataclasses import dataclass

from tests.ingest.simulation.laws import LostReading
from tests.ingest.simulation.senders.gateways import Gateway
from tests.ingest.simulation.senders.posters import Poster
from tests.ingest.simulation.senders.rigs import Rig, now_s


@dataclass(eq=False)
class SwitchingRig(Rig):
    """One producer in turn by either way. No way knows what the other one sends but from the server."""

    gateway: Gateway | None = None
    poster: Poster | None = None

    def __post_init__(self) -> None:
        assert self.gateway is not None
        assert self.poster is not None
        self._gateway, self._poster = self.gateway, self.poster
        # They count their readings together.
        self._gateway.given = self._poster.given = self.given
        self._gateway.may_be_lost = self.may_be_lost

    async def run(self) -> None:
        left = self.story.frames
        while left > 0:
            some = self.story.chance.randint(1, 3)
            left -= some
            if self.story.chance.random() < 0.5:
                self._gateway.frames = some
                await self._gateway.run()
            else:
                self._poster.bodies, self._poster.last_seq = some, None
                await self._poster.run()
        self.superseded, self.ended_s = self._gateway.superseded, now_s()

    def kill(self) -> None:
        """But not one with a spool that has not heard yet how far the other way came: a frame that is in its
        spool then may have had its number, and is refused if it comes under it."""
        if self._gateway.folder is None or self._gateway.has_bound:
            self._gateway.kill()

    def has_forgotten(self, number: int, loss: LostReading) -> bool:
        del number, loss
        return False


@dataclass(eq=False)
class Twins(SwitchingRig):
    """Both at once. The later bind has the producer, until the other one comes back."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.has_order = self._gateway.is_alone = False

    async def run(self) -> None:
        self._gateway.frames = self._poster.bodies = self.story.frames
        await asyncio.gather(self._gateway.run(), self._poster.run())
        self.superseded, self.ended_s = self._gateway.superseded, now_s()
