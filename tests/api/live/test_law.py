"""The law of live pictures: after each message, a client holds what was committed at its position.

Writers commit on time, late and out of order, and some roll back. A client applies every patch, one takes its
time, and one is cut and comes back with its last position.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from api.series.stored.positions import Drawing
from barograph.database.positions import Position
from barograph.times import now_us
from tests.api.conftest import People
from tests.api.live.conftest import Rig
from tests.api.live.watching import HeldPicture, LiveClient, expected_rows, opened
from tests.api.server import Server
from tests.backfill.rollups.expected import Reading, Store

SECOND_US = 1_000_000
WINDOW_S = 8
SENSORS = 3


@dataclass
class Committed:
    """What writers have committed, by transaction."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    transactions: list[tuple[int, Sequence[Reading]]] = field(
        default_factory=list[tuple[int, Sequence[Reading]]]
    )

    def note(self, xid: int, readings: Sequence[Reading]) -> None:
        with self.lock:
            self.transactions.append((xid, readings))

    def at(self, position: Position) -> dict[int, list[tuple[int, float]]]:
        """By slot, the readings that a snapshot saw, in order."""
        with self.lock:
            transactions = list(self.transactions)
        seen: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for xid, readings in transactions:
            if xid < position.next and xid not in position.running:
                for slot, t_us, value in readings:
                    seen[slot].append((t_us, value))
        return {slot: sorted(readings) for slot, readings in seen.items()}


def writes(rig: Rig, server: Server, seed: int, committed: Committed, stop: threading.Event) -> None:
    """Commits now and then, in transactions that overlap those of others."""
    choose = random.Random(seed)  # noqa: S311  # nothing secret
    store = Store(server.database_url, rig.project)
    try:
        while not stop.is_set():
            readings = some_readings(choose)
            try:
                with store.connection.transaction():
                    store.add(readings)
                    row = store.connection.execute("select pg_current_xact_id()::text::int8").fetchone()
                    assert row is not None
                    time.sleep(choose.choice([0, 0, 0.01, 0.2]))
                    if choose.random() < 0.1:
                        raise _RollBack  # noqa: TRY301  # what ends a transaction
                    # Noted before it commits: a client may see it at once. What is not committed by then is
                    # among those that the position names as running.
                    committed.note(row[0], readings)
            except _RollBack:
                continue
    finally:
        store.close()


class _RollBack(Exception):
    pass


def some_readings(choose: random.Random) -> list[Reading]:
    """On time, late, or both, of one sensor or of several."""
    now, readings = now_us(), list[Reading]()
    for slot in choose.sample(range(SENSORS), choose.randint(1, SENSORS)):
        late_us = choose.choice([0, 0, 0, choose.randint(0, 10 * SECOND_US)])
        start_us = now - late_us
        readings += [
            (slot, start_us + n * 1_000, float(choose.randint(-5, 5))) for n in range(choose.randint(1, 40))
        ]
    return readings


@contextmanager
def writing(rig: Rig, server: Server, writers: int = 4) -> Generator[Committed]:
    committed, stop = Committed(), threading.Event()
    threads = [
        threading.Thread(target=writes, args=(rig, server, seed, committed, stop)) for seed in range(writers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield committed
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def check(held: HeldPicture, committed: Committed) -> None:
    drawn = Drawing.parse(held.position)
    assert drawn is not None
    at = committed.at(drawn[1])
    for slot in range(SENSORS):
        rows = held.rows.get(slot, [])
        assert rows == expected_rows(held, at.get(slot, [])), (slot, held.position)


@pytest.mark.parametrize("columns", [pytest.param(100, marks=pytest.mark.nightly), 4000])
def test_every_position_holds(server: Server, people: People, rig: Rig, columns: int) -> None:
    """Dense windows are drawn in buckets, thin ones in samples."""
    with writing(rig, server) as committed, opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors, f"-{WINDOW_S}s", layer="raw", columns=columns)
        for _ in range(40):
            if client.take()[0] == "patch":
                check(held, committed)
        assert held.late > 0
    assert held.patches >= 20


def test_a_slow_client_gets_fewer_and_true_patches(server: Server, people: People, rig: Rig) -> None:
    with writing(rig, server) as committed, opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        client.is_ready = False
        held = client.watch(rig.sensors, f"-{WINDOW_S}s", layer="raw", columns=50)
        for _ in range(8):
            if client.take()[0] == "patch":
                check(held, committed)
            if held.patches >= 2:
                time.sleep(0.4)  # draws slowly
                client.send({"type": "ready"})
    assert held.patches <= 8


def test_a_client_that_was_cut_goes_on_from_its_position(server: Server, people: People, rig: Rig) -> None:
    held, patches = None, 0
    choose = random.Random(7)  # noqa: S311  # nothing secret
    with writing(rig, server) as committed:
        for _ in range(6):
            with opened(server, people.viewer) as socket:
                client = LiveClient(socket)
                since = None if held is None else held.position
                if held is not None:
                    client.held[1] = held
                    patches = held.patches
                held = client.watch(rig.sensors, f"-{WINDOW_S}s", layer="raw", columns=60, since=since)
                for _ in range(choose.randint(2, 6)):
                    if client.take()[0] == "patch":
                        check(held, committed)
            time.sleep(choose.random())
    assert held is not None
    assert np.isfinite([row for rows in held.rows.values() for row in rows]).all()
    assert held.patches > patches


@pytest.mark.nightly
def test_two_views_of_one_sensor_and_two_streams_agree(server: Server, people: People, rig: Rig) -> None:
    with (
        writing(rig, server) as committed,
        opened(server, people.viewer) as first,
        opened(server, people.editor) as second,
    ):
        clients = [LiveClient(first), LiveClient(second)]
        pictures = [
            clients[0].watch(rig.sensors, f"-{WINDOW_S}s", 1, layer="raw", columns=40),
            clients[0].watch(rig.sensors, "-4s", 2, layer="raw", columns=80),
            clients[1].watch(rig.sensors, f"-{WINDOW_S}s", 1, layer="raw", columns=40),
        ]
        for _ in range(15):
            for client in clients:
                client.take()
            for held in pictures:
                if held.position:
                    check(held, committed)
