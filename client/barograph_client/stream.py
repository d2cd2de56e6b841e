"""One producer's stream over a WebSocket, across as many connections as it takes.

    send -> pending (memory) -> connection -> server commits -> ack -> forgotten

A lost connection costs nothing but time: the next one asks the server how far it got and goes on from
there. Frames without an ack live in memory, so they are lost with the process.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
from websockets.exceptions import ConnectionClosed

from barograph_client.backoff import Backoff
from barograph_client.connection import Proxy, StreamConnection, open_connection
from barograph_client.errors import Disconnected, Refused, StreamEnded
from barograph_client.frames import Frame, encode_binary
from barograph_client.messages import Ack, Bound, BoundChannel, Hello, encode_bind
from barograph_client.pending import Message, Pending

log = logging.getLogger(__name__)


class Stream:
    """A producer's ordered stream of frames, from `async with` to its end.

    Leaving the block waits until everything sent is durable; leaving it by an exception does not.

    Attributes:
        channels: what the server made of the sensors.
        accepted, duplicate, rejected: readings, as the acks that arrived counted them.
        connections: how many there have been.
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
        proxy: Proxy = True,
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
            proxy: an HTTP proxy's URL, True for the environment's, None for none.
        """
        self.channels: tuple[BoundChannel, ...] = ()
        self.accepted = self.duplicate = self.rejected = self.connections = 0
        self._url, self._token = url, token
        self._proxy: Proxy = proxy
        self._producer, self._sensors, self._historical = producer, sensors, historical
        self._resume_at = resume_at
        self._encode = encode
        self._max_pending_bytes = max_pending_bytes
        self._backoff = backoff or Backoff()
        self._on_ack = on_ack
        self._hello: Hello | None = None
        self._pending: Pending | None = None
        self._task: asyncio.Task[None] | None = None
        self._has_work = asyncio.Event()
        self._has_progress = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _: self._has_progress.set())
        try:
            await self._until(lambda: self._pending is not None)
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
    def last_seq(self) -> int:
        """The newest frame's, sent or not; at first the last one that the server has."""
        return self._bound[1].last_seq

    @property
    def acked_seq(self) -> int:
        """Every frame up to here is durable."""
        return self._bound[1].settled_seq

    async def send(
        self, channel: npt.NDArray[np.int32], t_us: npt.NDArray[np.int64], value: npt.NDArray[np.float64]
    ) -> int:
        """Queue one frame and return its seq. Waits while too much is without ack.

        Raises:
            StreamEnded: the server wants no more of this stream.
            ValueError: the columns do not fit together, or the frame is beyond the server's limits.
        """
        _, pending = self._bound
        await self._until(lambda: pending.size_bytes < self._max_pending_bytes)
        frame = Frame(pending.last_seq + 1, channel, t_us, value)
        pending.push(self._encoded(frame))
        self._has_work.set()
        await asyncio.sleep(0)  # the connection's turn, or a tight loop would starve it
        return frame.seq

    async def flush(self) -> None:
        """Wait until every frame is durable.

        Raises:
            StreamEnded: the server wants no more of this stream.
        """
        _, pending = self._bound
        await self._until(lambda: not len(pending))

    async def close(self) -> None:
        """Drop the connection, and with it what has no ack yet."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _bound(self) -> tuple[Hello, Pending]:
        if self._hello is None or self._pending is None:
            raise RuntimeError("the stream is used before `async with` has bound it")
        return self._hello, self._pending

    def _encoded(self, frame: Frame) -> Message:
        hello, _ = self._bound
        message = self._encode(frame)
        if frame.n > hello.max_frame_readings or len(message) > hello.max_frame_bytes:
            raise ValueError(
                f"a frame of {frame.n} readings and {len(message)} bytes is beyond the server's limits, "
                f"{hello.max_frame_readings} and {hello.max_frame_bytes}"
            )
        return message

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait for a condition that the server brings about, or raise what ended the stream."""
        while True:
            if self._task is None or self._task.cancelled():
                raise StreamEnded("closed", "the stream was closed")
            if self._task.done():
                self._task.result()
            if is_so():
                return
            self._has_progress.clear()
            await self._has_progress.wait()

    async def _run(self) -> None:
        """Connect, again and again, until a server says that there is no point."""
        while True:
            try:
                async with open_connection(self._url, self._token, self._proxy) as connection:
                    await self._converse(connection)
            except Disconnected as reason:
                delay_s = self._backoff.next_s()
                log.info("connection lost (%s), next try in %.1f s", reason, delay_s)
                await asyncio.sleep(delay_s)

    async def _converse(self, connection: StreamConnection) -> None:
        """Bind, then send frames and take acks until the connection closes, which raises."""
        self._hello = await connection.hello()
        resume_at = self._resume_at if self._pending is None else None
        bind = encode_bind(self._producer, self._sensors, historical=self._historical, resume_at=resume_at)
        self._resume(await connection.bind(bind))
        sending = asyncio.create_task(self._send_pending(connection, self._hello.window))
        try:
            async for ack in connection.acks():
                self._settle(ack)
        finally:
            sending.cancel()
            await asyncio.wait([sending])

    def _resume(self, bound: Bound) -> None:
        """Go on where the server stands, which may be further than the acks that arrived."""
        if self._pending is None:
            self._pending = Pending(bound.last_seq)
        pending = self._pending
        if not pending.settled_seq <= bound.last_seq <= pending.last_seq:
            raise Refused(
                "sequence-lost",
                f"the server's last frame is {bound.last_seq}, but it acked {pending.settled_seq}, and the "
                f"last one here is {pending.last_seq}: it was restored, or another gateway took this name",
            )
        pending.rewind()
        pending.settle(bound.last_seq)
        self.channels = bound.channels
        self.connections += 1
        self._has_progress.set()

    async def _send_pending(self, connection: StreamConnection, window: int) -> None:
        _, pending = self._bound
        try:
            while True:
                message = pending.next_message(window)
                if message is None:
                    self._has_work.clear()
                    await self._has_work.wait()
                else:
                    await connection.send(message)
        except ConnectionClosed:
            pass  # whoever takes the acks sees it too, with the server's reason

    def _settle(self, ack: Ack) -> None:
        _, pending = self._bound
        pending.settle(ack.seq)
        self.accepted += ack.accepted
        self.duplicate += ack.duplicate
        self.rejected += ack.rejected_total
        self._backoff.reset()
        self._has_work.set()
        self._has_progress.set()
        if self._on_ack is not None:
            self._on_ack(ack)
