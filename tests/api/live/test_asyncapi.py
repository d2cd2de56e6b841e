"""Real sessions against the document of live pictures: nothing is said that it does not allow."""

import json
import struct
from typing import Any

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from api.live import watches
from barograph.times import now_us
from tests.api.conftest import People
from tests.api.live.conftest import Rig
from tests.api.live.test_live import events
from tests.api.live.watching import opened
from tests.api.server import Server
from tests.protocol.asyncapi import LIVE

pytestmark = pytest.mark.usefixtures("restless")
STRANGER = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server, which is in this process, says sooner that it is alive."""
    monkeypatch.setattr(watches, "ALIVE_S", 0.2)


def heard(socket: ClientConnection) -> str:
    """The kind of the next message, once it is found to be as documented."""
    message = socket.recv(timeout=20)
    if isinstance(message, bytes):
        assert message[:4] == b"BL01"
        (length,) = struct.unpack_from("<I", message, 4)
        assert LIVE.schema_faults("PatchHeader", json.loads(message[8 : 8 + length])) == []
        return "patch"
    said = json.loads(message)
    assert LIVE.faults(said["type"], said) == []
    return said["type"]


def news(socket: ClientConnection) -> str:
    """The kind of the next message that is not `alive`."""
    while (kind := heard(socket)) == "alive":
        pass
    return kind


def say(socket: ClientConnection, message: dict[str, Any]) -> None:
    assert LIVE.faults(message["type"], message) == []
    socket.send(json.dumps(message))


def test_a_session_from_watch_to_error_is_as_documented(server: Server, people: People, rig: Rig) -> None:
    rig.store.commit([(0, now_us(), 1.0)])
    with opened(server, people.viewer) as socket:
        say(socket, {"type": "watch", "id": 1, "sensors": [STRANGER, *rig.sensors], "from": "-60s"})
        assert [news(socket), news(socket)] == ["watching", "patch"]
        say(socket, {"type": "ready"})
        rig.store.commit([(0, now_us(), 2.0), (1, now_us() - 30_000_000, 3.0)])
        assert news(socket) == "patch"
        say(socket, {"type": "ready"})
        assert heard(socket) == "alive"
        say(socket, {"type": "unwatch", "id": 1})
        say(socket, {"type": "watch", "id": 2, "sensors": [STRANGER], "from": "-60s", "columns": 10})
        assert news(socket) == "watching"
        socket.send('{"type":"dance"}')
        assert news(socket) == "error"
        with pytest.raises(ConnectionClosed):
            heard(socket)


@pytest.mark.parametrize("columns", [1, 300])
def test_events_are_as_documented(server: Server, people: People, rig: Rig, columns: int) -> None:
    """In buckets and in samples."""
    start_us = now_us()
    rig.store.commit([(0, start_us - n, 1.0) for n in range(5)])
    found: list[str] = []
    with (
        events(people.viewer, rig.sensors[:2], columns=columns, layer="raw") as stream,
        psycopg.connect(server.database_url) as connection,
    ):
        for name, position, data in stream:
            assert LIVE.faults(f"{name}Event", data) == []
            assert position == data.get("position", "")
            found.append(name)
            if name == "patch" and found.count("patch") == 1:
                rig.store.commit([(0, start_us + 1, 2.0)])
            if name == "alive":
                connection.execute(
                    "delete from member where project_id = %s and role = 'viewer'", (rig.project.id,)
                )
                connection.commit()
    assert found[0] == "watching"
    assert found[-1] == "end"
    assert {"patch", "alive"} <= set(found)
