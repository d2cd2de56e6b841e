"""Objects over a socket between a program and its parsers. Arrays and bodies are sent as they are.

    uint64 length of the pickle, uint32 count of buffers, uint64 length[count], pickle, buffers

The program takes nothing from a parser but plain values, arrays, and classes of our own: a parser reads what
strangers send.
"""

import builtins
import io
import pickle
import socket
import struct
import sys
import time
from collections.abc import Sequence
from enum import Enum
from typing import Any

_HEAD = struct.Struct("<QI")
_MAX_BUFFERS = 10_000
# A thread that waits hears at least so often that it should stop.
_TICK_S = 1.0
_ROOMS = ("api.", "backfill.", "barograph.", "conversion.", "ingest.")
_ARRAYS = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
}


class Broken(Exception):
    """The other side is gone, or says what nobody understands."""


class AnswerTooLarge(Exception):
    """The other side sends more than it may."""


def send(to: socket.socket, message: object, timeout_s: float | None = None) -> None:
    """Sends an object.

    Raises:
        TimeoutError: the other side does not take it.
        Broken: it is gone.
    """
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [buffer.raw() for buffer in buffers]
    head = _HEAD.pack(len(data), len(parts)) + struct.pack(
        f"<{len(parts)}Q", *(each.nbytes for each in parts)
    )
    to.settimeout(timeout_s)
    try:
        for each in (head + data, *parts):
            to.sendall(each)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise Broken from error


def receive(source: socket.socket, max_bytes: int, timeout_s: float | None = None) -> Any:  # noqa: ANN401  # as sent
    """The next object that a parser sends.

    Raises:
        TimeoutError: none came in time.
        AnswerTooLarge: it is larger than `max_bytes`.
        Broken: the parser is gone, or sends what it may not.
    """
    data, buffers = _received(source, max_bytes, timeout_s)
    try:
        return _PlainUnpickler(io.BytesIO(data), buffers=buffers).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError) as error:
        raise Broken(str(error)) from error


def receive_trusted(source: socket.socket) -> Any:  # noqa: ANN401  # as sent
    """The next object that the program sends to a parser.

    Raises:
        Broken: the program is gone.
    """
    data, buffers = _received(source, sys.maxsize, None)
    return pickle.loads(data, buffers=[bytes(each) for each in buffers])  # noqa: S301  # our own program's


def _received(
    source: socket.socket, max_bytes: int, timeout_s: float | None
) -> tuple[bytearray, Sequence[bytearray]]:
    deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
    length, count = _HEAD.unpack(_read(source, _HEAD.size, deadline_s))
    if count > _MAX_BUFFERS:
        raise AnswerTooLarge
    lengths: tuple[int, ...] = struct.unpack(f"<{count}Q", _read(source, 8 * count, deadline_s))
    if length + sum(lengths) > max_bytes:
        raise AnswerTooLarge
    data = _read(source, length, deadline_s)
    return data, [_read(source, each, deadline_s) for each in lengths]


def _read(source: socket.socket, count: int, deadline_s: float | None) -> bytearray:
    """Reads so many bytes.

    Raises:
        TimeoutError: they did not come in time.
        Broken: the other side is gone.
    """
    data = bytearray(count)
    view = memoryview(data)
    while view:
        left_s = _TICK_S if deadline_s is None else deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        source.settimeout(min(left_s, _TICK_S))
        try:
            received = source.recv_into(view)
        except TimeoutError:
            continue
        except ConnectionResetError as error:
            raise Broken from error
        if not received:
            raise Broken
        view = view[received:]
    return data


class _PlainUnpickler(pickle.Unpickler):
    """Makes no object but arrays, exceptions and those of our own classes, and calls no function of ours."""

    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401  # any class
        if (module_name, global_name) in _ARRAYS:
            return super().find_class(module_name, global_name)
        if (module_name, global_name) == ("builtins", "getattr"):
            return _member  # as Python before 3.11.4 writes members of an Enum
        if module_name == "builtins":
            found = getattr(builtins, global_name, None)
            if isinstance(found, type) and issubclass(found, Exception):
                return found
        elif module_name.startswith(_ROOMS):
            found = super().find_class(module_name, global_name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no part of an answer")


def _member(enum: type, name: str) -> Enum:
    if not issubclass(enum, Enum):
        raise pickle.UnpicklingError(f"{enum.__name__}.{name} is no part of an answer")
    return enum[name]
