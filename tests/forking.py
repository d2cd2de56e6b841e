"""Programs forked from a process that has imported them: imports take seconds of the processor, a fork
milliseconds, and tests start hundreds of programs.

    tests ─▶ `python -m tests.forking api`, which imports, waits, and forks for each request
          ◀─ pid, later the exit code                │
                                                     ▼
                                                the program

All processes that run tests of one run share it.

Each is a process of its own: it is killed, stopped and frozen as any other. That one starts by its command,
in its own environment, is for others to show (`barograph up`, and programs with variables that are not ours).

Why: decision 1100, decision 1361.
"""

import atexit
import errno
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import FrameType
from typing import BinaryIO

from tests.cheap_hashes import hash_cheaply
from tests.hurried import shorten

ROOT = Path(__file__).parent.parent
# Set for a program, or by pytest for each test.
OURS = ("BAROGRAPH_", "PYTEST_")
PROGRAMS = {"api", "ingest", "backfill", "ingest.mqtt"}
# Set for a run of tests. Benchmarks start programs as they are started elsewhere.
FORKS = "BAROGRAPH_TEST_FORKS"
MAX_REQUEST_BYTES = 200_000
MAX_ANSWER_BYTES = 64
# Another process that runs tests may need it a moment after the only one that did has ended.
LINGER_S = 2.0
_lock = Lock()
_started: list[int] = []
"""Pids of those that this process has started."""


@dataclass(frozen=True)
class ProgramRequest:
    """What a program is to be: its environment, its arguments, and times of its modules that are shorter."""

    environment: Mapping[str, str]
    arguments: Sequence[str] = ()
    hurry: Mapping[str, float] = field(default_factory=dict[str, float])


class ForkedProcess:
    """A program as `subprocess.Popen` shows one."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told
        self.returncode: int | None = None
        self.pid = int(self._hear())

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it has not ended.
        """
        if self.returncode is None and not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return self._end() if self.returncode is None else self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing to one that has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _end(self) -> int:
        self.returncode = int(self._hear())
        self._told.close()
        return self.returncode

    def _hear(self) -> bytes:
        answer = self._told.recv(MAX_ANSWER_BYTES)
        assert answer, "the process that forks programs has ended"
        return answer


def start_program(
    program: str, request: ProgramRequest, log: BinaryIO, code: Path = ROOT
) -> ForkedProcess | subprocess.Popen[bytes]:
    """`python -m <program>` of the code in a folder, with its output in the log."""
    if FORKS in os.environ and code == ROOT and _can_fork(program, request.environment):
        return _fork(program, request, log)
    module = ["tests.hurried", program, json.dumps(request.hurry)] if request.hurry else [program]
    return subprocess.Popen(
        [sys.executable, "-m", *module, *request.arguments],
        cwd=code,
        env=request.environment,
        stdout=log,
        stderr=log,
    )


def _can_fork(program: str, environment: Mapping[str, str]) -> bool:
    """Whether it would be as if it had been started: what was imported can't know of other variables."""
    return program in PROGRAMS and _others(environment) == _others(os.environ)


def _fork(program: str, request: ProgramRequest, log: BinaryIO) -> ForkedProcess:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, _lock:
        message = json.dumps(asdict(request)).encode()
        socket.send_fds(_forker(program), [message], [log.fileno(), theirs.fileno()])
    return ForkedProcess(ours)


def _others(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(OURS)}


@cache
def _forker(program: str) -> socket.socket:
    """A connection to the process that forks this program, which ends soon after the last is closed."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    address = f"\0barograph-tests-{run}-{program}"
    while (asked := _connect(address)) is None:
        # Whoever may listen there starts it. Meanwhile others connect and ask, and wait with the one who did.
        if (listener := _listen(address)) is not None:
            with listener:
                asked = _connect(address)
                _started.append(_start_forker(program, listener))
            break
    assert asked is not None
    atexit.register(asked.close)
    return asked


def _connect(address: str) -> socket.socket | None:
    """None where nobody listens."""
    asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        asked.connect(address)
    except ConnectionRefusedError:
        asked.close()
        return None
    return asked


def _listen(address: str) -> socket.socket | None:
    """None where somebody does."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    listener.listen()
    return listener


def _start_forker(program: str, listener: socket.socket) -> int:
    """Its pid. Not by `subprocess`, which would complain that it still runs when this process ends."""
    command = [sys.executable, "-m", "tests.forking", program, str(listener.fileno())]
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "client")))
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1)]
    listener.set_inheritable(True)
    return os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": paths}, file_actions=nothing)


def main() -> int:
    """Forks the program until nobody may ask any more; in the child, becomes it."""
    _, program, number = sys.argv
    os.chdir(ROOT)
    hash_cheaply()
    module = import_module(f"{program}.__main__")
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(number)) as listener:
        request = ForkServer(listener).serve()
    if request is None:
        return 0
    sys.argv = [program, *request.arguments]
    os.environ.clear()
    os.environ.update(request.environment)
    shorten(request.hurry)
    return module.main()


class ForkServer:
    """Takes requests from all who connect, forks for each, and tells who asked how the fork ended."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._asking: list[socket.socket] = []
        self._children: dict[int, socket.socket] = {}
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self) -> ProgramRequest | None:
        """The request in each child; None in the parent, once it is over."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, _note)
        signal.set_wakeup_fd(self._waker)
        while True:
            everything = [self._listener, self._woken, *self._asking]
            ready = select.select(everything, [], [], None if self._asking else LINGER_S)[0]
            if not ready:
                return None
            if self._woken in ready:
                os.read(self._woken, 4096)
                _tell_ends(self._children)
            if self._listener in ready:
                self._asking.append(self._listener.accept()[0])
            for asked in [each for each in self._asking if each in ready]:
                if (request := self._take(asked)) is not None:
                    return request

    def _take(self, asked: socket.socket) -> ProgramRequest | None:
        """In the child, what it is to be."""
        message, fds, _, _ = socket.recv_fds(asked, MAX_REQUEST_BYTES, 2)
        if not message:
            self._asking.remove(asked)
            asked.close()
            return None
        log, teller = fds
        tell = socket.socket(fileno=teller)
        if (pid := os.fork()) == 0:
            self._leave(tell)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.close(log)
            return ProgramRequest(**json.loads(message))
        os.close(log)
        self._children[pid] = tell
        tell.send(str(pid).encode())
        return None

    def _leave(self, tell: socket.socket) -> None:
        """In a child: what is the parent's alone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for each in (tell, self._listener, *self._asking, *self._children.values()):
            each.close()
        for pipe_end in (self._woken, self._waker):
            os.close(pipe_end)


def _note(_number: int, _frame: FrameType | None) -> None:
    """That it is heard at all wakes who waits."""


def _tell_ends(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with children.pop(pid) as tell:
            tell.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    sys.exit(main())
