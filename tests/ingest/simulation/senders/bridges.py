"""A rig whose readings are messages of a broker, and the bridge that brings them to ingest."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from ingest.mqtt.bridge import MqttBridge
from ingest.mqtt.broker.inbox import InboundMessage, MessageInbox
from ingest.mqtt.config import BridgeConfig, BrokerTable
from ingest.mqtt.delivery.journal import BridgeJournal, KeepLimits
from tests.ingest.simulation.clocks import BEGINNING_US, CLOCK
from tests.ingest.simulation.exchanges import HttpAnswer, HttpRequest
from tests.ingest.simulation.laws import Conversation, LostReading
from tests.ingest.simulation.senders.rigs import AskServer, Rig, now_s, time_of
from tests.ingest.simulation.virtual_loop import block_until, running_loop

HOST = "bridge-"


class ModelBroker:
    """A broker with one subscriber: what has no acknowledgement comes again when that one comes back."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[str, bytes]] = {}
        self._was_sent: set[int] = set()
        self._session: ModelBrokerSession | None = None
        self._drawn = 0

    def publish(self, topic: str, payload: bytes) -> None:
        """A message of QoS 1."""
        self._drawn += 1
        self.waiting[self._drawn] = (topic, payload)
        self._deliver(self._drawn)

    def attach(self, session: "ModelBrokerSession") -> None:
        """The subscriber is here, again."""
        self._session = session
        for packet_id in list(self.waiting):
            self._deliver(packet_id)

    def acknowledge(self, session: "ModelBrokerSession", packet_ids: Iterable[int]) -> None:
        """Only the present connection may."""
        if session is self._session:
            for packet_id in packet_ids:
                self.waiting.pop(packet_id, None)

    def _deliver(self, packet_id: int) -> None:
        if self._session is not None:
            topic, payload = self.waiting[packet_id]
            is_sent_again = packet_id in self._was_sent
            self._was_sent.add(packet_id)
            received_us = BEGINNING_US + round(now_s() * 1e6)
            self._session.take(
                InboundMessage(topic, payload, packet_id, 1, is_sent_again, False, received_us)
            )


class HasBrokers(Protocol):
    """A story, as far as bridges find their surroundings in it."""

    def broker(self, name: str) -> ModelBroker:
        """A bridge's."""
        ...

    def asking(self, name: str) -> AskServer:
        """How a bridge asks the server."""
        ...


class ModelBrokerSession:
    """In place of a session with a broker."""

    def __init__(self, table: BrokerTable, *_: object) -> None:
        self.inbox = MessageInbox()
        self.has_messages = asyncio.Event()
        self.is_session_new = False
        self._broker = _world().broker(table.client_id)
        self._broker.attach(self)

    def take(self, message: InboundMessage) -> None:
        """The broker sends it."""
        self.inbox.put(message)
        self.has_messages.set()

    def acknowledge(self, messages: Sequence[InboundMessage]) -> None:
        self._broker.acknowledge(self, [message.packet_id for message in messages])


class ModelHttpConnection:
    """In place of `http.client.HTTPConnection`, in a thread. The host is the bridge's own name."""

    def __init__(self, host: str, port: int | None, timeout: float) -> None:
        del port, timeout
        self._ask = _world().asking(host)
        self._asked: HttpRequest | None = None

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        self._asked = HttpRequest(method, path, headers, body or b"", query)

    def getresponse(self) -> "ModelHttpResponse":
        assert self._asked is not None
        conversation = Conversation((0, ""), is_socket=False, asked_s=now_s())
        return ModelHttpResponse(_wait_for(self._ask(self._asked, conversation)))

    def close(self) -> None:
        """It is not kept."""


@dataclass(frozen=True)
class ModelHttpResponse:
    """What `http.client` makes of an answer."""

    answer: HttpAnswer

    @property
    def status(self) -> int:
        return self.answer.status

    def read(self) -> bytes:
        return self.answer.body

    def getheader(self, _: str) -> str | None:
        """The model's servers have no Date."""
        return None


