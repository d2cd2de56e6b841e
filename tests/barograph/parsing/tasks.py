"""Functions that parsers call in tests: each does what some bytes of a stranger could make a reader do."""

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from barograph.errors import FieldError, Invalid
from barograph.parsing.limits import ParserLimits
from barograph.readings.rejects.reject_codes import RejectCode


class Hook:
    """What a parser that was taken over would send."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.getenv, ("PATH",)


class ByName:
    """An attribute by its name, as Python before 3.11.4 writes members of an Enum."""

    def __init__(self, owner: type, name: str) -> None:
        self._named = owner, name

    def __reduce__(self) -> tuple[object, tuple[type, str]]:
        return getattr, self._named


def member() -> object:
    return [RejectCode.TOO_OLD, ByName(RejectCode, "TOO_OLD")]


def method_of_ours() -> object:
    return ByName(ParserLimits, "of")


def doubled(body: bytes) -> bytes:
    return body + body


def length_of(body: bytes) -> int:
    return len(body)


def process_id() -> int:
    return os.getpid()


def killed_until(marks: Path, kills: int) -> int:
    """Is killed so many times; then the number of its tries."""
    with marks.open("a") as file:
        file.write("x")
    tries = marks.stat().st_size
    if tries <= kills:
        os.kill(os.getpid(), signal.SIGKILL)
    return tries


def column(count: int) -> NDArray[np.int64]:
    return np.arange(count)


def columns(count: int) -> Iterator[NDArray[np.int64]]:
    for number in range(count):
        yield np.full(3, number)


def refuse() -> None:
    raise Invalid("no table", [FieldError("/body", "is none")])


def refuse_late() -> Iterator[int]:
    yield 1
    raise Invalid("broken off")


def fail() -> None:
    raise ZeroDivisionError("a fault of ours")


def spin() -> None:
    while True:
        pass


def be_stopped() -> None:
    """As on a machine that others keep busy, or that is paused."""
    os.kill(os.getpid(), signal.SIGSTOP)


def sleep_for_ever() -> None:
    time.sleep(1000)


def take_memory() -> int:
    return len(bytearray(2**33))


def take_memory_slowly() -> int:
    taken: list[bytearray] = []
    while True:
        taken.append(bytearray(b"x") * 2**24)


def keep_memory() -> int:
    kept = b"x" * 2**26
    globals()["kept"] = kept
    return os.getpid()


def crash() -> None:
    ctypes.string_at(0)


def hook() -> object:
    return Hook()


def environment() -> dict[str, str]:
    return dict(os.environ)


def descriptors() -> list[str]:
    return [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]


def core_limit() -> str:
    limits = Path("/proc/self/limits").read_text()
    return next(line for line in limits.splitlines() if line.startswith("Max core file size"))
