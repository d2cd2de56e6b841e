"""The broker's side: a session that outlives connections, and messages that are acknowledged when told to.

    connect (in a thread, for it waits) -> CONNACK -> subscribe -> { messages | acknowledgements } -> again

All else of paho runs on the event loop, so nothing of it is called from two threads.

Why: decision 600.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from barograph.times import now_us
from ingest.mqtt.broker.asked_filters import asked_of_broker
from ingest.mqtt.broker.buffered_client import BufferedClient
from ingest.mqtt.broker.faults import of_connecting, with_advice
from ingest.mqtt.broker.inbox import InboundMessage, MessageInbox
from ingest.mqtt.config import BrokerTable, ConfigFault, SubscriptionTable
from ingest.mqtt.metrics import CONNECTED, DISCONNECTS

CONNECT_S = 10.0
FIRST_PAUSE_S, MAX_PAUSE_S = 0.2, 15.0
# Who was thrown out by another client of the same name would throw that one out in turn.
TAKEN_OVER_PAUSE_S = 30.0
TICK_S = 1.0
# So much of a connection is read at once, before it is another's turn.
BURST = 500
_TAKEN_OVER = "Session taken over"
log = structlog.stdlib.get_logger(__name__)


class BrokerSession:
    """The bridge's session at the broker.

    Args:
        table: which broker, as whom.
        subscriptions: what it is asked for.
        host_id: the name as Sparkplug's primary host, if the bridge is one.
        former_filters: what the session may have been subscribed to before; all else of it is given up.

    Attributes:
        inbox: messages that have come.
        has_messages: set when some have.
        trouble: why there is no connection, or not all is subscribed; empty if everything is well.
        connection: the number of the present connection.
        is_session_new: whether the broker remembered nothing at the last connect; cleared by who reads it.
    """

    def __init__(
        self,
        table: BrokerTable,
        subscriptions: Sequence[SubscriptionTable],
        host_id: str | None,
        former_filters: Iterable[str] = (),
    ) -> None:
        self.inbox = MessageInbox()
        self.has_messages = asyncio.Event()
        self.trouble = "not connected yet"
        self.connection = 0
        self.is_session_new = False
        self._table = table
        self._subscriptions = asked_of_broker(subscriptions)
        # A session outlives the file, and brings what an earlier one asked for until it is told not to.
        former = {*former_filters, *(each.filter for each in subscriptions)}
        self._given_up = sorted(former - {each.filter for each in self._subscriptions})
        self._host_id = host_id
        self._lost = asyncio.Event()
        self._is_reading = self._is_connecting = self._is_leaving = False
        self._received = 0
        self._pause_s = FIRST_PAUSE_S
        self._client = self._make_client()

    async def run(self) -> None:
        """Connects, again and again, until it is cancelled."""
        try:
            while True:
                await self._connect_once()
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)
        finally:
            self._leave()

    def acknowledge(self, messages: Iterable[InboundMessage]) -> None:
        """Tells the broker that these are stored. Those of an earlier connection it sends again."""
        if self._is_connecting:
            return
        self._client.acknowledge(
            message.packet_id
            for message in messages
            if message.packet_id and message.connection == self.connection
        )
        self._write()
        self._read_on()

    def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message once, if there is a connection; nobody waits for it."""
        if self._is_connecting:
            return
        self._client.publish(topic, payload, qos=0)
        self._write()

    def _make_client(self) -> BufferedClient:
        table = self._table
        is_5 = table.version == "5"
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=table.client_id,
            clean_session=None if is_5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_S
        if table.username is not None:
            password = None if table.password is None else table.password.get_secret_value()
            client.username_pw_set(table.username, password)
        if table.is_encrypted:
            # paho leaves the type of its argument out
            client.tls_set_context(_tls(table))  # pyright: ignore[reportUnknownMemberType]
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_close = lambda _client, _data, sock: self._stop_reading(sock.fileno())
        # With it, paho writes when it is told to, and never by itself.
        client.on_socket_register_write = _wait_to_be_told
        return client

    async def _connect_once(self) -> None:
        """One connection, from its beginning to its end."""
        self._lost.clear()
        # Before the thread has paho: what is acknowledged meanwhile is of a connection that is gone.
        self.connection += 1
        self._is_connecting = True
        self._client.forget_connection()
        try:
            await asyncio.to_thread(self._open)
        except (OSError, ValueError) as error:
            self._note_trouble(of_connecting(error))
            return
        finally:
            self._is_connecting = False
        self._write()
        self._read_on()
        try:
            while not self._lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._lost.wait(), TICK_S)
                self._client.loop_misc()
                self._write()
        finally:
            CONNECTED.set(0)

    def _open(self) -> None:
        table = self._table
        if self._host_id is not None:
            self._set_will(self._host_id)
        if table.version == "5":
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = table.session_expiry_s
            properties.ReceiveMaximum = table.receive_maximum
            properties.MaximumPacketSize = table.max_message_bytes
            self._client.connect(
                table.host, table.port, table.keepalive_s, clean_start=False, properties=properties
            )
        else:
            self._client.connect(table.host, table.port, table.keepalive_s)

    def _read_on(self) -> None:
        """Reads of the connection from now on, unless too much waits already."""
        sock = self._client.socket()
        if sock is None or self._is_reading or self.inbox.is_full:
            return
        self._is_reading = True
        asyncio.get_running_loop().add_reader(sock.fileno(), self._read, sock.fileno())
        self._come_back(sock.fileno())

    def _stop_reading(self, descriptor: int) -> None:
        if self._is_reading:
            self._is_reading = False
            asyncio.get_running_loop().remove_reader(descriptor)

    def _read(self, descriptor: int) -> None:
        for _ in range(BURST):
            before = self._received
            code = self._client.loop_read()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or self._client.socket() is None:
                self._stop_reading(descriptor)
                self._lost.set()
                return
            if before == self._received and not self._has_more():
                break
        if self.inbox.is_full:
            self._stop_reading(descriptor)
        else:
            self._come_back(descriptor)

    def _come_back(self, descriptor: int) -> None:
        """Reads on soon if bytes were received already, or TLS holds some: they wake nobody."""
        if self._has_more():
            asyncio.get_running_loop().call_soon(self._read_more, descriptor)

    def _read_more(self, descriptor: int) -> None:
        if self._is_reading:
            self._read(descriptor)

    def _has_more(self) -> bool:
        if self._client.has_more:
            return True
        pending: Any = getattr(self._client.socket(), "pending", None)
        return pending is not None and pending() > 0

    def _write(self) -> None:
        """Writes what waits; the rest when the connection takes more, within a tick."""
        sock = None if self._is_connecting else self._client.socket()
        if sock is None or not self._client.want_write():
            return
        if self._client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost.set()
        elif self._client.want_write():
            asyncio.get_running_loop().call_later(0.01, self._write)

    def _leave(self) -> None:
        """Ends the connection; the session stays."""
        self._is_leaving = True
        sock = self._client.socket()
        if sock is not None and self._is_reading:
            self._stop_reading(sock.fileno())
        if self._host_id is not None:
            self._publish_state(self._host_id, is_online=False)
        with suppress(OSError, ValueError):
            self._client.disconnect()
            self._write()

    def _on_connect(
        self, _client: Client, _data: object, flags: ConnectFlags, code: ReasonCode, _properties: object
    ) -> None:
        if code.is_failure:
            self._note_trouble(f"the broker refuses the connection: {with_advice(code.getName())}")
            self._lost.set()
            return
        self._pause_s = FIRST_PAUSE_S
        if not flags.session_present:
            self.is_session_new = True
            log.warning("the broker has no session of this bridge: what was sent before now is not here")
        CONNECTED.set(1)
        log.info("connected to the broker", client_id=self._table.client_id, resumed=flags.session_present)
        self._subscribe()
        if self._host_id is not None:
            self._publish_state(self._host_id, is_online=True)
        self._write()

    def _subscribe(self) -> None:
        if self._table.version == "5":
            self._client.subscribe([(each.filter, _options(each)) for each in self._subscriptions])
        else:
            self._client.subscribe([(each.filter, each.qos) for each in self._subscriptions])
        if self._given_up:  # after it, so that no message falls between
            self._client.unsubscribe(self._given_up)

    def _on_subscribe(
        self, _client: Client, _data: object, _id: int, codes: list[ReasonCode], _properties: object
    ) -> None:
        filters = [each.filter for each in self._subscriptions]
        pairs = zip(filters, codes, strict=False)
        refused = [(name, code.getName()) for name, code in pairs if code.is_failure]
        if refused:
            name, why = refused[0]
            self._note_trouble(f"the broker refuses the subscription {name}: {with_advice(why)}")
        else:
            self.trouble = ""
            log.info("subscribed", filters=filters)

    def _on_disconnect(
        self, _client: Client, _data: object, flags: DisconnectFlags, code: ReasonCode, _properties: object
    ) -> None:
        if self._is_leaving:
            return
        DISCONNECTS.inc()
        said = code.getName()
        whose = (
            "the broker ended the connection" if flags.is_disconnect_packet_from_server else "disconnected"
        )
        if said == _TAKEN_OVER:
            self._pause_s = TAKEN_OVER_PAUSE_S
        if not self.trouble.startswith("the broker refuses"):
            self._note_trouble(f"{whose}: {with_advice(said)}")
        self._lost.set()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._received += 1
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "a topic that is no UTF-8"
        self.inbox.put(
            InboundMessage(
                topic,
                bytes(message.payload),
                message.mid if message.qos else 0,
                self.connection,
                bool(message.dup),
                bool(message.retain),
                now_us(),
            )
        )
        self.has_messages.set()

    def _set_will(self, host_id: str) -> None:
        """Sets the message that edge nodes get when this host is gone.

        Its time is that of the birth that follows.
        """
        self._online_ms = time.time_ns() // 1_000_000
        self._client.will_set(f"spBv1.0/STATE/{host_id}", self._state(is_online=False), qos=1, retain=True)

    def _publish_state(self, host_id: str, *, is_online: bool) -> None:
        topic = f"spBv1.0/STATE/{host_id}"
        self._client.publish(topic, self._state(is_online=is_online), qos=1, retain=True)

    def _state(self, *, is_online: bool) -> bytes:
        return json.dumps({"online": is_online, "timestamp": self._online_ms}).encode()

    def _note_trouble(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.warning("no readings come from the broker", why=trouble)
        self.trouble = trouble


def _options(table: SubscriptionTable) -> SubscribeOptions:
    """Old values come once, with a new subscription, or never."""
    options: Any = SubscribeOptions
    handling = options.RETAIN_SEND_IF_NEW_SUB if table.retained else options.RETAIN_DO_NOT_SEND
    return SubscribeOptions(qos=table.qos, retainHandling=handling)


def _wait_to_be_told(_client: Client, _data: object, _socket: object) -> None:
    """Writes nothing by itself."""


def _tls(table: BrokerTable) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=table.ca_file)
        if table.cert_file is not None:
            context.load_cert_chain(table.cert_file, table.key_file)
    except OSError as error:
        raise ConfigFault(f"broker: ca_file, cert_file or key_file can't be used: {error}") from error
    return context
