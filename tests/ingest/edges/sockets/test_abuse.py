"""Clients that send nonsense, vanish or flood: they get their close code, others notice nothing, and
nothing of them stays behind."""

import json
import socket
import struct
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from barograph.times import now_us
from tests.examples import few_examples
from tests.ingest.database import stored, wait_for_a_blocked_backend
from tests.ingest.gateway import Gateway, binary_frame, json_frame, open_gateway
from tests.programs import Program, running
from tests.seed import Project, seed_project
from tests.waiting import wait_until

at_random = few_examples(25)
READINGS = 1000


def gauge(ingest: Program, name: str) -> float:
    """A gauge as /metrics shows it."""
    lines = httpx.get(f"{ingest.url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def descriptors(ingest: Program) -> int:
    """How many files and sockets the process has open."""
    assert ingest.process is not None
    return len(list(Path(f"/proc/{ingest.process.pid}/fd").iterdir()))


def wait_until_idle(ingest: Program, timeout_s: float = 20) -> None:
    """Until no socket is open and no frame waits."""
    end = time.monotonic() + timeout_s
    names = ("barograph_ingest_sockets", "barograph_ingest_queued_bytes")
    while any(gauge(ingest, name) for name in names):
        assert time.monotonic() < end, {name: gauge(ingest, name) for name in names}
        time.sleep(0.05)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
fields = {"type": "data", "seq": 1, "channel": [0], "t_us": [0], "value": [1.0]}
texts = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | json_values.map(json.dumps)
    | st.tuples(st.sampled_from(list(fields)), json_values).map(
        lambda change: json.dumps({**fields, change[0]: change[1]})
    )
)
binaries = st.binary(max_size=200) | st.tuples(
    st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=100)
).map(lambda parts: b"BG01" + struct.pack("<IQ", parts[0], parts[1]) + parts[2])


@at_random
@given(messages=st.lists(texts | binaries, min_size=1, max_size=3))
def test_whatever_a_bound_client_sends_it_is_acked_or_told_why_not(
    ingest: Program, project: Project, messages: list[str | bytes]
) -> None:
    with open_gateway(ingest, project) as gateway:
        last_seq = gateway.bind("rig/fuzz", ["s0"])["last_seq"]
        with suppress(ConnectionClosed):
            for message in messages:
                gateway.send(message)
            # Ends the conversation, should all of that have been frames.
            gateway.send(binary_frame(last_seq + 1000, [], [], []))
        assert gateway.close_code() in {
            (4400, "malformed"),
            (4400, "sequence-gap"),
            (4400, "sequence-conflict"),
            (1009, "too-big"),
        }


