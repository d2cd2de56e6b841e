"""A server that can be ended and started again on its data, and its files taken out of the page cache."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

READY_WITHIN_S = 60.0
ENDS_WITHIN_S = 120.0
STEADY_FOR_S, STEADY_WITHIN_S = 6.0, 300.0


class ServerProcess:
    """A server to run; it answers once `is_ready`."""

    def __init__(
        self,
        command: Sequence[str],
        is_ready: Callable[[], bool],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._is_ready = list(command), is_ready
        self._stop_signal, self._environment = stop_signal, environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns once it answers.

        Raises:
            TimeoutError: it does not.
        """
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=self._environment,
            start_new_session=True,
        )
        end = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if time.monotonic() > end or self._process.poll() is not None:
                raise TimeoutError(f"{self._command[0]} does not answer")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stops it as an operator does."""
        if self._process is not None:
            self._process.send_signal(self._stop_signal)
            self._process.wait(ENDS_WITHIN_S)
            self._process = None


def answers(url: str) -> bool:
    """Whether a GET succeeds."""
    try:
        with urlopen(url, timeout=2):  # noqa: S310  # a server of ours
            return True
    except (URLError, OSError):
        return False


def forget_files(folder: Path) -> None:
    """Takes what lies there out of the page cache; no process may have it mapped."""
    os.sync()
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def size_of(folder: Path) -> int:
    """Bytes of its files, as the file system counts them."""
    size = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # merged away meanwhile
            size += file.stat().st_blocks * 512 if file.is_file() else 0
    return size


def wait_for_steady(folder: Path) -> None:
    """Waits until the files have kept their sizes for some seconds, as they do once merges are done."""
    end = time.monotonic() + STEADY_WITHIN_S
    before, since = -1, time.monotonic()
    while time.monotonic() < min(end, since + STEADY_FOR_S):
        if (now := size_of(folder)) != before:
            before, since = now, time.monotonic()
        time.sleep(0.5)
