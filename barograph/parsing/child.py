"""`python -m barograph.parsing.child`: a parser, which a program starts, and which ends with it.

It holds nothing of the program's: no connection, no key, no descriptor but the socket it answers on.

Why: decision 220, decision 1080.
"""

import contextlib
import importlib
import os
import socket
import sys
import traceback
from collections.abc import Iterable
from typing import NamedTuple

from barograph.errors import BarographError
from barograph.parsing.limits import Confinement, ParserLimits, end_with
from barograph.parsing.messages import Broken, receive_trusted, send
from barograph.parsing.task import ParserTask, TaskAnswer
from barograph.program.memory import keep_freed_memory

MEMORY_EXIT_CODE = 3


class _Parser(NamedTuple):
    to_program: socket.socket
    confinement: Confinement
    limits: ParserLimits

    def serve(self) -> None:
        """Does one task after the other until the program is gone, or memory is not given back."""
        is_last = False
        while not is_last:
            task: ParserTask = receive_trusted(self.to_program)
            try:
                self._do(task)
                answer = TaskAnswer()
            except MemoryError:
                sys.exit(MEMORY_EXIT_CODE)
            except BaseException as error:  # noqa: BLE001  # Polars' panics are no Exception
                answer = _failure(error)
            is_last = self.confinement.is_swollen(self.limits)
            send(self.to_program, answer._replace(is_last=is_last))

    def _do(self, task: ParserTask) -> None:
        """Sends each value as soon as it is there; none is begun before the program has room for it."""
        self.confinement.renew(self.limits, task.mapped_bytes)
        result = task.function(*task.arguments)
        values: Iterable[object] = result if task.is_stream else [result]
        for value in values:
            send(self.to_program, TaskAnswer(value=value, has_value=True))
            self.confinement.renew(self.limits, task.mapped_bytes)


def _failure(error: BaseException) -> TaskAnswer:
    """The fault of what was read, or, where that is unknown, the place where it happened."""
    if isinstance(error, (BarographError, OSError)):
        return TaskAnswer(error=error)
    return TaskAnswer(trace="".join(traceback.format_exception(error))[-4000:])


def main() -> int:
    """Serves the program that started this process."""
    descriptor, parent_pid, modules, cpu_s, memory_bytes = sys.argv[1:]
    end_with(int(parent_pid))
    keep_freed_memory()
    for module in modules.split(","):
        importlib.import_module(module)
    # From here on, what native code prints is about strangers' bytes.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    limits = ParserLimits(cpu_s=int(cpu_s), memory_bytes=int(memory_bytes))
    with socket.socket(fileno=int(descriptor)) as to_program, contextlib.suppress(Broken):
        parser = _Parser(to_program, Confinement(), limits)
        send(to_program, TaskAnswer())
        parser.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
