"""A gateway for tests: speaks the protocol message by message, and can speak it wrongly."""

import json
import struct
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from barograph.times import now_us
from tests.programs import Program
from tests.protocol.asyncapi import faults
from tests.seed import Project


def binary_frame(seq: int, channel: Sequence[int], t_us: Sequence[int], value: Sequence[float]) -> bytes:
    """A frame as the contract describes it, byte by byte."""
    n = len(channel)
    channels = np.array(channel, "<i4").tobytes()
    header = struct.pack("<4sIQ", b"BG01", n, seq) + channels + bytes(-len(channels) % 8)
    return header + np.array(t_us, "<i8").tobytes() + np.array(value, "<f8").tobytes()


def json_frame(seq: int, channel: Sequence[int], t_us: Sequence[int], value: Sequence[float | None]) -> str:
    return json.dumps(
        {"type": "data", "seq": seq, "channel": list(channel), "t_us": list(t_us), "value": list(value)}
    )


class Gateway:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.hello = self.receive()

    def bind(self, producer: str, sensors: Sequence[str], **more: object) -> dict[str, Any]:
        message = {"type": "bind", "producer": producer, "sensors": list(sensors), **more}
        assert faults("bind", message) == []
        self.send(message)
        return self.receive()

    def send(self, message: dict[str, Any] | str | bytes) -> None:
        self.connection.send(json.dumps(message) if isinstance(message, dict) else message)

    def receive(self, timeout_s: float = 60) -> dict[str, Any]:
        """The next message, which the protocol's document must allow."""
        message = json.loads(self.connection.recv(timeout_s))
        assert faults(message["type"], message) == []
        return message

    def send_values(self, seq: int, value: Sequence[float], channel: int = 0) -> list[int]:
        """A frame of readings of one channel, a millisecond apart; their times."""
        t_us = [now_us() - (len(value) - i) * 1000 for i in range(len(value))]
        self.send(binary_frame(seq, [channel] * len(value), t_us, value))
        return t_us

    def acked_up_to(self, seq: int) -> list[dict[str, Any]]:
        """The acks that come until this one is covered."""
        acks: list[dict[str, Any]] = []
        while not acks or acks[-1]["seq"] < seq:
            message = self.receive()
            assert message["type"] == "ack", message
            acks.append(message)
        return acks

    def close_code(self, timeout_s: float = 60) -> tuple[int | None, str]:
        """The close code, and the code of the error message before it."""
        error = ""
        try:
            while True:
                message = self.receive(timeout_s)
                if message["type"] == "error":
                    error = message["code"]
        except ConnectionClosed as gone:
            return gone.rcvd.code if gone.rcvd else None, error


@contextmanager
def open_gateway(ingest: Program, project: Project) -> Generator[Gateway]:
    with connect(
        ingest.socket_url, additional_headers=project.headers, max_size=None, proxy=None
    ) as connection:
        yield Gateway(connection)
