"""Leaves the supervisor running in the background, once it runs well."""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

READY = b"ready"


def detach(run: Callable[[Callable[[], None]], int], log_path: Path) -> bool:
    """Do `run` in a process of its own, its output appended to the log; return when it is ready or over.

    `run` gets a function to call once all is ready, and returns an exit code. Returns whether it became
    ready. Only the caller returns from here: the other process ends with `run`.
    """
    sys.stdout.flush()
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        _become_daemon(log_path)
        os._exit(_guarded(run, writer))
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        return pipe.read() == READY


def _become_daemon(log_path: Path) -> None:
    os.setsid()
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((0, nothing), (1, log), (2, log)):
        os.dup2(target, number)


def _guarded(run: Callable[[Callable[[], None]], int], writer: int) -> int:
    """Whatever happens, this process must not return into its parent's code."""

    def tell_ready() -> None:
        os.write(writer, READY)
        os.close(writer)

    try:
        code = run(tell_ready)
    except BaseException:  # noqa: BLE001  # the log is the only place left to tell
        with contextlib.suppress(OSError):
            traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # the disk it is on may be full
            stream.flush()
    return code
