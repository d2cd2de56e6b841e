"""What one parser may use, set by the kernel: time of the processor, memory, and its parent's life."""

import ctypes
import math
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from barograph.settings import Settings

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class ParserLimits:
    """Limits of a parser, for each answer.

    Attributes:
        cpu_s: time of the processor, of all threads together.
        wall_s: time on the clock. Longer than `cpu_s`, for a machine may be busy.
        memory_bytes: beyond what an idle parser takes. Files that are mapped don't count.
        answer_bytes: the largest answer, which the program holds in its own memory.
    """

    cpu_s: int = 10
    wall_s: float = 30
    memory_bytes: int = 512 * 2**20
    answer_bytes: int = 64 * 2**20

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings name."""
        cpu_s = settings.parser_cpu_s
        return cls(cpu_s, 3 * cpu_s, settings.parser_memory_bytes)

    @property
    def text(self) -> str:
        """The limits for people."""
        return f"{self.cpu_s} s and {self.memory_bytes // 2**20:,} MB of memory"


class Confinement:
    """Holds this process, a parser, to limits. Built once it has imported what it needs.

    A limit that is reached ends the process, or raises MemoryError where Python asks for memory.
    """

    def __init__(self) -> None:
        self._idle_bytes, self._idle_resident_bytes = _sizes_bytes()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Where memory runs out all the same, the kernel ends a parser first.
        Path("/proc/self/oom_score_adj").write_text("1000")

    def renew(self, limits: ParserLimits, mapped_bytes: int) -> None:
        """Sets the limits anew, for the next answer."""
        max_bytes = self._idle_bytes + limits.memory_bytes
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + limits.cpu_s)
        _limit(resource.RLIMIT_DATA, max_bytes)
        _limit(resource.RLIMIT_AS, max_bytes + mapped_bytes)

    def is_swollen(self, limits: ParserLimits) -> bool:
        """Whether the process has kept so much memory that a new one is better."""
        return _sizes_bytes()[1] - self._idle_resident_bytes > limits.memory_bytes // 4


def end_with(parent_pid: int) -> None:
    """Lets the kernel end this process when the thread ends that started it, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit(0)


def _limit(which: int, value: int) -> None:
    resource.setrlimit(which, (value, resource.RLIM_INFINITY))


def _sizes_bytes() -> tuple[int, int]:
    """The sizes of the address space, and of what is in memory."""
    size, resident = Path("/proc/self/statm").read_text().split()[:2]
    return int(size) * resource.getpagesize(), int(resident) * resource.getpagesize()
