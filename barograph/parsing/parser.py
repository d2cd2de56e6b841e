"""One parser: a process that reads what strangers sent, and is killed when it takes too much.

    program ──task──▶ barograph/parsing/child.py ──▶ the function
       ▲                                               │
       └────────── values, then an end ◀───────────────┘

Whatever becomes of the process, the program gets an answer: values, what was wrong, or that it took too much.

Why: decision 220.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import structlog
from prometheus_client import Counter

from barograph.errors import Invalid, Unavailable
from barograph.parsing.limits import ParserLimits
from barograph.parsing.messages import AnswerTooLarge, Broken, receive, send
from barograph.parsing.task import ParserTask, TaskAnswer

START_S = 60
"""How long a parser may take to start, on a machine that is very busy."""
END_S = 1.0
"""How long a process takes at most from its socket's end to its own."""
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "TZ", "PYTHONDONTWRITEBYTECODE")
_SPARE = {
    # One parser is one slot: more threads would take the program's own time, and address space.
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
ENDED = Counter(
    "barograph_parsers_ended_total", "Parsers that were ended at work, mostly by what they read", ["reason"]
)
log = structlog.stdlib.get_logger(__name__)


class ParserNotStarted(OSError):
    """There is no memory or no process for a parser, or it can't import what it needs."""


class _Process(NamedTuple):
    popen: subprocess.Popen[bytes]
    to_parser: socket.socket

    def kill(self) -> None:
        self.popen.kill()

    def exit_code(self) -> int | None:
        """How it ended; None when it says what nobody understands, but lives."""
        try:
            return self.popen.wait(END_S)
        except subprocess.TimeoutExpired:
            return None

    def is_kept_from_work(self) -> bool:
        """Whether it would go on if it were let: the machine is too busy, or has stopped it."""
        for stat in Path(f"/proc/{self.popen.pid}/task").glob("*/stat"):
            with suppress(FileNotFoundError):
                state = stat.read_text().rpartition(") ")[2][:1]
                if state not in "SZ":  # asleep, or ended
                    return True
        return False

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self.to_parser.close()


class Parser:
    """A process, started when it is first needed, and again after it was killed. For one thread at a time.

    It ends when the thread ends that asked it first, or the program, however that ends.

    Args:
        limits: of each answer.
        modules: those whose functions it calls, imported at its start.
    """

    def __init__(self, limits: ParserLimits, *modules: str) -> None:
        self._limits = limits
        self._modules = modules
        self._process: _Process | None = None
        self._is_killed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_warm(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def kill(self) -> None:
        """Kills the process for good, whatever it does; from any thread."""
        self._is_killed = True
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def ask(self, task: ParserTask) -> Any:  # noqa: ANN401  # what the function returns
        """Runs the task's function; returns its result.

        Raises:
            Invalid: what it was to read takes too much, or broke it.
            Unavailable: the machine did not let it read.
            BarographError, OSError: what it raises.
            ParserNotStarted: there is no process for it.
        """
        (value,) = self.iterate(task)
        return value

    def iterate(self, task: ParserTask) -> Iterator[Any]:
        """The values that the function yields. The process ends if not all of them are taken.

        Raises:
            Invalid: what it was to read takes too much, or broke it.
            Unavailable: the machine did not let it read.
            BarographError, OSError: what it raises.
            ParserNotStarted: there is no process for it.
        """
        answer = self._send(task)
        try:
            while answer.has_value:
                yield answer.value
                answer = self._answer()
        except GeneratorExit:
            self.close()
            raise
        if answer.is_last:
            self.close()
        if answer.error is not None:
            raise answer.error
        if answer.trace:
            ENDED.labels("error").inc()
            log.error("a parser's function failed", function=task.function.__qualname__, trace=answer.trace)
            raise Invalid("what was sent could not be read")

    def _send(self, task: ParserTask) -> TaskAnswer:
        """The first answer. A process that others ended before that is replaced once."""
        with self._held_to_limits():
            try:
                return self._exchange(task)
            except Broken:
                if self._is_killed or not self._was_ended_by_others():
                    raise
                self.close()
                return self._exchange(task)

    def _exchange(self, task: ParserTask) -> TaskAnswer:
        process = self._process or self._start()
        send(process.to_parser, _by_buffer(task), self._limits.wall_s)
        return receive(process.to_parser, self._limits.answer_bytes, self._limits.wall_s)

    def _answer(self) -> TaskAnswer:
        with self._held_to_limits():
            if self._process is None:
                raise Broken
            return receive(self._process.to_parser, self._limits.answer_bytes, self._limits.wall_s)

    @contextmanager
    def _held_to_limits(self) -> Generator[None]:
        try:
            yield
        except TimeoutError:
            raise self._too_late() from None
        except AnswerTooLarge:
            raise self._too_much("answer") from None
        except Broken as error:
            raise self._too_much("died", str(error)) from None

    def _was_ended_by_others(self) -> bool:
        """Whether the kernel, short of memory, or somebody ended it, and not what it read."""
        return self._process is not None and self._process.exit_code() == -signal.SIGKILL

    def _too_late(self) -> Invalid | Unavailable:
        """The error after too long a time.

        What was read is not to blame if the process was kept from work.
        """
        if self._process is None or not self._process.is_kept_from_work():
            return self._too_much("time")
        self.close()
        ENDED.labels("starved").inc()
        log.warning("a parser did not get the processor for long", wall_s=self._limits.wall_s)
        return Unavailable("the machine is too busy to read what was sent; try again")

    def _too_much(self, reason: str, why: str = "") -> Invalid:
        exit_code = self._process.exit_code() if reason == "died" and self._process else None
        self.close()
        ENDED.labels(reason).inc()
        log.warning("a parser was ended by what it read", reason=reason, exit_code=exit_code, why=why)
        if reason == "answer":
            return Invalid(f"what was sent stands for more than {self._limits.answer_bytes // 2**20:,} MB")
        return Invalid(f"what was sent could not be read within {self._limits.text}")

    def _start(self) -> _Process:
        self._process = process = _spawned(self._modules, self._limits)
        try:
            receive(process.to_parser, self._limits.answer_bytes, START_S)
        except (TimeoutError, Broken) as error:
            self.close()
            raise ParserNotStarted("it ended, or took too long") from error
        if self._is_killed:
            self.close()
            raise ParserNotStarted("nobody waits for it any more")
        return process


def _spawned(modules: Sequence[str], limits: ParserLimits) -> _Process:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "barograph.parsing.child", str(theirs.fileno()), str(os.getpid())]
    try:
        with theirs:
            popen = subprocess.Popen(
                [*command, ",".join(modules), str(limits.cpu_s), str(limits.memory_bytes)],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
    except OSError as error:
        ours.close()
        raise ParserNotStarted(str(error)) from error
    return _Process(popen, ours)


def _by_buffer(task: ParserTask) -> ParserTask:
    """The same, so that bodies are not copied into the message."""
    arguments = [pickle.PickleBuffer(each) if isinstance(each, bytes) else each for each in task.arguments]
    return task._replace(arguments=tuple(arguments))


def _environment() -> dict[str, str]:
    """The part of the program's environment that a parser needs: it gets no secrets."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | _SPARE | {"PYTHONPATH": os.pathsep.join(sys.path)}