def _wait_for(work: Awaitable[HttpAnswer]) -> HttpAnswer:
    """From a thread, for the event loop."""
    task = asyncio.ensure_future(work)
    block_until(lambda wake: task.add_done_callback(lambda _: wake()))
    return task.result()


def _world() -> HasBrokers:
    loop = running_loop()
    assert loop is not None
    return cast("HasBrokers", loop.world)


@dataclass(eq=False)
class BridgeRig(Rig):
    """Messages, and the bridge.

    Attributes:
        messages: how many it still publishes.
    """

    folder: Path = Path()
    messages: int = 0
    broker: ModelBroker = field(default_factory=ModelBroker)
    _program: asyncio.Task[None] | None = None
    _starts: int = 0
    _close: Callable[[], None] | None = None

    @property
    def keeps_all(self) -> bool:
        """A program that starts with the clock of another time takes what it has for old."""
        return self._keeping == 2 and not (self._starts > 1 and self.clock.has_leapt_a_day)

    @property
    def _keeping(self) -> int:
        """Nothing, a little, or all of what is stored."""
        return 2 if self.story.keeps else self.story.seed % 3

    def begin(self) -> None:
        """Starts the bridge, which runs to the end of the story."""
        self._start()

    async def run(self) -> None:
        while self.messages:
            self.messages -= 1
            self._publish()
            await self.pause()
        await self._until_stored()

    async def come_back(self) -> None:
        """By a message more, before which it says what is missing. One that has all looks by itself."""
        if not self.keeps_all:
            self._publish(min_readings=1)
        await self._until_stored()

    def kill(self) -> None:
        self.end()
        asyncio.get_running_loop().call_later(self.story.chance.uniform(0, 2), self._start)

    def end(self) -> None:
        """The bridge's program ends wherever it is."""
        program, self._program = self._program, None
        if program is not None and self._close is not None:
            program.cancel()
            self._close()

    def has_forgotten(self, number: int, loss: LostReading) -> bool:
        del number, loss
        return False

    async def ask(self, request: HttpRequest, conversation: Conversation) -> HttpAnswer:
        """The bridge asks. What it sends is noted under the numbers that it gives."""
        conversation.key = self.key
        if request.method == "POST":
            body = json.loads(request.body)
            numbers = tuple(round(abs(each["value"])) for each in body["readings"])
            self.around.laws.note_sent(conversation, body["seq"], numbers)
        return await self.around.ask(request, conversation)

    @property
    def _name(self) -> str:
        return f"{HOST}{self.number}"

    def _start(self) -> None:
        if self._program is not None:
            return
        self._starts += 1
        config = BridgeConfig.model_validate(
            {
                "state": self.folder,
                "broker": {"url": "mqtt://broker", "client_id": self._name},
                "server": {
                    "url": f"http://{self._name}:1",
                    "token": self.token,
                    "producer": self.key[1],
                    "register_sensors": False,
                    "keep_stored_s": 86_400 if self._keeping else 0,
                    "keep_stored_bytes": 300 if self._keeping == 1 else 2**30,
                },
                "subscriptions": [
                    {"topic": "d/{key}", "sensor": "{key}", "value": "v", "time": "t", "time_unit": "us"}
                ],
            }
        )
        server = config.server
        journal = BridgeJournal(
            self.folder, config.producer, KeepLimits(server.keep_stored_s, server.keep_stored_bytes)
        )
        bridge = MqttBridge(config, journal)
        self._close = bridge.close
        token = CLOCK.set(self.clock)
        self._program = asyncio.create_task(bridge.run())
        CLOCK.reset(token)

    def _publish(self, min_readings: int = 0) -> None:
        for number, sensor in self.take_readings(min_readings):
            payload = json.dumps({"t": time_of(number), "v": self.value_of(number)})
            self.broker.publish(f"d/{sensor}", payload.encode())

    async def _until_stored(self) -> None:
        while self.broker.waiting:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.5)
        self.ended_s = now_s()
