"""Acknowledgements that a connection takes in pieces, and bytes that come before they are asked for."""

import socket
import struct
from collections.abc import Generator

import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from ingest.mqtt.broker.buffered_client import READ_BYTES, BufferedClient

PUBACK_BYTES = 4


@pytest.fixture
def ends() -> Generator[tuple[BufferedClient, socket.socket]]:
    """A client, and the other end of its connection, which takes little at once."""
    client = BufferedClient(CallbackAPIVersion.VERSION2, manual_ack=True)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setblocking(False)
        client._sock = ours  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]  # as a connect does
        yield client, theirs
        client._sock = None  # pyright: ignore[reportPrivateUsage]


def test_each_is_written_whole_however_little_is_taken_at_once(
    ends: tuple[BufferedClient, socket.socket],
) -> None:
    client, theirs = ends
    packet_ids = [1 + number % 65_535 for number in range(70_000)]
    client.acknowledge(packet_ids[:40_000])
    client.acknowledge(packet_ids[40_000:])
    received = bytearray()
    while len(received) < PUBACK_BYTES * len(packet_ids):
        assert client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS
        received += theirs.recv(1021)
    assert not client.want_write()
    heard = [struct.unpack("!BBH", received[start : start + 4]) for start in range(0, len(received), 4)]
    assert heard == [(0x40, 2, packet_id) for packet_id in packet_ids]


def test_what_was_left_means_nothing_to_the_next_connection(
    ends: tuple[BufferedClient, socket.socket],
) -> None:
    client, theirs = ends
    theirs.sendall(b"abc")
    assert client._sock_recv(1) == b"a"  # pyright: ignore[reportPrivateUsage]
    assert client.has_more
    client.acknowledge([1])
    client.forget_connection()
    assert (client.has_more, client.want_write()) == (False, False)


def test_bytes_are_read_as_they_are_asked_for(ends: tuple[BufferedClient, socket.socket]) -> None:
    client, theirs = ends
    sent = bytes(number % 251 for number in range(READ_BYTES // 2))
    theirs.sendall(sent)
    read = b""
    for size in (1, 1, 300, READ_BYTES):
        read += client._sock_recv(size)  # pyright: ignore[reportPrivateUsage]
    while len(read) < len(sent):
        read += client._sock_recv(READ_BYTES)  # pyright: ignore[reportPrivateUsage]
    assert read == sent
    assert not client.has_more
    with pytest.raises(BlockingIOError):
        client._sock_recv(1)  # pyright: ignore[reportPrivateUsage]
    theirs.close()
    assert client._sock_recv(1) == b""  # pyright: ignore[reportPrivateUsage]
