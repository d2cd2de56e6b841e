"""The bridge's loop: messages -> a batch -> written down -> stored by ingest -> acknowledged to the broker.

One batch at a time; meanwhile the next messages gather. So the bridge keeps their order, and whatever is
killed, it is known which body may be stored already: the one that is written down.

Why: decision 600.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from barograph.times import SECOND_US, now_us
from ingest.mqtt.broker.broker import BrokerSession
from ingest.mqtt.config import BridgeConfig
from ingest.mqtt.delivery.batches import BatchReader, MessageBatch
from ingest.mqtt.delivery.bodies import ReadingsOfBody
from ingest.mqtt.delivery.journal import BridgeJournal, JournalUnusable, NumberedBody
from ingest.mqtt.delivery.lost_bodies import LostBodies
from ingest.mqtt.delivery.repeats import RememberedMessages
from ingest.mqtt.delivery.server import REJECT_ADVICE, BodyFate, BodyReceipt, IngestServer, ServerAway
from ingest.mqtt.meanings import MessageMeanings
from ingest.mqtt.metrics import BODIES, DELAY, READINGS, REBIRTHS, WAITING
from ingest.mqtt.sparkplug.payload import rebirth_command
from ingest.mqtt.sparkplug.reader import SparkplugReader

LINGER_S = 0.02
# Fewer messages wait a moment for company.
MIN_BATCH_MESSAGES = 1000
MAX_BATCH_MESSAGES = 10_000
# A bridge that hears nothing looks so often whether the server has lost what it stored.
LOOK_EVERY_S = 10.0
FIRST_PAUSE_S, MAX_PAUSE_S = 0.2, 10.0
# A line in the log about rejects, or about the clock, not one for each batch.
SAY_EVERY_S = 60.0
CLOCK_ADVICE = "set the clock of the one that is wrong (NTP); messages without a time have this machine's"
Written = TypeVar("Written")
log = structlog.stdlib.get_logger(__name__)


class MqttBridge:
    """The bridge from the broker to ingest, until it is told to stop.

    Attributes:
        trouble: why ingest stores nothing just now; empty if it does.
    """

    def __init__(self, config: BridgeConfig, journal: BridgeJournal) -> None:
        self.trouble = ""
        former = journal.filters()
        journal.note_filters([each.filter for each in config.subscriptions])
        self.broker = BrokerSession(config.broker, config.subscriptions, config.sparkplug.host_id, former)
        self._config, self._journal = config, journal
        self._server = IngestServer(config.server)
        self._lost = LostBodies(journal, self._sent)
        self._remembered = RememberedMessages(journal.marks())
        self._sparkplug = SparkplugReader(journal.nodes(), self._ask_rebirth)
        self._reader = BatchReader(
            MessageMeanings(config.subscriptions, self._sparkplug),
            self._remembered,
            config.server.max_body_bytes,
        )
        self._rejects_said_s = self._clock_said_s = -SAY_EVERY_S
        self._is_stopping = asyncio.Event()

    async def run(self) -> None:
        """Sends what the last one left; then batch after batch, until `stop`."""
        left = self._journal.bodies()
        if left:
            log.info("bodies that may not be stored are sent again", bodies=len(left))
            await self._store(left)
        while not self._is_stopping.is_set():
            if await self._has_messages():
                await self._take_batch()
            else:
                await self._look_after_stored()

    def stop(self) -> None:
        """Takes no more messages. The batch that is under way is stored and acknowledged first."""
        self._is_stopping.set()
        self.broker.has_messages.set()

    def close(self) -> None:
        """Gives everything back."""
        self._server.close()
        self._journal.close()

    async def _has_messages(self) -> bool:
        """Waits for some; not for ever."""
        try:
            await asyncio.wait_for(self.broker.has_messages.wait(), LOOK_EVERY_S)
        except TimeoutError:
            return False
        if not self._is_stopping.is_set() and len(self.broker.inbox) < MIN_BATCH_MESSAGES:
            await asyncio.sleep(LINGER_S)
        return True

    async def _look_after_stored(self) -> None:
        """Sends again what the server has lost, though no message comes that would tell of it."""
        ours = self._journal.last_seq
        if ours is None or self._lost.resume_at is not None:
            return
        with suppress(ServerAway):  # the next message tells of that
            last = await asyncio.to_thread(self._server.last_seq, self._config.producer)
            if last < ours:
                await self._written(lambda: self._journal.replace((), ours + 1))
                if not await self._lost.send_again(last, ours + 1):
                    await self._closed_up(())

    async def _take_batch(self) -> None:
        inbox = self.broker.inbox
        if self.broker.is_session_new:
            self.broker.is_session_new = False
            self._remembered.forget_packet_ids()
        messages = inbox.take(MAX_BATCH_MESSAGES)
        WAITING.set(len(inbox))
        if not len(inbox) and not self._is_stopping.is_set():
            self.broker.has_messages.clear()
        if messages:
            await self._store_batch(self._reader.batch_of(messages))

    async def _store_batch(self, batch: MessageBatch) -> None:
        if batch.bodies or batch.marks:
            numbered = await self._numbered(batch.bodies)
            nodes = self._sparkplug.take_changed()
            await self._written(lambda: self._journal.begin(numbered, batch.marks, nodes))
            await self._store(numbered)
        self.broker.acknowledge(batch.messages)
        DELAY.set((now_us() - batch.messages[0].received_us) / SECOND_US)

    async def _numbered(self, bodies: Sequence[ReadingsOfBody]) -> list[NumberedBody]:
        """The bodies under the next numbers of the sequence."""
        if not bodies:
            return []
        last = self._journal.last_seq
        if last is None:
            last = await self._last_seq()
        return [NumberedBody(last + 1 + place, body) for place, body in enumerate(bodies)]

    async def _store(self, bodies: Sequence[NumberedBody]) -> None:
        """Sends bodies until each is stored, whatever comes between."""
        waiting = list(bodies)
        while waiting:
            is_resuming = waiting[0].seq == self._lost.resume_at
            receipt = await self._sent(waiting[0], is_resuming=is_resuming)
            match receipt.fate:
                case BodyFate.STORED:
                    waiting.pop(0)
                    self._lost.resume_at = None
                case BodyFate.CONFLICT:
                    waiting = await self._renumbered(waiting, receipt)
                case BodyFate.RESUME_REFUSED:
                    waiting = await self._closed_up(waiting)
                case BodyFate.REFUSED:
                    waiting = await self._made_smaller(waiting, receipt)

    async def _sent(self, numbered: NumberedBody, *, is_resuming: bool) -> BodyReceipt:
        text = numbered.body.text(
            self._config.producer,
            numbered.seq,
            register_sensors=self._config.server.register_sensors,
            is_resuming=is_resuming,
        )
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                receipt = await asyncio.to_thread(self._server.send, text, is_resuming=is_resuming)
            except ServerAway as error:
                pause_s = await self._pause_after(error, pause_s)
            else:
                self._note_trouble("")
                self._note_receipt(receipt)
                return receipt

    async def _last_seq(self) -> int:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await asyncio.to_thread(self._server.last_seq, self._config.producer)
            except ServerAway as error:
                pause_s = await self._pause_after(error, pause_s)

    async def _pause_after(self, error: ServerAway, pause_s: float) -> float:
        self._note_trouble(str(error))
        await asyncio.sleep(pause_s)
        return min(2 * pause_s, MAX_PAUSE_S)

    async def _renumbered(self, waiting: Sequence[NumberedBody], receipt: BodyReceipt) -> list[NumberedBody]:
        """The server's sequence stands elsewhere: it was restored, or another one used the producer."""
        last, first = await self._last_seq(), waiting[0].seq
        if last < first - 1:
            if await self._lost.send_again(last, first):
                return list(waiting)
            return await self._closed_up(waiting)
        log.warning(
            "the producer's numbers were used by another one; what is here goes on after the server's last. "
            "What to do: give each bridge a producer and a folder of its own",
            detail=receipt.detail,
        )
        renumbered = [NumberedBody(last + 1 + place, each.body) for place, each in enumerate(waiting)]
        await self._written(lambda: self._journal.replace(renumbered, first))
        return renumbered

    async def _closed_up(self, waiting: Sequence[NumberedBody]) -> list[NumberedBody]:
        """The waiting bodies, under numbers that leave none out, as the token may leave none out."""
        log.warning("the token may not leave numbers out; what is here goes on after the server's last one")
        last, self._lost.resume_at = await self._last_seq(), None
        return await self._written(lambda: self._journal.close_up(last, waiting))

    async def _made_smaller(
        self, waiting: Sequence[NumberedBody], receipt: BodyReceipt
    ) -> list[NumberedBody]:
        """The server refuses the body itself: two halves, as far as it can be halved."""
        first = waiting[0]
        if len(first.body.readings) == 1:
            log.error(
                "a reading is refused and left out", reading=first.body.readings[0][:500], why=receipt.detail
            )
            READINGS.labels("refused").inc()
            bodies: list[ReadingsOfBody] = [each.body for each in waiting[1:]]
        else:
            bodies = [*first.body.halves(), *(each.body for each in waiting[1:])]
        smaller = [NumberedBody(first.seq + place, body) for place, body in enumerate(bodies)]
        await self._written(lambda: self._journal.replace(smaller, first.seq))
        return smaller

    async def _written(self, write: Callable[[], Written]) -> Written:
        """Writes to the journal, again and again while its disk is full."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await asyncio.to_thread(write)
            except JournalUnusable as error:
                self._note_trouble(str(error))
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, MAX_PAUSE_S)

    def _note_trouble(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("readings wait for the server", why=trouble)
        elif self.trouble and not trouble:
            log.info("the server stores again")
        self.trouble = trouble

    def _note_receipt(self, receipt: BodyReceipt) -> None:
        BODIES.labels(receipt.fate.name.lower()).inc()
        READINGS.labels("accepted").inc(receipt.accepted)
        READINGS.labels("duplicate").inc(receipt.duplicate)
        READINGS.labels("rejected").inc(receipt.rejected_total)
        now_s = time.monotonic()
        if receipt.rejected_total and now_s - self._rejects_said_s >= SAY_EVERY_S:
            self._rejects_said_s = now_s
            log.warning(
                "readings were rejected; the dead letters hold them",
                rejected=receipt.rejected_total,
                codes=receipt.rejected,
                what_to_do=[REJECT_ADVICE[code] for code in receipt.rejected if code in REJECT_ADVICE],
            )
        clock = self._server.clock
        if clock is not None and clock.is_apart and now_s - self._clock_said_s >= SAY_EVERY_S:
            self._clock_said_s = now_s
            log.warning("the clocks differ", clock=str(clock), what_to_do=CLOCK_ADVICE)

    def _ask_rebirth(self, topic: str) -> None:
        if self._config.sparkplug.rebirth:
            REBIRTHS.inc()
            self.broker.publish(topic, rebirth_command(time.time_ns() // 1_000_000))
