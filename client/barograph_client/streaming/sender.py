"""A stream for threads and scripts without asyncio.

record -> batch (memory, for `batch_s` at most) -> Stream, on a loop in a thread of its own
send   ------------------------------------------->
"""

import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Self, SupportsFloat, TypeVar

import numpy.typing as npt

from barograph_client.delivery.tokens import TokenSource
from barograph_client.errors import StreamEnded
from barograph_client.framing.frames import Frame
from barograph_client.spool.choice import SpoolChoice
from barograph_client.spool.failures import SpoolForked
from barograph_client.streaming.batch import Moment, RecordBatch, RecordedReadings
from barograph_client.streaming.stream import Stream
from barograph_client.streaming.stream_view import StreamView

T = TypeVar("T")

# `record` waits while so many batches are not in the spool; then it says why.
MAX_WAITING_BATCHES = 10
RECORD_WAITS_S = 0.5


class Sender(StreamView):
    """A producer's stream of frames, from any thread, from `with` to its end.

    Readings are safe once `send` has returned, as with Stream. `record` gathers single readings, which are
    safe after `batch_s`, or after `flush`. Leaving the block sends all of them, after an error or Ctrl-C too;
    these leave at once where readings are on disk. What nobody has closed when the interpreter ends is closed
    then.
    """

    def __init__(
        self,
        url: str | Sequence[str],
        token: TokenSource,
        producer: str,
        sensors: Sequence[str] = (),
        *,
        spool: SpoolChoice,
        batch_s: float = 0.2,
        batch_readings: int = 1000,
        connect_within_s: float = 0.0,
        exit_within_s: float | None = 10.0,
        **stream_options: Any,  # noqa: ANN401 - those of Stream
    ) -> None:
        """Open the spool.

        Args:
            url, token, producer, sensors, spool, connect_within_s, exit_within_s: as of Stream.
            batch_s, batch_readings: `record` keeps readings together for so long, or until they are so many.
            stream_options: any others of Stream. Callbacks are called in the Sender's own thread.

        Raises:
            SpoolError: the spool can't be opened.
        """
        options: dict[str, Any] = {
            "connect_within_s": connect_within_s,
            "exit_within_s": exit_within_s,
            **stream_options,
        }
        self._stream = Stream(url, token, producer, sensors, spool=spool, **options)
        self._delivery, self._channels = self._stream._delivery, self._stream._channels
        self._tally, self._rate = self._stream._tally, self._stream._rate
        self._batch = RecordBatch(sensors, MAX_WAITING_BATCHES * batch_readings)
        self._batch_s, self._batch_readings = batch_s, batch_readings
        self._exit_within_s = exit_within_s
        self._pid = os.getpid()
        self._failure: Exception | None = None
        self._is_closing = self._is_hurried = self._is_over = False
        self._is_open = threading.Event()
        # A call is taken before the loop's last turn, or refused.
        self._taking = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._has_some, self._is_due, self._closing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._batch_turn = asyncio.Lock()
        self._thread = threading.Thread(target=self._run, name=f"barograph {producer}", daemon=True)

    def __enter__(self) -> Self:
        _open_senders.add(self)
        try:
            self._thread.start()
            self._is_open.wait()
        except BaseException:  # Ctrl-C: nobody will leave the block that was not entered
            with suppress(Exception):
                self._close(is_hurried=True)
            raise
        if self._failure is not None:
            self.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            with suppress(Exception):  # the block's own error is the one to see
                self.close_at_exit()

    def record(self, sensor: str, value: SupportsFloat, t_us: Moment | None = None) -> None:
        """Add a reading to the next batch. A sensor that is not known yet is added to the stream.

        Args:
            sensor: its key or id.
            value: a real number.
            t_us: microseconds since 1970 UTC, or a datetime with a time zone; now if it is not given.

        Raises:
            StreamEnded: the server wants no more of this stream.
            SpoolError: earlier readings wait for room in the spool, and this one was not taken.
            TypeError, ValueError: it is no real number, or no time.
        """
        self._check()
        waiting = self._batch.add(sensor, value, t_us, RECORD_WAITS_S)
        while waiting is None:
            self._check()
            if self._failure is not None:
                raise self._failure
            waiting = self._batch.add(sensor, value, t_us, RECORD_WAITS_S)
        if waiting == 1:
            self._wake(self._has_some)
        elif waiting == self._batch_readings:
            self._wake(self._is_due)

    def send(self, channel: npt.ArrayLike, t_us: npt.ArrayLike, value: npt.ArrayLike) -> int:
        """Sends as `Stream.send` does, with the same promise."""
        return self._on_loop(self._stream.send(channel, t_us, value))

    def add_sensor(self, key: str) -> int:
        """Adds a sensor as `Stream.add_sensor` does; returns its channel."""
        return self._on_loop(self._add_sensor(key))

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until all that was recorded and sent is durable at the server.

        Raises:
            StreamEnded: the server wants no more of this stream.
            SpoolError: what was recorded does not fit in the spool.
            TimeoutError: it took longer than `timeout_s`. The readings are in the spool.
        """
        self._on_loop(self._flush(timeout_s))

    def unacked_frames(self) -> list[Frame]:
        """The frames without an ack, oldest first; also once the stream has ended."""
        return self._stream.unacked_frames()

    def close(self) -> None:
        """Send what is recorded, wait for acks for `exit_within_s`, and leave.

        Raises:
            StreamEnded: the server wanted no more.
            SpoolError: something that was recorded is not in the spool.
            TimeoutError: without a spool, and something has no ack.
        """
        self._close(is_hurried=False)

    def close_at_exit(self) -> None:
        """Leave at once if what is not sent is on disk, and as `close` otherwise: it would be lost."""
        self._close(is_hurried=self._stream.is_on_disk)

    def _close(self, *, is_hurried: bool) -> None:
        if os.getpid() != self._pid:
            return
        _open_senders.discard(self)
        with self._taking:
            self._is_hurried, self._is_closing = is_hurried, True
        for event in (self._has_some, self._is_due, self._closing):
            self._wake(event)
        if self._thread.ident is not None:
            self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _check(self) -> None:
        if os.getpid() != self._pid:
            raise SpoolForked(
                f"this Sender was opened by process {self._pid}; open another one after the fork"
            )
        if isinstance(self._failure, StreamEnded):
            raise self._failure
        if self._is_closing or self._is_over or not self._is_open.is_set():
            raise StreamEnded("closed", "the sender is closed, or was never opened by `with`")

    def _check_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise RuntimeError("a callback of a Sender runs in its own thread, and can't wait for it")

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the loop do it, and wait."""
        try:
            self._check()
            self._check_thread()
            with self._taking:
                self._check()
                answer = asyncio.run_coroutine_threadsafe(work, self._loop)
        except BaseException:
            work.close()
            raise
        return answer.result()

    def _wake(self, event: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop is closed: it has ended
            self._loop.call_soon_threadsafe(event.set)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except Exception as error:  # noqa: BLE001 - whoever calls next gets it
            self._failure = error
        finally:
            with self._taking:
                self._is_over = True
            self._is_open.set()
            self._loop.run_until_complete(self._answer_calls())
            self._loop.close()

    async def _answer_calls(self) -> None:
        """Calls that came before the end hear of it; their threads would wait for ever."""
        await asyncio.sleep(0)
        while calls := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(calls)

    async def _main(self) -> None:
        async with self._stream:
            self._is_open.set()
            sending = asyncio.create_task(self._send_batches())
            closing = asyncio.create_task(self._closing.wait())
            await asyncio.wait({sending, closing}, return_when=asyncio.FIRST_COMPLETED)
            closing.cancel()
            async with asyncio.timeout(self._exit_within_s):
                await sending
            if self._is_hurried:
                await self._stream.close()

    async def _send_batches(self) -> None:
        while not self._is_closing:
            await self._has_some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._batch_s):
                    await self._is_due.wait()
            self._has_some.clear()
            self._is_due.clear()
            try:
                await self._send_batch()
            except StreamEnded:
                raise
            except Exception as error:  # noqa: BLE001 - whoever records next gets it, if there is no room
                self._failure = error
                self._has_some.set()
        await self._send_batch()

    async def _send_batch(self) -> None:
        async with self._batch_turn:
            taken = self._batch.take()
            try:
                await self._send(taken)
            except BaseException:
                self._batch.put_back(taken)
                raise
            self._batch.settle()
            self._failure = None

    async def _send(self, taken: RecordedReadings) -> None:
        if taken.new_sensors:
            self._stream.add_sensors(taken.new_sensors)
            taken.new_sensors = []
        if taken.channel:
            await self._stream.send(taken.channel, taken.t_us, taken.value)

    async def _flush(self, timeout_s: float | None) -> None:
        await self._send_batch()
        await self._stream.flush(timeout_s)

    async def _add_sensor(self, key: str) -> int:
        channel = self._batch.channel_of(key)
        await self._send_batch()
        return channel


_open_senders: "weakref.WeakSet[Sender]" = weakref.WeakSet()


def _close_all() -> None:
    """Closes all senders at the interpreter's end. With a spool there is no need to wait."""
    for sender in list(_open_senders):
        with suppress(Exception):  # nobody is there to hear it
            sender.close_at_exit()


atexit.register(_close_all)
