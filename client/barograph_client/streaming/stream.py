"""One producer's stream over a WebSocket, across as many connections as it takes.

send -> checked columns -> frames -> spool (disk, or memory by choice) -> delivery -> ack -> forgotten
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

import numpy.typing as npt

from barograph_client.advice import OF_REJECTS
from barograph_client.backoff import Backoff
from barograph_client.delivery.connection import Proxy
from barograph_client.delivery.delivery import DeliveryOptions, FrameDelivery, Message
from barograph_client.delivery.server_addresses import ServerAddresses
from barograph_client.delivery.state import StreamState
from barograph_client.delivery.tokens import TokenSource
from barograph_client.errors import StreamEnded
from barograph_client.framing.columns import TakenReadings, take_readings
from barograph_client.framing.frames import Frame, decode, encode_binary
from barograph_client.framing.messages import Ack
from barograph_client.spool.choice import SpoolChoice, open_store, options_of
from barograph_client.spool.failures import SpoolError
from barograph_client.spool.store import NewFrame
from barograph_client.streaming.cutting import cut_readings
from barograph_client.streaming.filling import FillingRate, filling_text
from barograph_client.streaming.rejects import RefusedReading
from barograph_client.streaming.stream_channels import StreamChannels, check_keys
from barograph_client.streaming.stream_view import StreamView
from barograph_client.streaming.tally import AckTally

log = logging.getLogger(__name__)


class Stream(StreamView):
    """A producer's ordered stream of frames, from `async with` to its end.

    Readings are safe once `send` has returned: on disk, unless `spool` is None. A stream that is opened again
    on the same spool sends what the last one left. Leaving the block waits for acks for `exit_within_s`.
    """

    def __init__(
        self,
        url: str | Sequence[str],
        token: TokenSource,
        producer: str,
        sensors: Sequence[str],
        *,
        spool: SpoolChoice,
        historical: bool = False,
        resume_at: int | None = None,
        encode: Callable[[Frame], Message] = encode_binary,
        max_pending_bytes: int = 64 * 2**20,
        connect_within_s: float = 5.0,
        exit_within_s: float | None = 30.0,
        backoff: Backoff | None = None,
        on_ack: Callable[[Ack], None] | None = None,
        on_reject: Callable[[RefusedReading], None] | None = None,
        proxy: Proxy = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare a stream, and open its spool.

        Args:
            url: the server's WebSocket, `ws://…/ingest/v1/ws`; of several, those that fail are passed over.
            token: an ingest token, a file that holds one, or a function that returns one. The latter two are
                asked again whenever the server refuses the token.
            producer: the stream's name; one connection at a time may use it.
            sensors: keys or ids; their positions are the channels of `send`.
            spool: where frames wait for their ack: a folder, SpoolOptions, or None for memory.
            historical: old data, which moves no liveness, live view or alert.
            resume_at: the first frame's seq, if the server's memory of it is not to be believed.
            encode: `encode_binary`, or `encode_json` for eyes.
            max_pending_bytes: without a spool, `send` waits while frames without ack take more.
            connect_within_s: how long `async with` waits for a connection before it goes on without.
            exit_within_s: how long leaving the block waits for acks; None for as long as it takes.
            backoff: how long to wait between connections.
            on_ack: called with every ack.
            on_reject: called with each rejected reading that an ack lists, at most 100 an ack.
            proxy: an HTTP proxy's URL, True for the environment's, None for none.
            tls: for `wss://`, a context that trusts the server's certificate.

        Raises:
            SpoolError: the spool can't be opened.
            ValueError: a key can't be any sensor's.
        """
        check_keys(sensors)
        addresses = ServerAddresses(url)
        self._spool = options_of(spool)
        self._store = open_store(self._spool, producer, sensors, max_pending_bytes)
        self._channels = StreamChannels(sensors, self._store)
        self._encode = encode
        self._connect_within_s, self._exit_within_s = connect_within_s, exit_within_s
        self._rate = FillingRate()
        options = DeliveryOptions(
            addresses,
            token,
            producer,
            historical,
            resume_at,
            encode,
            proxy,
            tls,
            backoff or Backoff(),
        )
        self._delivery = FrameDelivery(options, self._store, self._note_ack, self._note_bind)
        self._tally = AckTally(self._delivery.log, on_ack, on_reject)
        self._is_closed = False
        self._task: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._delivery.run())
        self._task.add_done_callback(lambda _: self._delivery.has_progress.set())
        if self._spool is not None and self._spool.fsync == "interval":
            self._syncing = asyncio.create_task(self._sync_regularly(self._spool.fsync_interval_s))
        try:
            await self._wait_for_connection()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and not self._is_closed:
                await self._flush_at_exit()
        finally:
            await self.close()

    def unacked_frames(self) -> list[Frame]:
        """The frames without an ack, oldest first; also once the stream has ended."""
        return [decode(each) for each in self._delivery.outbox.messages()]

    def add_sensor(self, key: str) -> int:
        """Adds one sensor as `add_sensors` does."""
        return self.add_sensors([key])[0]

    def add_sensors(self, keys: Sequence[str]) -> list[int]:
        """Take more sensors in, and return their channels. The connection is made anew for them.

        Raises:
            SpoolError: the spool can't note them.
            ValueError: a key can't be any sensor's.
        """
        check_keys(keys)
        channels = self._channels.add(keys)
        self._delivery.has_work.set()
        return channels

    async def send(self, channel: npt.ArrayLike, t_us: npt.ArrayLike, value: npt.ArrayLike) -> int:
        """Keep readings as one frame, or as several if they are many, and return the last one's seq.

        They are safe in the spool when this returns, connected or not. A reading that is masked, None or null
        in any column is left out. NaN and infinities are sent, and rejected by the server as `not-finite`.
        The seq is 0 as long as the server has not told where a new spool begins.

        Args:
            channel: positions in `sensors`.
            t_us: microseconds since 1970 UTC as integers, datetime64 of any unit (finer ones are cut to
                microseconds), or datetimes with a time zone.
            value: raw values, real numbers of any type.

        Raises:
            StreamEnded: the server wants no more of this stream.
            SpoolFull: there is no room. Nothing was kept.
            SpoolError: the spool can't be written.
            ValueError: the columns do not fit together, or hold what is no channel, time or number. Nothing
                of them was kept.
        """
        self._raise_ending()
        taken = take_readings(channel, t_us, value, self._channels.count)
        readings = TakenReadings(self._channels.stored(taken.channel), taken.t_us, taken.value)
        parts = list(cut_readings(readings, self._store.limits, self._encode))
        if self._store.when_full == "wait":
            for part in parts:
                size_bytes = 24 * len(part.channel) + 24
                await self._until(lambda size_bytes=size_bytes: self._store.has_room(size_bytes))
                self._append([part])
                await asyncio.sleep(0)  # the connection's turn, or a tight loop would starve it
        else:
            self._append(parts)
            await asyncio.sleep(0)
        if self._spool is not None and self._spool.fsync == "always":
            await self._sync()
        return self.last_seq

    async def flush(self, timeout_s: float | None = None) -> None:
        """Wait until every frame is durable at the server.

        Raises:
            StreamEnded: the server wants no more of this stream.
            TimeoutError: it took longer than `timeout_s`. The frames are still in the spool.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._until(lambda: not len(self._delivery.outbox))
        except TimeoutError:
            waiting = len(self._delivery.outbox)
            raise TimeoutError(f"{waiting} frames have no ack after {timeout_s} s. {self.trouble}") from None

    async def close(self) -> None:
        """Drop the connection. What has no ack stays in the spool; without a spool it is lost."""
        if self._is_closed:
            return
        self._is_closed = True
        for task in (self._task, self._syncing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._delivery.close()
        self._note_unacked()
        self._store.close()

    def _raise_ending(self) -> None:
        """Raise if nothing can be sent any more."""
        if self._task is None:
            raise RuntimeError("the stream is used before `async with` has opened it")
        if self._task.done() and not self._task.cancelled():
            self._task.result()
        if self._is_closed:
            raise StreamEnded("closed", "the stream was closed")

    def _append(self, parts: Sequence[TakenReadings]) -> None:
        first = self._store.last_index + 1
        frames = [
            NewFrame(encode_binary(Frame(first + place, *part)), len(part.channel))
            for place, part in enumerate(parts)
        ]
        self._store.append(frames)
        self._rate.add(sum(len(frame.message) for frame in frames))
        self._note_filling()
        self._delivery.has_work.set()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait for a condition that the server brings about, or raise what ended the stream."""
        while True:
            self._raise_ending()
            if is_so():
                return
            self._delivery.has_progress.clear()
            await self._delivery.has_progress.wait()

    async def _wait_for_connection(self) -> None:
        """Waits for a while for a connection: readings are taken without one, too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._connect_within_s):
                await self._until(lambda: self.connections > 0 or self.state is StreamState.REFUSED)

    async def _flush_at_exit(self) -> None:
        if self._store.is_on_disk and self.state is StreamState.REFUSED:
            return
        try:
            await self.flush(self._exit_within_s)
        except TimeoutError:
            if not self._store.is_on_disk:
                raise

    async def _sync(self) -> None:
        try:
            await asyncio.to_thread(self._store.sync)
        except RuntimeError:  # the interpreter ends, and starts no thread any more
            self._store.sync()
        self._delivery.has_work.set()

    async def _sync_regularly(self, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            if not self._store.is_synced:
                try:
                    await self._sync()
                except SpoolError as error:
                    log.error("%s", error)  # noqa: TRY400 - `send` raises it from now on

    def _note_filling(self) -> None:
        """Say it while there is time to do something about it."""
        if self._store.is_on_disk and 2 * self._store.waiting_bytes > self._store.max_bytes:
            text = filling_text(self.spool_status)
            self._delivery.log.say(logging.WARNING, "filling", text)

    def _note_unacked(self) -> None:
        unacked = len(self._delivery.outbox)
        if unacked and self._store.is_on_disk:
            log.info(
                "closed with %d frames that have no ack; the next stream on this spool sends them", unacked
            )
        elif unacked:
            log.warning("closed with %d frames that have no ack; `unacked_frames` has them", unacked)

    def _note_bind(self, errors: Mapping[int, str | None]) -> None:
        unknown = self._channels.note_errors(errors)
        if unknown:
            which = (
                f"{len(unknown)} of {self._channels.count} sensors are unknown, the first is {unknown[0]!r}"
            )
            what_to_do = OF_REJECTS["unknown-sensor"]
            text = f"{which}. What to do: {what_to_do}"
            self._delivery.log.say(logging.WARNING, "unknown sensors", text)

    def _note_ack(self, ack: Ack, frames: Mapping[int, Frame]) -> None:
        self._tally.note(ack, frames, self._store.channels)
