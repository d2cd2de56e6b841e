"""A service that the supervisor keeps running: it is started again when it dies."""

import contextlib
import os
import signal
import subprocess
import time

from barograph.local.servers.service import Service, stop
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.process_identity import ProcessIdentity, identify

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
# A process that lived this long was well: its next death counts as the first.
WELL_AFTER_S = 60.0


class KeptProcess:
    """A service's process, and when to start it again if it has none."""

    def __init__(self, service: Service, data_dir: DataDir) -> None:
        self.service = service
        self.log_path = data_dir.log(service.name)
        self.identity: ProcessIdentity | None = None
        self.has_finished = False
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._retry_at_s = 0.0
        self._delay_s = FIRST_DELAY_S

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, its output appended to its log."""
        service = self.service
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=service.folder,
                env=service.environment,
                start_new_session=True,  # a terminal's Ctrl-C is for the supervisor alone
            )
        self.has_finished = False
        self._started_s = time.monotonic()
        self.identity = identify(self._process.pid, service.stop_signal)

    def tend(self) -> str | None:
        """Notice its death, start it again when the time has come; what happened, if anything did."""
        if self.has_finished or self.is_running:
            return None
        if self._process is not None:
            return self._bury(self._process)
        if time.monotonic() < self._retry_at_s:
            return None
        try:
            self.start()
        except OSError as error:  # no room for its log, or none for a process
            return f"{self.service.name} can't be started: {error}; tried again in {self._postpone():g} s"
        return f"{self.service.name} was started again"

    def stop(self) -> None:
        """End it and whatever it started, cleanly if it can be done in the time it has."""
        if self._process is not None:
            stop(self._process, self.service.stop_signal, self.service.stop_within_s)
            _end_group(self._process.pid)
            self._process = None
        self._delay_s = FIRST_DELAY_S

    def _bury(self, process: subprocess.Popen[bytes]) -> str:
        self._process = None
        _end_group(process.pid)
        code = process.returncode
        if code == 0 and self.service.may_finish:
            self.has_finished = True
            return f"{self.service.name} has finished"
        if time.monotonic() - self._started_s > WELL_AFTER_S:
            self._delay_s = FIRST_DELAY_S
        delay_s = self._postpone()
        ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"{self.service.name} {ended}; starts again in {delay_s:g} s (log: {self.log_path})"

    def _postpone(self) -> float:
        """The seconds until it is started again: longer each time."""
        delay_s, self._delay_s = self._delay_s, min(self._delay_s * 2, LONGEST_DELAY_S)
        self._retry_at_s = time.monotonic() + delay_s
        return delay_s


def _end_group(pid: int) -> None:
    """Kill what a process that has ended left behind in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
