"""One producer's stream over a WebSocket, across as many connections as it takes.

    send -> checked columns -> frames -> pending (memory) -> delivery -> ack -> forgotten

Frames without an ack live in memory, so they are lost with the process.
"""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Self, TypeVar

import numpy.typing as npt

from barograph_client.backoff import Backoff
from barograph_client.columns import TakenReadings, take_readings
from barograph_client.connection import Proxy
from barograph_client.delivery import DeliveryOptions, FrameDelivery
from barograph_client.errors import StreamEnded
from barograph_client.frames import Frame, decode, encode_binary
from barograph_client.messages import Ack, BoundChannel, Hello
from barograph_client.pending import Message, Pending
from barograph_client.rejects import RefusedReading, log_refused, refused_readings
from barograph_client.standing import LostFrames
from barograph_client.state import StreamState

log = logging.getLogger(__name__)
_Told = TypeVar("_Told", Ack, RefusedReading)


class Stream:
    """A producer's ordered stream of frames, from `async with` to its end.

    Leaving the block waits until everything sent is durable; leaving it by an exception does not.

    Attributes:
        accepted, duplicate, rejected: readings, as the acks that arrived counted them.
    """

    def __init__(
        self,
        url: str,
        token: str,
        producer: str,
        sensors: Sequence[str],
        *,
        historical: bool = False,
        resume_at: int | None = None,
        encode: Callable[[Frame], Message] = encode_binary,
        max_pending_bytes: int = 64 * 2**20,
        backoff: Backoff | None = None,
        on_ack: Callable[[Ack], None] | None = None,
        on_reject: Callable[[RefusedReading], None] | None = None,
        proxy: Proxy = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare a stream.

        Args:
            url: the server's WebSocket, `ws://…/ingest/v1/ws`.
            token: an ingest token.
            producer: the stream's name; one connection at a time may use it.
            sensors: keys or ids; their positions are the channels of `send`.
            historical: old data, which moves no liveness, live view or alert.
            resume_at: the first frame's seq, if the server's memory of it is not to be believed.
            encode: `encode_binary`, or `encode_json` for eyes.
            max_pending_bytes: `send` waits while frames without ack take more.
            backoff: how long to wait between connections.
            on_ack: called with every ack.
            on_reject: called with each rejected reading that an ack lists, at most 100 an ack.
            proxy: an HTTP proxy's URL, True for the environment's, None for none.
            tls: for `wss://`, a context that trusts the server's certificate.
        """
        self.accepted = self.duplicate = self.rejected = 0
        self._sensors = list(sensors)
        self._encode = encode
        self._max_pending_bytes = max_pending_bytes
        self._on_ack, self._on_reject = on_ack, on_reject
        options = DeliveryOptions(
            url,
            token,
            producer,
            self._sensors,
            historical,
            resume_at,
            encode,
            proxy,
            tls,
            backoff or Backoff(),
        )
        self._delivery = FrameDelivery(options, self._note_ack)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._delivery.run())
        self._task.add_done_callback(lambda _: self._delivery.has_progress.set())
        try:
            await self._until(lambda: self._delivery.connections > 0)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            was_closed = self._task is not None and self._task.cancelled()
            if kind is None and not was_closed:
                await self.flush()
        finally:
            await self.close()

    @property
    def state(self) -> StreamState:
        """What it is doing."""
        return self._delivery.state

    @property
    def trouble(self) -> str:
        """Why nothing flows, and what to do about it; empty while readings flow."""
        return self._delivery.trouble

    @property
    def channels(self) -> tuple[BoundChannel, ...]:
        """The sensors in their order; `error` where the server takes no readings of one."""
        return self._delivery.channels

    @property
    def connections(self) -> int:
        """How many there have been."""
        return self._delivery.connections

    @property
    def lost(self) -> tuple[LostFrames, ...]:
        """Frames that the server had acknowledged and has lost, as after a restore."""
        return tuple(self._delivery.lost)

    @property
    def last_seq(self) -> int:
        """The newest frame's, sent or not; at first the last one that the server has."""
        return self._bound[1].last_seq

    @property
    def acked_seq(self) -> int:
        """Every frame up to here is durable."""
        return self._bound[1].settled_seq

    def unacked_frames(self) -> list[Frame]:
        """The frames without an ack, oldest first; also once the stream has ended."""
        pending = self._delivery.pending
        return [] if pending is None else [decode(each) for each in pending.messages()]

    async def send(self, channel: npt.ArrayLike, t_us: npt.ArrayLike, value: npt.ArrayLike) -> int:
        """Queue readings as one frame, or as several if they are many, and return the last one's seq.

        Waits while too much is without ack. A reading that is masked, None or null in any column is left
        out. NaN and infinities are sent, and rejected by the server as `not-finite`.

        Args:
            channel: positions in `sensors`.
            t_us: microseconds since 1970 UTC as integers, datetime64 of any unit (finer ones are cut to
                microseconds), or datetimes with a time zone.
            value: raw values, real numbers of any type.

        Raises:
            StreamEnded: the server wants no more of this stream.
            ValueError: the columns do not fit together, or hold what is no channel, time or number. Nothing
                of them was sent.
        """
        _, pending = self._bound
        waiting = deque([take_readings(channel, t_us, value, len(self._sensors))])
        while waiting:
            await self._until(lambda: pending.size_bytes < self._max_pending_bytes)
            waiting.extendleft(reversed(self._push(waiting.popleft())))
            await asyncio.sleep(0)  # the connection's turn, or a tight loop would starve it
        return pending.last_seq

    async def flush(self) -> None:
        """Wait until every frame is durable.

        Raises:
            StreamEnded: the server wants no more of this stream.
        """
        _, pending = self._bound
        await self._until(lambda: not len(pending))

    async def close(self) -> None:
        """Drop the connection, and with it what has no ack yet."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._delivery.close()
        if unacked := len(self._delivery.pending or ()):
            log.warning("closed with %d frames that have no ack; `unacked_frames` has them", unacked)

    @property
    def _bound(self) -> tuple[Hello, Pending]:
        hello, pending = self._delivery.hello, self._delivery.pending
        if hello is None or pending is None:
            raise RuntimeError("the stream is used before `async with` has bound it")
        return hello, pending

    def _push(self, readings: TakenReadings) -> list[TakenReadings]:
        """Queue them as a frame, or return them in parts that are nearer the server's limits."""
        hello, pending = self._bound
        n = len(readings.channel)
        if n > hello.max_frame_readings:
            starts = range(0, n, hello.max_frame_readings)
            return [readings.between(start, start + hello.max_frame_readings) for start in starts]
        message = self._encode(Frame(pending.last_seq + 1, *readings))
        if len(message) > hello.max_frame_bytes:
            if n < 2:
                raise ValueError(f"a frame of one reading takes more than {hello.max_frame_bytes} bytes")
            return [readings.between(0, n // 2), readings.between(n // 2, n)]
        pending.push(message)
        self._delivery.has_work.set()
        return []

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait for a condition that the server brings about, or raise what ended the stream."""
        while True:
            if self._task is None or self._task.cancelled():
                raise StreamEnded("closed", "the stream was closed")
            if self._task.done():
                self._task.result()
            if is_so():
                return
            self._delivery.has_progress.clear()
            await self._delivery.has_progress.wait()

    def _note_ack(self, ack: Ack, frames: Mapping[int, Frame]) -> None:
        self.accepted += ack.accepted
        self.duplicate += ack.duplicate
        self.rejected += ack.rejected_total
        refused = refused_readings(ack, self._sensors, frames)
        log_refused(self._delivery.log, ack, refused)
        if self._on_reject is not None:
            for reading in refused:
                self._call("on_reject", self._on_reject, reading)
        if self._on_ack is not None:
            self._call("on_ack", self._on_ack, ack)

    def _call(self, name: str, callback: Callable[[_Told], None], told: _Told) -> None:
        """What a callback raises is its own affair: the stream goes on."""
        try:
            callback(told)
        except Exception as error:  # noqa: BLE001 - anything, it is somebody else's code
            text = f"{name} raised {error!r}; the stream goes on"
            self._delivery.log.say(logging.ERROR, f"callback {name}", text, error=error)
