"""A mosquitto of a test's own, to be killed, frozen and started again, and somebody who publishes to it."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.programs import free_port
from tools.programs.mosquitto import MosquittoPrograms

WAIT_S = 60.0
# What a broker must be told, or it throws away what its subscriber has not taken yet.
CONFIG = """\
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 0
max_inflight_messages 100
log_dest stdout
"""
OPEN = "listener {port} 127.0.0.1\nallow_anonymous true\n"


class OwnBroker:
    """A broker that keeps its port and its folder, whatever is done to it."""

    def __init__(self, folder: Path, programs: MosquittoPrograms, listener: str = OPEN) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.programs = programs
        self._folder, self._log = folder, folder / "mosquitto.log"
        self._config = folder / "mosquitto.conf"
        text = CONFIG.format(folder=folder) + listener.format(port=self.port, folder=folder)
        if os.geteuid() == 0:
            text += "user root\n"
        self._config.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs.broker, "-c", self._config], stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + WAIT_S
        while "running" not in self._log.read_text().rpartition("starting")[2]:
            assert time.monotonic() < end, self._log.read_text()[-2000:]
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL, as a crash: what it has not saved is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it saves what it holds."""
        self._end(signal.SIGTERM)

    def is_running(self) -> bool:
        return self._process is not None

    def log(self) -> str:
        return self._log.read_text()

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(60)
        self._process = None


@contextmanager
def own_broker(folder: Path, programs: MosquittoPrograms, listener: str = OPEN) -> Generator[OwnBroker]:
    """A broker that runs, and is gone afterwards."""
    broker = OwnBroker(folder, programs, listener)
    broker.start()
    try:
        yield broker
    finally:
        if broker.is_running():
            broker.kill()


class Publisher:
    """Publishes with QoS 1, and waits until the broker has everything."""

    def __init__(self, port: int, username: str | None = None, password: str | None = None) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if username is not None:
            self._client.username_pw_set(username, password)
        self._acknowledged: set[int] = set()
        self._changed = threading.Condition()
        self._client.on_publish = self._note
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(
        self, messages: Sequence[tuple[str, str | bytes]], *, qos: int = 1, retain: bool = False
    ) -> None:
        # What is published while the broker is away waits in the client, whose own wait then refuses.
        packet_ids = {
            self._client.publish(topic, payload, qos=qos, retain=retain).mid for topic, payload in messages
        }
        with self._changed:
            assert self._changed.wait_for(lambda: packet_ids <= self._acknowledged, WAIT_S)
            self._acknowledged -= packet_ids

    def publish_json(self, topic: str, document: object) -> None:
        self.publish([(topic, json.dumps(document))])

    def _note(
        self, _client: Client, _userdata: object, packet_id: int, _reason: ReasonCode, _about: Properties
    ) -> None:
        with self._changed:
            self._acknowledged.add(packet_id)
            self._changed.notify_all()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def publishing(port: int) -> Generator[Publisher]:
    publisher = Publisher(port)
    try:
        yield publisher
    finally:
        publisher.close()