@at_random
@given(message=texts | binaries)
def test_whatever_comes_in_place_of_a_bind_is_malformed(
    ingest: Program, project: Project, message: str | bytes
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.send(message)
        assert gateway.close_code() == (4400, "malformed")


@pytest.mark.parametrize("bound", ["bound", "not bound"])
@pytest.mark.parametrize("farewell", ["goes", "vanishes", "vanishes in mid-frame"])
def test_a_client_that_leaves_leaves_nothing_behind(
    ingest: Program, project: Project, bound: str, farewell: str
) -> None:
    wait_until_idle(ingest)
    before = descriptors(ingest)
    for number in range(20):
        with open_gateway(ingest, project) as gateway:
            if bound == "bound":
                gateway.bind(f"rig/{number}", ["s0"])
                gateway.send_values(1, [1.0] * READINGS)
            leave(gateway, farewell)
    wait_until_idle(ingest)
    assert descriptors(ingest) <= before + 5  # connections to the database come and go


def leave(gateway: Gateway, how: str) -> None:
    line = gateway.connection.socket
    if how == "vanishes in mid-frame":
        line.sendall(b"\x82\xfe\xff\xff" + bytes(100))  # the start of a masked frame
    if how != "goes":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, no goodbye
        line.shutdown(socket.SHUT_RDWR)


def test_clients_that_vanish_while_their_frames_wait_leave_no_frame_behind(
    ingest: Program, project: Project, database_url: str
) -> None:
    n, now = READINGS, now_us()
    for number in range(6):
        with open_gateway(ingest, project) as gateway:
            gateway.bind(f"rig/vanish-{number}", ["s0"])
            for seq in range(1, 100):
                gateway.send(binary_frame(seq, [0] * n, [now] * n, [1.0] * n))
            leave(gateway, "vanishes")
    wait_until_idle(ingest)
    assert len(stored(database_url, project)) % n == 0


def test_a_bind_that_comes_through_after_its_client_has_gone_ends_no_other_connection(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gone, open_gateway(ingest, project) as other:
        other.bind("rig/daq", ["s0"])
        with psycopg.connect(database_url) as unheard:  # the catalog moves without a notice
            unheard.execute(
                "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
            )
        with psycopg.connect(database_url) as blocker:
            blocker.execute("lock table ingest_token in access exclusive mode")  # and can't be read now
            gone.send({"type": "bind", "producer": "rig/daq", "sensors": ["unheard of"]})
            wait_for_a_blocked_backend(database_url)
            had = descriptors(ingest)
            leave(gone, "vanishes")
            wait_until(lambda: descriptors(ingest) < had, what="ingest to hear that the client has gone")
        time.sleep(0.5)
        other.send_values(1, [1.0])
        other.acked_up_to(1)
    wait_until_idle(ingest)


def test_a_frame_sent_before_the_bound_came_is_read_after_it(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.send({"type": "bind", "producer": "rig/hasty", "sensors": ["s0"]})
        for seq in (1, 2, 3):
            gateway.send_values(seq, [float(seq)])
        assert gateway.receive()["type"] == "bound"
        assert sum(ack["accepted"] for ack in gateway.acked_up_to(3)) == 3


def test_a_client_that_never_listens_is_read_on_and_costs_nobody_else(
    ingest: Program, project: Project
) -> None:
    frames = 3000
    with open_gateway(ingest, project) as deaf, open_gateway(ingest, project) as other:
        deaf.bind("rig/deaf", ["s0"])
        other.bind("rig/other", ["s0"])
        for seq in range(1, frames + 1):
            deaf.send(json_frame(seq, [7] * 20, [now_us()] * 20, [1.0] * 20))  # 20 rejects in each ack
        other.send_values(1, [1.0])
        other.acked_up_to(1)
        acks = deaf.acked_up_to(frames)
    assert sum(ack.get("rejected_total", 0) for ack in acks) == 20 * frames


def test_more_sockets_than_allowed_are_told_to_come_back(
    project: Project, database_url: str, tmp_path: Path
) -> None:
    few = {"BAROGRAPH_INGEST_MAX_SOCKETS": "2"}
    with running("ingest", database_url, tmp_path / "ingest.log", few) as ingest:
        with open_gateway(ingest, project), open_gateway(ingest, project):
            with pytest.raises(InvalidStatus) as refusal, open_gateway(ingest, project):
                pass
            assert refusal.value.response.status_code == 503
            assert "Retry-After" in refusal.value.response.headers
        wait_until_idle(ingest)
        with open_gateway(ingest, project) as gateway:
            gateway.bind("rig/third", ["s0"])


def test_no_project_and_no_token_takes_all_sockets(database_url: str, tmp_path: Path) -> None:
    crowd, other = seed_project(database_url, 1, []), seed_project(database_url, 1, [])
    shares = {"BAROGRAPH_INGEST_MAX_PROJECT_SOCKETS": "3", "BAROGRAPH_INGEST_MAX_TOKEN_SOCKETS": "2"}
    with running("ingest", database_url, tmp_path / "ingest.log", shares) as ingest, ExitStack() as sockets:
        for _ in range(2):
            sockets.enter_context(open_gateway(ingest, crowd))
        with pytest.raises(InvalidStatus) as refusal, open_gateway(ingest, crowd):
            pass
        assert refusal.value.response.status_code == 503
        assert b"the token has 2 connections" in refusal.value.response.body
        with open_gateway(ingest, other) as gateway:
            gateway.bind("rig/other", ["s0"])


def test_messages_that_never_end_are_not_read_beyond_their_share(
    project: Project, database_url: str, tmp_path: Path
) -> None:
    """A message of a megabyte without its end, on each of twenty sockets: room is for two such messages."""
    little = {"BAROGRAPH_INGEST_QUEUE_BYTES": str(2**20), "BAROGRAPH_INGEST_MAX_FRAME_BYTES": str(2**20)}
    with running("ingest", database_url, tmp_path / "ingest.log", little) as ingest, ExitStack() as sockets:
        for number in range(20):
            gateway = sockets.enter_context(open_gateway(ingest, project))
            sockets.callback(leave, gateway, "vanishes")  # for a goodbye would not be read either
            gateway.bind(f"rig/endless-{number}", ["s0"])
            line = gateway.connection.socket
            line.setblocking(False)
            with suppress(BlockingIOError):
                line.send(struct.pack(">BBQ", 0x82, 0xFF, 2**20) + bytes(4 + 900_000))
        time.sleep(1)
        other = seed_project(database_url, 1, [])
        with open_gateway(ingest, other) as gateway:
            gateway.bind("rig/other", ["s0"])
            n = 8000
            gateway.send(binary_frame(1, [0] * n, [now_us()] * n, [1.0] * n))  # 160 KB, which takes a turn
            assert gateway.acked_up_to(1)[0]["accepted"] == n
