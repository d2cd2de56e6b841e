"""Senders: streams for threads, scripts, and whatever ends without saying so."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from barograph_client import Sender, SpoolForked, SpoolFull, SpoolOptions, StreamEnded, Superseded
from barograph_client.backoff import Backoff

from tests.client.ingest_server import TOKEN, IngestServer
from tests.programs import ROOT, free_port

pytestmark = pytest.mark.timeout(60)


@contextmanager
def serving(server: IngestServer) -> Generator[IngestServer]:
    """The server, in a thread of its own."""
    loop = asyncio.new_event_loop()
    is_up, is_over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with server.run():
            is_up.set()
            await is_over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join()
        loop.close()


def sender(url: str, spool: object, **options: object) -> Sender:
    given: dict[str, object] = {"backoff": Backoff(0.001, 0.01), "proxy": None, "batch_s": 0.01, **options}
    return Sender(url, TOKEN, "rig", spool=spool, **given)  # pyright: ignore[reportArgumentType] - passed through


def nowhere() -> str:
    return f"ws://127.0.0.1:{free_port()}/ingest/v1/ws"


def stored(server: IngestServer) -> list[tuple[str, int, float]]:
    """Sensor, time and value; channels only grow, so the last bind knows them all."""
    keys = server.binds[-1]["sensors"]
    return [
        (keys[channel], t_us, value)
        for frame in server.frames
        for channel, t_us, value in zip(
            frame.channel.tolist(), frame.t_us.tolist(), frame.value.tolist(), strict=True
        )
    ]


def test_readings_are_recorded_from_any_thread_once_each(tmp_path: Path) -> None:
    def record(number: int) -> None:
        for t_us in range(200):
            rig.record(f"p{number}", t_us / 2, t_us)

    with serving(IngestServer()) as server:
        with sender(server.url, tmp_path, batch_readings=50) as rig:
            threads = [threading.Thread(target=record, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert rig.accepted == 800
        expected = [(f"p{number}", t_us, t_us / 2) for number in range(4) for t_us in range(200)]
        assert sorted(stored(server)) == expected
        assert len(server.frames) < 400, "in batches"


def test_a_reading_has_the_time_at_which_it_was_recorded_unless_another_is_given(tmp_path: Path) -> None:
    before = datetime.now(UTC).timestamp() * 1e6
    with serving(IngestServer()) as server:
        with sender(server.url, tmp_path) as rig:
            rig.record("a", 4.5)
            rig.record("a", np.float32(1.5), datetime(2026, 1, 1, tzinfo=UTC))
            rig.record("a", True, np.int64(7))
        (_, now, first), *others = stored(server)
    assert (first, before - 1 <= now <= before + 60e6) == (4.5, True)
    assert others == [("a", 1_767_225_600_000_000, 1.5), ("a", 7, 1.0)]


@pytest.mark.parametrize(
    ("value", "t_us"),
    [
        (1j, None),
        ("21", None),
        (None, None),
        (10**400, None),
        (1.0, "now"),
        (1.0, datetime(2026, 1, 1)),  # noqa: DTZ001
        (1.0, 2**64 - 1),
        (1.0, -(2**63) - 1),
    ],
)
def test_what_is_no_reading_raises_where_it_is_recorded(tmp_path: Path, value: object, t_us: object) -> None:
    with sender(nowhere(), tmp_path, exit_within_s=0.0) as rig:
        with pytest.raises((TypeError, ValueError)):
            rig.record("a", value, t_us)  # pyright: ignore[reportArgumentType] - that is the test
        rig.record("a", 1.0, 1)
        with pytest.raises(TimeoutError):
            rig.flush(0.01)
        assert [frame.n for frame in rig.unacked_frames()] == [1]


@pytest.mark.parametrize("key", ["", "p" * 501, "a\x00b", "a\udcff", 5, None])
def test_a_key_that_no_sensor_can_have_raises_and_does_not_stay_in_the_spool(
    tmp_path: Path, key: str
) -> None:
    with serving(IngestServer()) as server:
        with pytest.raises(ValueError, match=r"key|character"):
            sender(server.url, tmp_path, sensors=[key])
        with sender(server.url, tmp_path) as rig:
            with pytest.raises(ValueError, match=r"key|character"):
                rig.record(key, 1.0)
            with pytest.raises(ValueError, match=r"key|character"):
                rig.add_sensor(key)
            rig.record("a", 1.0, 1)
        assert server.binds[-1]["sensors"] == ["a"]
        assert stored(server) == [("a", 1, 1.0)]


def test_calls_in_other_threads_end_when_it_is_closed(tmp_path: Path) -> None:
    def call(send: Callable[[], object]) -> None:
        while True:
            try:
                send()
                sent.append(1)
            except StreamEnded:
                return

    sent: list[int] = []
    for number in range(5):
        options = SpoolOptions(tmp_path / str(number), fsync="always")
        with sender(nowhere(), options, sensors=["a"], exit_within_s=0.0) as rig:
            calls = [rig.flush, *[lambda rig=rig: rig.send([0], [1], [1.0])] * 4]
            threads = [threading.Thread(target=call, args=(each,), daemon=True) for each in calls]
            for thread in threads:
                thread.start()
            before = len(sent)
            while len(sent) < before + 20:
                time.sleep(0.001)
            rig.close()
            for thread in threads:
                thread.join(10)
            assert [thread.is_alive() for thread in threads] == [False] * 5


def test_ctrl_c_while_it_opens_leaves_the_spool_to_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    rig = sender(nowhere(), tmp_path, exit_within_s=0.0)
    monkeypatch.setattr(rig._is_open, "wait", interrupted)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(KeyboardInterrupt):
        rig.__enter__()
    with sender(nowhere(), tmp_path, exit_within_s=0.0):
        pass


def test_columns_are_sent_as_by_a_stream(tmp_path: Path) -> None:
    with serving(IngestServer()) as server:
        with sender(server.url, tmp_path, sensors=["a", "b"]) as rig:
            rig.send([0, 1], [1, 1], [0.5, 1.5])
            channel = rig.add_sensor("c")
            rig.send([channel], [2], [2.5])
            rig.record("d", 3.5, 3)
            rig.flush(20)
            assert (rig.accepted, rig.state) == (4, "streaming")
        assert stored(server) == [("a", 1, 0.5), ("b", 1, 1.5), ("c", 2, 2.5), ("d", 3, 3.5)]


def test_a_server_is_not_needed_and_the_next_sender_sends_what_is_left(tmp_path: Path) -> None:
    with sender(nowhere(), tmp_path, exit_within_s=0.0) as rig:
        rig.record("a", 1.0, 1)
    with serving(IngestServer()) as server:
        with sender(server.url, tmp_path) as rig:
            rig.record("b", 2.0, 2)
        assert stored(server) == [("a", 1, 1.0), ("b", 2, 2.0)]


def record_and_fail(rig: Sender) -> None:
    with rig:
        rig.record("a", 1.0, 1)
        raise ZeroDivisionError


def test_leaving_by_an_exception_keeps_what_was_recorded(tmp_path: Path) -> None:
    rig = sender(nowhere(), tmp_path, exit_within_s=None)
    with pytest.raises(ZeroDivisionError):
        record_and_fail(rig)
    assert [frame.value.tolist() for frame in rig.unacked_frames()] == [[1.0]]


def test_leaving_by_an_exception_sends_what_is_in_memory_alone() -> None:
    with serving(IngestServer()) as server:
        rig = sender(server.url, None, batch_s=60)
        with pytest.raises(ZeroDivisionError):
            record_and_fail(rig)
        assert stored(server) == [("a", 1, 1.0)]


def record_until_it_raises(rig: Sender) -> None:
    while True:
        rig.record("a", 1.0, 1)


def test_a_full_spool_is_told_to_who_records(tmp_path: Path) -> None:
    options = SpoolOptions(tmp_path, max_bytes=20_000)
    rig = sender(nowhere(), options, batch_readings=20, exit_within_s=0.0)
    with rig:
        with pytest.raises(SpoolFull):
            record_until_it_raises(rig)
        with pytest.raises(SpoolFull):
            rig.close()
    with serving(IngestServer()) as server, sender(server.url, options):
        pass
    assert len(stored(server)) > 200


def test_what_ends_the_stream_is_told_to_who_records(tmp_path: Path) -> None:
    with serving(IngestServer(close_with=(4409, "superseded"))) as server:
        rig = sender(server.url, tmp_path)
        with pytest.raises(Superseded), rig:
            record_until_it_raises(rig)
        with pytest.raises(StreamEnded):
            rig.record("a", 1.0)


def test_it_is_opened_by_with_and_used_within(tmp_path: Path) -> None:
    rig = sender(nowhere(), tmp_path, exit_within_s=0.0)
    for _ in range(2):
        with pytest.raises(StreamEnded, match="is closed, or was never opened"):
            rig.record("a", 1.0)
        with pytest.raises(StreamEnded, match="is closed, or was never opened"):
            rig.flush()
    with rig:
        pass
    with pytest.raises(StreamEnded):
        rig.send([], [], [])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking where there are threads
def test_a_child_of_a_fork_is_refused_and_the_parent_goes_on(tmp_path: Path) -> None:
    with serving(IngestServer()) as server:
        with sender(server.url, tmp_path) as rig:
            child = os.fork()
            if child == 0:
                refused = 0
                for call in (lambda: rig.record("a", 1.0), lambda: rig.send([], [], []), rig.flush):
                    try:
                        call()
                    except SpoolForked:
                        refused += 1
                rig.close()
                os._exit(refused)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
            rig.record("a", 1.0, 1)
        assert stored(server) == [("a", 1, 1.0)]


def test_what_nobody_has_closed_is_in_the_spool_when_the_interpreter_ends(tmp_path: Path) -> None:
    script = f"""
        from barograph_client import Sender
        rig = Sender({nowhere()!r}, "t", "rig", spool={str(tmp_path / "spool")!r}, batch_s=60, proxy=None)
        rig.__enter__()
        rig.record("a", 1.0, 1)
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "client")},
        timeout=60,
        check=True,
    )
    with serving(IngestServer()) as server:
        with sender(server.url, tmp_path / "spool"):
            pass
        assert stored(server) == [("a", 1, 1.0)]
