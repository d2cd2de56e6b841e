"""A gateway that takes readings and sends them by the real library, and is killed now and then."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from barograph_client.backoff import Backoff
from barograph_client.errors import Superseded
from barograph_client.spool.options import SpoolOptions
from barograph_client.streaming.stream import Stream

from tests.ingest.simulation.model_database import BEGINNING_US
from tests.ingest.simulation.story import FAULTS_END_S, Story

# A reading's number says whose it is.
READINGS_OF_A_GATEWAY = 1_000_000


class ForeseenBackoff(Backoff):
    """Pauses that the story decides."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self._story = story

    def next_s(self) -> float:
        self._tries += 1
        return self._story.chance.uniform(0, min(0.2 * 2.0 ** min(self._tries, 8), 30.0))


@dataclass
class Gateway:
    """One producer of one sensor.

    Attributes:
        given: the numbers of the readings that it has given to its streams, ascending.
        may_be_lost: of those, what was in the memory of a stream that was killed.
    """

    number: int
    story: Story
    urls: list[str]
    folder: Path | None
    given: list[int] = field(default_factory=list[int])
    may_be_lost: set[int] = field(default_factory=set[int])
    superseded: int = 0
    _killing: asyncio.Event = field(default_factory=asyncio.Event)
    _left: int = 0

    def __post_init__(self) -> None:
        self._left = self.story.frames

    @property
    def producer(self) -> str:
        return f"rig-{self.number}"

    def kill(self) -> None:
        """The program ends wherever it is."""
        self._killing.set()

    async def run(self) -> None:
        """Streams, as often as it takes, until everything has its ack."""
        while True:
            streaming = asyncio.create_task(self._stream())
            dying = asyncio.create_task(self._killing.wait())
            await asyncio.wait([streaming, dying], return_when=asyncio.FIRST_COMPLETED)
            dying.cancel()
            if not streaming.done():
                self._killing.clear()
                streaming.cancel()
                await asyncio.wait([streaming])
            if streaming.cancelled():
                continue
            try:
                streaming.result()
            except Superseded:  # by a bind of its own that came late; whoever runs it starts it again
                self.superseded += 1
            else:
                return

    async def _stream(self) -> None:
        stream = Stream(
            self.urls,
            f"token-{self.number}",
            self.producer,
            [f"s{self.number}"],
            spool=None if self.folder is None else SpoolOptions(self.folder, fsync="never"),
            backoff=ForeseenBackoff(self.story),
            connect_within_s=self.story.chance.choice([0.0, 5.0]),
            exit_within_s=None,
        )
        is_done = False
        try:
            async with stream:
                while self._left:
                    await self._send(stream)
                    await asyncio.sleep(self._pause_s())
            is_done = True
        finally:
            if not is_done and self.folder is None:
                self._note_lost(stream)

    async def _send(self, stream: Stream) -> None:
        chance = self.story.chance
        first = self.number * READINGS_OF_A_GATEWAY + len(self.given) + 1
        numbers = np.arange(first, first + chance.randint(0, 4))
        is_poison = np.array([chance.random() < self.story.poison for _ in numbers], bool)
        self._left -= 1
        self.given += numbers.tolist()
        t_us = BEGINNING_US - 3_600_000_000 + 1000 * (numbers % READINGS_OF_A_GATEWAY)
        value = np.where(is_poison, -numbers, numbers).astype(np.float64)
        try:
            await stream.send(np.zeros(numbers.size, np.int32), t_us, value)
        except asyncio.CancelledError:  # nothing was promised yet
            self.may_be_lost |= set(numbers.tolist())
            raise

    def _note_lost(self, stream: Stream) -> None:
        for frame in stream.unacked_frames():
            self.may_be_lost |= set(np.abs(frame.value).astype(int).tolist())

    def _pause_s(self) -> float:
        """Most of the frames come while there are faults."""
        return self.story.chance.uniform(0, 1.5 * FAULTS_END_S / self.story.frames)
