"""Frames carried to the server, over as many connections as it takes.

    outbox (disk or memory) -> connection -> server commits -> ack -> forgotten

A lost connection costs nothing but time: the next one asks the server how far it got and goes on from there.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from websockets.exceptions import ConnectionClosed

from barograph_client import advice
from barograph_client.backoff import Backoff
from barograph_client.bounded_log import BoundedLog
from barograph_client.delivery.clock_check import ClockOffset, clock_offset
from barograph_client.delivery.connection import Proxy, StreamConnection, open_connection
from barograph_client.delivery.outbox import FrameOutbox
from barograph_client.delivery.server_addresses import ServerAddresses
from barograph_client.delivery.standing import StreamStanding
from barograph_client.delivery.state import StreamState
from barograph_client.delivery.tokens import TokenSource, current_token, is_renewable
from barograph_client.errors import Disconnected, Forbidden, StreamEnded, TokenRefused
from barograph_client.framing.frames import Frame, decode, encode_binary
from barograph_client.framing.messages import Ack, Bound, Hello, encode_bind
from barograph_client.spool.failures import SpoolError, SpoolFull
from barograph_client.spool.notes import FrameLimits
from barograph_client.spool.store import FrameStore

Message = bytes | str
AckListener = Callable[[Ack, Mapping[int, Frame]], None]
BindListener = Callable[[Mapping[int, str | None]], None]
log = logging.getLogger(__name__)

# A cable that was pulled tells nobody: the system finds out after minutes.
SILENT_AFTER_S = 10.0
LOOKS_EVERY_S = 5.0


def agent_name() -> str:
    """The name of this library and its version, as the server shows it beside the producer."""
    try:
        return f"barograph-client/{version('barograph-client')}"
    except PackageNotFoundError:  # run from a folder
        return "barograph-client"


@dataclass
class DeliveryOptions:
    """Where to, as whom, and how."""

    addresses: ServerAddresses
    token: TokenSource
    producer: str
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
        on_bind: called with the errors of the channels that are in error.

    Attributes:
        has_work, has_progress: set when there is a frame to send, when anything has changed.
        trouble: why nothing flows, and what to do; empty while it does.
        clock: this machine's against the server's, as the last hello told, and jumps since then.
    """

    def __init__(
        self, options: DeliveryOptions, store: FrameStore, on_ack: AckListener, on_bind: BindListener
    ) -> None:
        self.state = StreamState.CONNECTING
        self.trouble = ""
        self.clock: ClockOffset | None = None
        self.outbox = FrameOutbox(store)
        self.standing = StreamStanding(self.outbox, options.producer, options.resume_at)
        self.connections = 0
        self.has_work = asyncio.Event()
        self.has_progress = asyncio.Event()
        self.log = BoundedLog(log)
        self._options, self._store = options, store
        self._on_ack, self._on_bind = on_ack, on_bind
        self._bound_channels = 0
        # Since when frames are on their way without an ack, by the loop's clock.
        self._waiting_since_s: float | None = None

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
            await self._connect()
        except Disconnected as reason:
            await self._wait(reason)
        except SpoolFull as reason:
            await self._wait_for_room(reason)
        except StreamEnded as reason:
            if isinstance(reason, Forbidden) and self.standing.give_in(reason):
                return
            if not self._may_pass(reason):
                raise
            await self._wait_for_mending(reason)

    async def _connect(self) -> None:
        options = self._options
        token = await current_token(options.token)
        asked_at_s = time.time()
        async with open_connection(options.addresses.url, token, options.proxy, options.tls) as connection:
            hello = await connection.hello()
            self._compare_clocks(clock_offset(hello.server_time, asked_at_s, time.time()))
            await self._converse(connection, hello)

    def _may_pass(self, reason: StreamEnded) -> bool:
        """Whether it is worth waiting for somebody to mend it.

        With a spool it is: the readings are safe meanwhile. Without one the caller must know at once.
        """
        if isinstance(reason, TokenRefused) and is_renewable(self._options.token):
            return True
        is_mendable = isinstance(reason, TokenRefused | Forbidden) or reason.code == "http-404"
        return is_mendable and self._store.is_on_disk

    async def _wait(self, reason: Disconnected) -> None:
        self._enter(StreamState.WAITING, str(reason))
        level = logging.INFO if reason.advice == advice.OF_CLOSES[1012] else logging.WARNING
        text = f"not connected to {self._options.addresses.url}: {reason.detail}; trying again"
        self.log.say(level, f"connection {reason.advice}", f"{text}. What to do: {reason.advice}")
        await self._pause()
        self._enter(StreamState.CONNECTING, str(reason))

    async def _wait_for_room(self, reason: SpoolFull) -> None:
        self._enter(StreamState.WAITING, str(reason))
        self.log.say(logging.ERROR, "no room", f"what was agreed with the server can't be noted: {reason}")
        await asyncio.sleep(self._options.backoff.next_s())
        self._enter(StreamState.CONNECTING, str(reason))

    async def _wait_for_mending(self, reason: StreamEnded) -> None:
        self._enter(StreamState.REFUSED, str(reason))
        text = f"{self._options.addresses.url} refuses {self._options.producer}: {reason}; trying again"
        self.log.say(logging.ERROR, f"refused {reason.code}", text)
        await self._pause()

    async def _pause(self) -> None:
        if self._options.addresses.note_failure():
            await asyncio.sleep(self._options.backoff.next_s())

    async def _converse(self, connection: StreamConnection, hello: Hello) -> None:
        """Bind, then send frames and take acks until the connection closes, which raises."""
        self._keep_limits(FrameLimits(hello.max_frame_bytes, hello.max_frame_readings))
        self._bound_channels = len(self._store.channels)
        bound = await connection.bind(self._bind())
        if not self.standing.take_up(bound.last_seq):
            return
        self._note_bound(bound)
        sending = asyncio.create_task(self._send_frames(connection, hello.window))
        taking = asyncio.create_task(self._take_acks(connection))
        try:
            while not await _either(sending, taking, LOOKS_EVERY_S):
                self._note_silence()
            if taking.done() or sending.exception() is not None:
                await (taking if taking.done() else sending)
        finally:
            sending.cancel()
            taking.cancel()
            await asyncio.gather(sending, taking, return_exceptions=True)

    def _bind(self) -> str:
        options = self._options
        return encode_bind(
            options.producer,
            self._store.channels,
            historical=options.historical,
            resume_at=self.standing.resume_at,
            answer="errors",
            agent=agent_name(),
        )

    def _keep_limits(self, limits: FrameLimits) -> None:
        if limits != self._store.limits:
            self._store.limits = limits
            with suppress(SpoolError):  # the server tells them again
                self._store.keep_notes()

    def _note_bound(self, bound: Bound) -> None:
        self._options.addresses.note_success()
        self.connections += 1
        self._waiting_since_s = None
        self._on_bind({each.channel: each.error for each in bound.channels})
        self._enter(StreamState.STREAMING, "")
        log.info("streaming as %s, after frame %d", self._options.producer, bound.last_seq)

    async def _send_frames(self, connection: StreamConnection, window: int) -> None:
        """Sends frames until the connection closes, or there are channels that it does not know."""
        try:
            while self._bound_channels == len(self._store.channels):
                message = self.outbox.next_message(window)
                if message is None:
                    self.has_work.clear()
                    await self.has_work.wait()
                else:
                    if self._waiting_since_s is None:
                        self._waiting_since_s = asyncio.get_running_loop().time()
                    await connection.send(self._encoded(message))
        except ConnectionClosed:
            await asyncio.Event().wait()  # whoever takes the acks sees it too, with the server's reason

    def _encoded(self, message: bytes) -> Message:
        encode = self._options.encode
        return message if encode is encode_binary else encode(decode(message))

    async def _take_acks(self, connection: StreamConnection) -> None:
        async for ack in connection.acks():
            self._settle(ack)

    def _settle(self, ack: Ack) -> None:
        messages = {reject.seq: self.outbox.message(reject.seq) for reject in ack.rejected}
        self.standing.settle(ack)
        self._note_sound()
        self._options.backoff.reset()
        self.has_work.set()
        self.has_progress.set()
        if self.clock is not None and (jumped := self.clock.after_jump()) is not None:
            self._compare_clocks(jumped)
        self._on_ack(ack, {seq: decode(each) for seq, each in messages.items() if each is not None})

    def _note_sound(self) -> None:
        is_waiting = self.outbox.is_waiting
        self._waiting_since_s = asyncio.get_running_loop().time() if is_waiting else None
        if self.trouble:
            self._enter(StreamState.STREAMING, "")
            self.log.forget("silence")

    def _note_silence(self) -> None:
        """Say that no ack comes, long before the connection is known to be dead."""
        if self._waiting_since_s is None:
            return
        waited_s = asyncio.get_running_loop().time() - self._waiting_since_s
        if waited_s >= SILENT_AFTER_S:
            detail = f"no ack has come for {waited_s:.0f} s"
            self._enter(StreamState.STREAMING, f"{detail}: {advice.SILENCE}")
            self.log.say(logging.WARNING, "silence", f"{detail}. What to do: {advice.SILENCE}")

    def _compare_clocks(self, clock: ClockOffset | None) -> None:
        self.clock = clock
        if clock is not None and clock.is_wrong:
            self.log.say(logging.WARNING, "clock", f"{clock}. What to do: {advice.CLOCK}")

    def _enter(self, state: StreamState, trouble: str) -> None:
        self.state, self.trouble = state, trouble
        self.has_progress.set()


async def _either(one: asyncio.Task[None], other: asyncio.Task[None], within_s: float) -> bool:
    """Whether one of them is done, waiting for that for a while."""
    done, _ = await asyncio.wait([one, other], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)
