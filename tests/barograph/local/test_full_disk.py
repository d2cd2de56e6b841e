"""A disk without room ends neither the supervisor nor what it keeps running; with room all is well again.

A limit on the size of files stands for the full disk, since every user may set it: whatever is written fails.
"""

import json
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barograph.local.servers.service import Service
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.log_files import rotate
from barograph.local.supervisor.processes.signals import SignalQueue, StopAsked
from barograph.local.supervisor.processes.supervisor import Supervisor

PATIENCE_S = 60.0


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.prepare()
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(data_dir: DataDir, said: list[str]) -> Generator[Supervisor]:
    with SignalQueue() as signals:
        made = Supervisor(data_dir, signals, said.append)
        yield made
        made.stop()


@contextmanager
def full_disk() -> Generator[None]:
    """Where nothing can be written to any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def stand_in(name: str) -> Service:
    return Service(
        name=name,
        command=["sleep", "60"],
        url="",
        stop_signal=signal.SIGTERM,
        is_ready=lambda: True,
    )


def watch_until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S

    def stop_when_done() -> None:
        if done() or time.monotonic() > deadline_s:
            raise StopAsked

    with pytest.raises(StopAsked):
        supervisor.watch(stop_when_done)
    assert done()


def test_what_cannot_be_written_down_is_written_when_there_is_room(
    supervisor: Supervisor, data_dir: DataDir, said: list[str]
) -> None:
    def write(pids: dict[str, int]) -> None:
        data_dir.connection.write_text(json.dumps(pids))

    supervisor.on_change = write
    supervisor.start(stand_in("ingest"))
    before = supervisor.pids["ingest"]
    with full_disk():
        os.kill(before, signal.SIGKILL)
        watch_until(supervisor, lambda: supervisor.pids["ingest"] != before)
        watch_until(supervisor, lambda: any("Can't write down" in line for line in said))
        assert recorded(data_dir) == [before]
    watch_until(supervisor, lambda: recorded(data_dir) == [supervisor.pids["ingest"]])
    assert json.loads(data_dir.connection.read_text()) == supervisor.pids
    assert len([line for line in said if "Can't write down" in line]) == 1


def recorded(data_dir: DataDir) -> list[int]:
    return [process["pid"] for process in json.loads(data_dir.processes.read_text())]


def test_a_process_that_cannot_be_started_is_started_later(
    supervisor: Supervisor, data_dir: DataDir, said: list[str]
) -> None:
    supervisor.start(stand_in("ingest"))
    before = supervisor.pids["ingest"]
    shutil.rmtree(data_dir.logs)
    data_dir.logs.write_text("in the way of its log")
    os.kill(before, signal.SIGKILL)
    watch_until(supervisor, lambda: any("ingest can't be started" in line for line in said))
    data_dir.logs.unlink()
    data_dir.logs.mkdir()
    watch_until(supervisor, lambda: "ingest was started again" in said)
    assert supervisor.pids["ingest"] != before


def test_a_terminal_that_is_gone_ends_nothing(data_dir: DataDir) -> None:
    def say(_: str) -> None:
        raise OSError

    with SignalQueue() as signals:
        supervisor = Supervisor(data_dir, signals, say)
        supervisor.start(stand_in("ingest"))
        before = supervisor.pids["ingest"]
        os.kill(before, signal.SIGKILL)
        watch_until(supervisor, lambda: supervisor.pids["ingest"] != before)
        supervisor.stop()


def test_stopping_on_a_full_disk_leaves_nothing_running(supervisor: Supervisor) -> None:
    supervisor.start(stand_in("api"), stand_in("ingest"))
    pids = list(supervisor.pids.values())
    with full_disk():
        supervisor.stop()
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_a_large_log_stays_until_there_is_room_for_its_copy(tmp_path: Path) -> None:
    log_path, former = tmp_path / "api.log", tmp_path / "api.log.1"
    log_path.write_bytes(b"first\n" * 10)
    former.write_bytes(b"older\n")
    with full_disk(), pytest.raises(OSError, match="File too large"):
        rotate(log_path, largest_bytes=10)
    assert log_path.read_bytes() == b"first\n" * 10
    assert not former.exists()
    rotate(log_path, largest_bytes=10)
    assert log_path.read_bytes() == b""
    assert former.read_bytes() == b"first\n" * 10
