"""A gateway that takes readings and sends them by the real library, and is killed now and then."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from barograph_client.backoff import Backoff
from barograph_client.errors import Refused, StreamEnded, Superseded, TokenRefused
from barograph_client.spool.options import SpoolOptions
from barograph_client.streaming.stream import Stream

from tests.ingest.simulation.laws import READINGS_OF_A_RIG, LostReading
from tests.ingest.simulation.senders.rigs import Rig, now_s, time_of
from tests.ingest.simulation.story import Story


class ForeseenBackoff(Backoff):
    """Pauses that the story decides."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self._story = story

    def next_s(self) -> float:
        self._tries += 1
        return self._story.chance.uniform(0, min(0.2 * 2.0 ** min(self._tries, 8), 30.0))


class WatchedStream(Stream):
    """A stream that says when it was last told where the server stands, and went on from there."""

    bound_s = -1.0

    def _note_bind(self, errors: Mapping[int, str | None]) -> None:
        self.bound_s = now_s()
        super()._note_bind(errors)


@dataclass
class ProgramRun:
    """One run of a gateway's program, whose memory ends with it.

    Attributes:
        first: the number of its first reading.
        bound_s: when it was last told where the server stands.
    """

    first: int
    has_finished: bool = False
    bound_s: float = -1.0


@dataclass(eq=False)
class Gateway(Rig):
    """One producer of two sensors.

    Attributes:
        frames: how many it still sends.
        is_alone: whether nobody else uses its producer at the same time.
    """

    urls: Sequence[str] = ()
    folder: Path | None = None
    frames: int = 0
    is_alone: bool = True
    _killing: asyncio.Event = field(default_factory=asyncio.Event)
    _runs: list[ProgramRun] = field(default_factory=list[ProgramRun])
    _open: WatchedStream | None = None

    @property
    def keeps_all(self) -> bool:
        return self.folder is not None and self._keeps

    @property
    def _keeps(self) -> bool:
        return self.story.keeps or self.number % 2 == 0

    @property
    def has_bound(self) -> bool:
        """Whether the program that runs now was told where the server stands."""
        return self._open is not None and self._open.bound_s >= 0

    def kill(self) -> None:
        self._killing.set()

    async def run(self) -> None:
        """Streams, as often as it takes, until everything has its ack."""
        while True:
            streaming = asyncio.create_task(self._stream())
            dying = asyncio.create_task(self._killing.wait())
            try:
                await asyncio.wait([streaming, dying], return_when=asyncio.FIRST_COMPLETED)
            finally:
                dying.cancel()
            if not streaming.done():
                self._killing.clear()
                streaming.cancel()
                await asyncio.wait([streaming])
            if streaming.cancelled():
                continue
            try:
                streaming.result()
            except TokenRefused:
                self.end_without_token()
                return
            except Superseded:  # by a bind of its own that came late; whoever runs it starts it again
                self.superseded += 1
            except Refused:
                if self.is_alone:
                    raise
            else:
                self.ended_s = now_s()
                return

    async def come_back(self) -> None:
        if self.folder is not None:
            await self.run()

    def has_forgotten(self, number: int, loss: LostReading) -> bool:
        if self.folder is not None:
            return False
        run = max((each for each in self._runs if each.first <= number), key=lambda each: each.first)
        return not run.has_finished or run.bound_s < loss.at_s

    async def _stream(self) -> None:
        stream = WatchedStream(
            self.urls,
            self.token,
            self.key[1],
            self.sensors,
            spool=None if self.folder is None else self._spool(self.folder),
            backoff=ForeseenBackoff(self.story),
            # One with nothing to send comes back to hear what the server has.
            connect_within_s=self.story.chance.choice([0.0, 5.0]) if self.frames else 3600.0,
            exit_within_s=None,
        )
        run = ProgramRun(self.number * READINGS_OF_A_RIG + len(self.given) + 1)
        self._runs.append(run)
        self._open = stream
        is_done = False
        try:
            async with stream:
                while self.frames:
                    await self._send(stream)
                    await self.pause()
            is_done = run.has_finished = True
        finally:
            self._open = None
            run.bound_s = stream.bound_s
            if not is_done and self.folder is None:
                self._note_lost(stream)
            if not self.is_alone:  # another one's frames may have had the acks of these
                self.may_be_lost |= set(self.given) - self.around.laws.acked

    def _spool(self, folder: Path) -> SpoolOptions:
        keeps = self._keeps
        return SpoolOptions(folder, fsync="never", keep_acked_s=86_400.0 if keeps else 0.0, segment_bytes=256)

    async def _send(self, stream: Stream) -> None:
        self.frames -= 1
        readings = self.take_readings()
        numbers = [number for number, _ in readings]
        try:
            await stream.send(
                np.array([self.sensors.index(sensor) for _, sensor in readings], np.int32),
                np.array([time_of(number) for number in numbers], np.int64),
                np.array([self.value_of(number) for number in numbers], np.float64),
            )
        except (asyncio.CancelledError, StreamEnded):  # nothing was promised yet
            self.may_be_lost |= set(numbers)
            raise

    def _note_lost(self, stream: Stream) -> None:
        for frame in stream.unacked_frames():
            self.may_be_lost |= set(np.abs(frame.value).astype(int).tolist())
