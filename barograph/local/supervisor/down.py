"""`down` and `status`: what can be asked of a supervisor from outside."""

import os
import signal
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.readiness import answers
from barograph.local.refusal import SetUpRefused
from barograph.local.supervisor.data_dir import DataDir

# Longer than all processes may take together.
DOWN_WITHIN_S = 180.0
POLL_S = 0.1


def down(data_dir: DataDir) -> bool:
    """Stop what `up` started there, and wait until it has; whether anything ran.

    Raises:
        SetUpRefused: it may not be stopped by us, or does not stop.
    """
    pid = data_dir.supervisor_pid()
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise SetUpRefused(f"Another user runs it (process {pid}); stop it as that user.") from None
    deadline_s = time.monotonic() + DOWN_WITHIN_S
    while data_dir.supervisor_pid() == pid:
        if time.monotonic() > deadline_s:
            raise SetUpRefused(f"It did not stop in {DOWN_WITHIN_S:g} s; see {data_dir.logs}.")
        time.sleep(POLL_S)
    return True


@dataclass(frozen=True)
class ProcessStatus:
    """The status of a process, as seen from outside."""

    name: str
    pid: int
    is_alive: bool
    is_ready: bool | None
    """None for those that have no health check over HTTP."""

    @property
    def is_well(self) -> bool:
        return self.is_alive and self.is_ready is not False

    def __str__(self) -> str:
        state = "runs" if self.is_alive else "does not run"
        readiness = {None: "", True: ", ready", False: ", not ready"}[self.is_ready]
        return f"{self.name:10} {self.pid:>8}  {state}{readiness}"


def status(data_dir: DataDir) -> list[ProcessStatus]:
    """The processes of a running supervisor; none if none runs."""
    connection = read_connection(data_dir.connection)
    if connection is None or data_dir.supervisor_pid() is None:
        return []
    return [_look_at(name, pid, connection) for name, pid in connection.pids.items()]


def _look_at(name: str, pid: int, connection: ConnectionFile) -> ProcessStatus:
    is_ready = None
    if name in connection.program_urls:
        address = urlsplit(connection.program_urls[name])
        is_ready = answers(address.hostname or "", address.port or 0)
    return ProcessStatus(name, pid, _is_alive(pid), is_ready)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
