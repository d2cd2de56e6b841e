"""The loop that keeps every process running until it is asked to stop.

Nothing else ends it: what can't be written down while the disk is full, or started while the machine has
no room, is tried again until it works.
"""

import time
from collections.abc import Callable

from barograph.local.refusal import SetUpRefused
from barograph.local.servers.service import Service, tail
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.kept_process import KeptProcess
from barograph.local.supervisor.processes.log_files import rotate
from barograph.local.supervisor.processes.process_identity import ProcessIdentity, remember
from barograph.local.supervisor.processes.signals import SignalQueue
from barograph.local.supervisor.processes.telling import heard_or_not
from barograph.program.kept_loop import KeptLoop

TICK_S = 0.5
READY_TICK_S = 0.1
# A database that was killed reads its log first, which may take a while.
READY_WITHIN_S = 120.0
ROTATE_EVERY_S = 5.0


class Supervisor:
    """The processes of one data directory, in the order of their start."""

    def __init__(self, data_dir: DataDir, signals: SignalQueue, say: Callable[[str], None]) -> None:
        self._data_dir = data_dir
        self._signals = signals
        self._say = heard_or_not(say)
        self._processes: list[KeptProcess] = []
        self._recorded: list[ProcessIdentity] = []
        self._recording = KeptLoop("write down which processes run", report=self._report)
        self._rotating = KeptLoop("rotate logs", ROTATE_EVERY_S, report=self._report)
        self._rotate_at_s = 0.0
        self.on_change: Callable[[dict[str, int]], None] = lambda _pids: None

    @property
    def pids(self) -> dict[str, int]:
        """The pid of each process by name; of one that waits for its restart, the last it had."""
        return {kept.service.name: kept.identity.pid for kept in self._processes if kept.identity}

    def start(self, *services: Service) -> None:
        """Start them together and wait until each is ready.

        Raises:
            SetUpRefused: one ended, or was not ready in time.
            StopAsked: a signal asked to stop.
        """
        started = [KeptProcess(service, self._data_dir) for service in services]
        for kept in started:
            self._processes.append(kept)
            kept.start()
        self._record()
        for kept in started:
            self._await_ready(kept)

    def watch(self, each_tick: Callable[[], None]) -> None:
        """Tend the processes until a signal asks to stop, which raises StopAsked."""
        while True:
            self._signals.wait(TICK_S)
            for kept in self._processes:
                if happened := kept.tend():
                    self._say(happened)
            self._record()
            self._rotate_logs()
            each_tick()

    def restart(self, name: str) -> None:
        """Stop a process and start it again, its code having changed."""
        for kept in self._processes:
            if kept.service.name == name:
                kept.stop()
                kept.start()
                self._record()

    def stop(self) -> None:
        """Stop every process, the last started first."""
        while self._processes:
            kept = self._processes[-1]
            kept.stop()
            self._processes.pop()
            self._record()

    def _await_ready(self, kept: KeptProcess) -> None:
        deadline_s = time.monotonic() + READY_WITHIN_S
        name, log_end = kept.service.name, f"the end of {kept.log_path}:\n"
        while not kept.service.is_ready():
            if not kept.is_running:
                raise SetUpRefused(f"{name} ended as soon as it was started; {log_end}{tail(kept.log_path)}")
            if time.monotonic() > deadline_s:
                raise SetUpRefused(
                    f"{name} was not ready in {READY_WITHIN_S:g} s; {log_end}{tail(kept.log_path)}"
                )
            self._signals.wait(READY_TICK_S)

    def _record(self) -> None:
        """Writes down what runs, if that has changed since it could be written."""
        identities = [kept.identity for kept in self._processes if kept.identity]
        if identities == self._recorded:
            return
        with self._recording.turn():
            remember(self._data_dir.processes, identities)
            self.on_change(self.pids)
            self._recorded = identities

    def _rotate_logs(self) -> None:
        if time.monotonic() < self._rotate_at_s:
            return
        with self._rotating.turn():
            for kept in self._processes:
                rotate(kept.log_path)
        self._rotate_at_s = time.monotonic() + self._rotating.pause_s

    def _report(self, loop: KeptLoop, error: Exception) -> None:
        if loop.failures == 1:
            self._say(f"Can't {loop.name}: {error}; tried again until it works")
