"""Files as bodies of answers, by the system alone: their bytes go from the disk's cache to the socket.

Where a scope has `ZERO_COPY` among its extensions, an answer may send one such message for all its body.
As ASGI has it, beside `stall_s`:

    file    an object with a `fileno()`, which its sender closes once the message was sent
    offset  where in the file to begin
    count   how many bytes; the file has that many

A connection is asked for nothing but its socket, so a slow client costs neither a thread nor memory.

Why: decision 930.
"""

import asyncio
import os
import select
import struct
from concurrent.futures import ThreadPoolExecutor
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Protocol

from barograph.program.http.socket_threads import GONE, PATIENCE_MS, in_thread

ZERO_COPY = "http.response.zerocopysend"
TURN_BYTES = 16 * 2**20
"""What a thread sends before another file has its turn."""
THREADS = 8
# Of their own, so that nobody else's work waits for clients.
_threads = ThreadPoolExecutor(THREADS, "files")


class HasFileNumber(Protocol):
    def fileno(self) -> int: ...


class ClientStalled(Exception):
    """The client took nothing for too long."""


class FileCutShort(Exception):
    """The file has fewer bytes than were announced."""


async def send_file(
    connection: HasFileNumber, file: HasFileNumber, offset: int, count: int, stall_s: float
) -> bool:
    """Sends that much of a file; False: the client has gone.

    Args:
        connection: a plain socket, on which nothing else is written meanwhile.
        stall_s: the longest time in which the client may take nothing.

    Raises:
        ClientStalled, FileCutShort: as they say.
    """
    # The loop watches sockets of connections by itself, and lets nobody else. The file of a connection
    # that is closed meanwhile stays what it is, too.
    out, end = os.dup(connection.fileno()), offset + count
    try:
        while offset < end:
            sent_bytes, is_full = await in_thread(_threads, lambda: _sent(out, file.fileno(), offset, end))  # noqa: B023  # done by then
            offset += sent_bytes
            if is_full:
                await _until_room(out, stall_s)
    except OSError as error:
        if error.errno not in GONE:
            raise
        return False
    finally:
        os.close(out)
    return True


def _sent(out: int, file: int, offset: int, end: int) -> tuple[int, bool]:
    """How many bytes the socket took, and whether it takes no more for now."""
    begun, stop = offset, min(end, offset + TURN_BYTES)
    while offset < stop:
        try:
            sent_bytes = os.sendfile(out, file, offset, stop - offset)
        except BlockingIOError:
            if not _has_room(out):
                return offset - begun, True
            continue
        if not sent_bytes:
            raise FileCutShort(f"a file ends {end - offset:,} bytes early")
        offset += sent_bytes
    return offset - begun, False


def _has_room(out: int) -> bool:
    poll = select.poll()
    poll.register(out, select.POLLOUT)
    return bool(poll.poll(PATIENCE_MS))


async def _until_room(out: int, stall_s: float) -> None:
    """A socket has room once a good part of what it holds was taken, so what it holds is looked at too."""
    loop, room = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(out, room.set)
    try:
        unsent_bytes = _unsent_bytes(out)
        while not room.is_set():
            try:
                async with asyncio.timeout(stall_s):
                    await room.wait()
            except TimeoutError:
                if (left_bytes := _unsent_bytes(out)) >= unsent_bytes:
                    raise ClientStalled(f"a client took nothing of a file for {stall_s:g} s") from None
                unsent_bytes = left_bytes
    finally:
        loop.remove_writer(out)


def _unsent_bytes(out: int) -> int:
    """The bytes in the socket that its peer has not confirmed."""
    return struct.unpack("i", ioctl(out, TIOCOUTQ, bytes(4)))[0]
