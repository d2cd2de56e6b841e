"""A server that runs in the foreground until it is told to stop, and how to see that it is ready."""

import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from barograph.local.refusal import SetUpRefused

POLL_S = 0.05
STOP_S = 30.0


@dataclass(frozen=True)
class Service:
    """A program to run, the URL it then answers at, and the signal that stops it cleanly.

    Without `environment` it inherits ours. One that `may_finish` is not missed when it ends well.
    """

    name: str
    command: list[str]
    url: str
    stop_signal: signal.Signals
    is_ready: Callable[[], bool]
    stop_within_s: float = STOP_S
    folder: Path = Path("/")
    environment: Mapping[str, str] | None = None
    may_finish: bool = False


@contextmanager
def running(service: Service, log_path: Path, ready_within_s: float = 60.0) -> Generator[Service]:
    """Run the service for the length of a `with` block; refuses if it ends or is not ready in time."""
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            service.command,
            stdout=log,
            stderr=log,
            cwd=service.folder,
            env=service.environment,
            start_new_session=True,
        )
    try:
        _wait_until_ready(service, process, log_path, ready_within_s)
        yield service
    finally:
        stop(process, service.stop_signal)


def stop(process: subprocess.Popen[bytes], by: signal.Signals, within_s: float = STOP_S) -> None:
    """Ask the process to end, and end it if it does not."""
    if process.poll() is None:
        process.send_signal(by)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(
    service: Service, process: subprocess.Popen[bytes], log_path: Path, within_s: float
) -> None:
    deadline = time.monotonic() + within_s
    while not service.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            happened = "did not start" if process.poll() is None else "ended at once"
            raise SetUpRefused(f"{service.name} {happened}; the end of its log:\n{tail(log_path)}")
        time.sleep(POLL_S)


def tail(log_path: Path, lines: int = 20) -> str:
    """The last lines of a log file."""
    if not log_path.exists():
        return ""
    return "\n".join(log_path.read_text(errors="replace").splitlines()[-lines:])
