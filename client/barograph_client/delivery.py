"""Frames carried to the server, over as many connections as it takes.

    pending (memory) -> connection -> server commits -> ack -> forgotten

A lost connection costs nothing but time: the next one asks the server how far it got and goes on from there.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version

from websockets.exceptions import ConnectionClosed

from barograph_client.advice import OF_CLOSES, OF_REJECTS
from barograph_client.backoff import Backoff
from barograph_client.bounded_log import BoundedLog
from barograph_client.connection import Proxy, StreamConnection, open_connection
from barograph_client.errors import Disconnected, Forbidden, StreamEnded
from barograph_client.frames import Frame, decode
from barograph_client.messages import Ack, Bound, BoundChannel, Hello, encode_bind
from barograph_client.pending import Message, Pending
from barograph_client.standing import ABOUT_LOST, LostFrames, lost_frames
from barograph_client.state import StreamState

AckListener = Callable[[Ack, Mapping[int, Frame]], None]
log = logging.getLogger(__name__)


def agent_name() -> str:
    """This library and its version, as the server shows it beside the producer."""
    try:
        return f"barograph-client/{version('barograph-client')}"
    except PackageNotFoundError:  # run from a folder
        return "barograph-client"


@dataclass
class DeliveryOptions:
    """Where to, as whom, and how."""

    url: str
    token: str
    producer: str
    sensors: Sequence[str]
    historical: bool
    resume_at: int | None
    encode: Callable[[Frame], Message]
    proxy: Proxy
    tls: ssl.SSLContext | None
    backoff: Backoff = field(default_factory=Backoff)


class FrameDelivery:
    """One producer's frames, from the first connection to the end.

    Args:
        on_ack: called with each ack, and with the frames in which it rejects readings.

    Attributes:
        pending: the frames, once the first bind has told where they begin.
        has_work, has_progress: set when there is a frame to send, when anything has changed.
        trouble: why nothing flows, and what to do; empty while it does.
        lost: what the server had acknowledged and lost.
    """

    def __init__(self, options: DeliveryOptions, on_ack: AckListener) -> None:
        self.state = StreamState.CONNECTING
        self.trouble = ""
        self.hello: Hello | None = None
        self.pending: Pending | None = None
        self.channels: tuple[BoundChannel, ...] = ()
        self.connections = 0
        self.lost: list[LostFrames] = []
        self.has_work = asyncio.Event()
        self.has_progress = asyncio.Event()
        self.log = BoundedLog(log)
        self._options = options
        self._on_ack = on_ack
        self._resume_at = options.resume_at
        # What a bind with `resume_at` is about to give up, and whether the token may make one.
        self._losing: LostFrames | None = None
        self._may_resume = True

    async def run(self) -> None:
        """Connect, again and again, until a server says that there is no point.

        Raises:
            StreamEnded: it has said so.
        """
        try:
            while True:
                await self._try()
        except StreamEnded as ended:
            self._enter(StreamState.ENDED, str(ended))
            log.error("the stream of %s has ended: %s", self._options.producer, ended)  # noqa: TRY400 - expected
            raise
        except Exception as error:
            self._enter(StreamState.ENDED, repr(error))
            log.exception("the stream of %s has ended", self._options.producer)
            raise

    def close(self) -> None:
        """Note that nobody wants anything of it any more."""
        if self.state is not StreamState.ENDED:
            self._enter(StreamState.CLOSED, "the stream was closed")
        self.log.finish()

    async def _try(self) -> None:
        try:
            async with open_connection(
                self._options.url, self._options.token, self._options.proxy, self._options.tls
            ) as connection:
                await self._converse(connection)
        except Disconnected as reason:
            await self._wait(reason)
        except Forbidden as reason:
            if self._losing is None:
                raise
            log.warning("the frames that are here get other numbers: %s", reason)
            self._may_resume, self._losing, self._resume_at = False, None, None

    async def _wait(self, reason: Disconnected) -> None:
        self._enter(StreamState.WAITING, str(reason))
        delay_s = self._options.backoff.next_s()
        level = logging.INFO if reason.advice == OF_CLOSES[1012] else logging.WARNING
        text = f"not connected to {self._options.url}: {reason.detail}; trying again"
        self.log.say(level, f"connection {reason.advice}", f"{text}. What to do: {reason.advice}")
        await asyncio.sleep(delay_s)
        self._enter(StreamState.CONNECTING, str(reason))

    async def _converse(self, connection: StreamConnection) -> None:
        """Bind, then send frames and take acks until the connection closes, which raises."""
        self.hello = await connection.hello()
        pending = self._resumed(await connection.bind(self._bind()))
        if pending is None:
            return
        sending = asyncio.create_task(self._send_pending(connection, pending, self.hello.window))
        try:
            async for ack in connection.acks():
                self._settle(pending, ack)
        finally:
            sending.cancel()
            await asyncio.wait([sending])

    def _bind(self) -> str:
        options = self._options
        return encode_bind(
            options.producer,
            options.sensors,
            historical=options.historical,
            resume_at=self._resume_at,
            answer="errors",
            agent=agent_name(),
        )

    def _resumed(self, bound: Bound) -> Pending | None:
        """The frames from where the server stands, which may be further than the acks that arrived.

        None: another bind must come first.
        """
        if self.pending is None:
            self.pending = Pending(bound.last_seq)
        lost = lost_frames(self.pending, bound.last_seq)
        if lost is not None and self._may_resume and self._losing is None:
            self._losing, self._resume_at = lost, lost.last_seq + 1
            return None
        self._give_up(lost or self._losing)
        if lost is not None:
            self.pending.renumber(bound.last_seq, self._numbered)
        self._losing = self._resume_at = None
        self._may_resume = True
        self.pending.rewind()
        self.pending.settle(bound.last_seq)
        self._note_bound(bound)
        return self.pending

    def _give_up(self, lost: LostFrames | None) -> None:
        if lost is None:
            return
        self.lost.append(lost)
        log.error("the server has lost %s of %s. %s", lost, self._options.producer, ABOUT_LOST)

    def _numbered(self, message: Message, seq: int) -> Message:
        return self._options.encode(replace(decode(message), seq=seq))

    def _note_bound(self, bound: Bound) -> None:
        errors = {each.channel: each.error for each in bound.channels}
        self.channels = tuple(
            BoundChannel(channel, None, sensor, errors.get(channel))
            for channel, sensor in enumerate(self._options.sensors)
        )
        unknown = [each.key for each in self.channels if each.error is not None]
        if unknown:
            which = f"{len(unknown)} of {len(self.channels)} sensors are unknown, the first is {unknown[0]!r}"
            what_to_do = OF_REJECTS["unknown-sensor"]
            self.log.say(logging.WARNING, "unknown sensors", f"{which}. What to do: {what_to_do}")
        self.connections += 1
        self._enter(StreamState.STREAMING, "")
        log.info("streaming as %s, after frame %d", self._options.producer, bound.last_seq)

    async def _send_pending(self, connection: StreamConnection, pending: Pending, window: int) -> None:
        try:
            while True:
                message = pending.next_message(window)
                if message is None:
                    self.has_work.clear()
                    await self.has_work.wait()
                else:
                    await connection.send(message)
        except ConnectionClosed:
            pass  # whoever takes the acks sees it too, with the server's reason

    def _settle(self, pending: Pending, ack: Ack) -> None:
        messages = {reject.seq: pending.message(reject.seq) for reject in ack.rejected}
        pending.settle(ack.seq)
        self._options.backoff.reset()
        self.has_work.set()
        self.has_progress.set()
        self._on_ack(ack, {seq: decode(each) for seq, each in messages.items() if each is not None})

    def _enter(self, state: StreamState, trouble: str) -> None:
        self.state, self.trouble = state, trouble
        self.has_progress.set()
