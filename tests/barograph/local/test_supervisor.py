"""The supervisor, with stand-ins for programs: real processes, ended in every way."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest

from barograph.local.refusal import SetUpRefused
from barograph.local.servers.service import Service
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.log_files import rotate
from barograph.local.supervisor.processes.process_identity import (
    ProcessIdentity,
    end_forgotten,
    identify,
    remember,
)
from barograph.local.supervisor.processes.signals import SignalQueue, StopAsked
from barograph.local.supervisor.processes.supervisor import Supervisor
from barograph.local.supervisor.source_watch import SourceWatch
from tests.waiting import wait_until

PATIENCE_S = 60.0


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.prepare()
    return made


@pytest.fixture
def said() -> list[str]:
    """What the supervisor says."""
    return []


@pytest.fixture
def supervisor(data_dir: DataDir, said: list[str]) -> Generator[Supervisor]:
    with SignalQueue() as signals:
        made = Supervisor(data_dir, signals, said.append)
        yield made
        made.stop()


def stand_in(name: str, script: str, *, may_finish: bool = False, stop_within_s: float = 5) -> Service:
    return Service(
        name=name,
        command=["sh", "-c", script],
        url="",
        stop_signal=signal.SIGTERM,
        is_ready=lambda: True,
        stop_within_s=stop_within_s,
        may_finish=may_finish,
    )


def watch_until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    """Let the supervisor watch until something is so; fails if it takes too long."""
    deadline_s = time.monotonic() + PATIENCE_S

    def stop_when_done() -> None:
        if done() or time.monotonic() > deadline_s:
            raise StopAsked

    with pytest.raises(StopAsked):
        supervisor.watch(stop_when_done)
    assert done()


def test_a_process_that_dies_is_started_again(supervisor: Supervisor, said: list[str]) -> None:
    pids: list[dict[str, int]] = []
    supervisor.on_change = pids.append
    supervisor.start(stand_in("ingest", "exec sleep 60"), stand_in("api", "exec sleep 60"))
    before = supervisor.pids
    os.kill(before["ingest"], signal.SIGKILL)
    watch_until(supervisor, lambda: supervisor.pids["ingest"] != before["ingest"])
    assert supervisor.pids["api"] == before["api"]
    assert pids[-1] == supervisor.pids
    assert said[0].startswith("ingest was killed by SIGKILL; starts again in 0.5 s")
    assert said[1] == "ingest was started again"


def test_one_that_keeps_dying_waits_longer_each_time(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(stand_in("ingest", f"test -e {tmp_path}/broken && exit 3; exec sleep 60"))
    (tmp_path / "broken").touch()
    os.kill(supervisor.pids["ingest"], signal.SIGTERM)
    watch_until(supervisor, lambda: len(said) >= 5)
    assert [line.partition(";")[2].split(" (")[0] for line in said[::2]] == [
        " starts again in 0.5 s",
        " starts again in 1 s",
        " starts again in 2 s",
    ]


def test_one_that_may_finish_is_left_finished(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(stand_in("demo", "sleep 0.2", may_finish=True))
    watch_until(supervisor, lambda: bool(said))
    assert said == ["demo has finished"]


def test_one_that_ends_at_once_is_refused_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    hopeless = stand_in("api", "echo no such table; exit 1")
    with pytest.raises(SetUpRefused, match=r"(?s)api ended as soon as it was started.*no such table"):
        supervisor.start(replace(hopeless, is_ready=lambda: False))


def test_stopping_goes_from_the_last_to_the_first_and_leaves_nothing(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    ended = tmp_path / "ended"
    for name in ("postgres", "api", "ingest"):
        supervisor.start(
            stand_in(
                name, f"trap 'echo {name} >> {ended}; exit' TERM; touch {tmp_path}/{name}; sleep 60 & wait"
            )
        )
    wait_until(lambda: all((tmp_path / name).exists() for name in ("postgres", "api", "ingest")))
    groups = list(supervisor.pids.values())
    supervisor.stop()
    assert ended.read_text().split() == ["ingest", "api", "postgres"]
    assert supervisor.pids == {}
    for group in groups:
        wait_until(lambda group=group: not group_exists(group))


def test_one_that_does_not_stop_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(
        stand_in("api", f"trap '' TERM; touch {tmp_path}/deaf; sleep 60 & wait; wait", stop_within_s=0.3)
    )
    wait_until((tmp_path / "deaf").exists)
    pid = supervisor.pids["api"]
    supervisor.stop()
    wait_until(lambda: not group_exists(pid))


def test_a_changed_program_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start(stand_in("api", "exec sleep 60"))
    before = supervisor.pids["api"]
    supervisor.restart("api")
    assert supervisor.pids["api"] != before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_to_stop(number: signal.Signals) -> None:
    with SignalQueue() as signals:
        signals.wait(0)
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        with pytest.raises(StopAsked):
            signals.wait(PATIENCE_S)


def test_what_a_killed_supervisor_left_is_ended(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as left:
        remember(tmp_path / "processes.json", [identify(left.pid, signal.SIGTERM)])
        assert end_forgotten(tmp_path / "processes.json", within_s=PATIENCE_S) == 1
        assert left.wait(PATIENCE_S) == -signal.SIGTERM
    assert end_forgotten(tmp_path / "processes.json", within_s=PATIENCE_S) == 0


def test_another_process_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        earlier = ProcessIdentity(
            other.pid, identify(other.pid, signal.SIGTERM).started_tick - 1, signal.SIGTERM
        )
        remember(tmp_path / "processes.json", [earlier])
        assert end_forgotten(tmp_path / "processes.json", within_s=PATIENCE_S) == 0
        assert other.poll() is None
        other.kill()


def test_a_folder_has_one_supervisor(data_dir: DataDir) -> None:
    assert data_dir.supervisor_pid() is None
    with data_dir.held():
        assert data_dir.supervisor_pid() == os.getpid()
        with pytest.raises(SetUpRefused, match=f"already .process {os.getpid()}."), data_dir.held():
            pytest.fail("held twice")
    assert data_dir.supervisor_pid() is None


def test_a_large_log_becomes_its_own_predecessor(tmp_path: Path) -> None:
    log_path = tmp_path / "api.log"
    with log_path.open("ab", buffering=0) as log:
        log.write(b"first\n" * 10)
        rotate(log_path, largest_bytes=1000)
        assert log_path.read_bytes() == b"first\n" * 10
        rotate(log_path, largest_bytes=10)
        log.write(b"second\n")
    assert log_path.read_bytes() == b"second\n"
    assert (tmp_path / "api.log.1").read_bytes() == b"first\n" * 10


def test_changed_code_names_the_processes_that_run_it(tmp_path: Path) -> None:
    for folder in ("api", "ingest", "backfill", "client", "barograph"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.py").touch()
    watch = SourceWatch(tmp_path)
    assert watch.changed_processes() == []
    (tmp_path / "api" / "routes.py").touch()
    assert watch.changed_processes() == ["api"]
    (tmp_path / "barograph" / "app.py").unlink()
    assert watch.changed_processes() == ["worker", "api", "ingest", "mqtt"]
    assert watch.changed_processes() == []


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
