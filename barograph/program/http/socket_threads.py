"""Work on sockets in threads. Whoever gives up waits for the thread, so that nothing is closed under it."""

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH})
"""What the system says of a peer that is not there any more."""
PATIENCE_MS = 2
"""How long a thread waits for a peer that nearly keeps up: going back to the loop takes a part of that."""
T = TypeVar("T")


async def in_thread(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """Runs the call in one of these threads."""
    work = asyncio.get_running_loop().run_in_executor(threads, call)
    try:
        return await asyncio.shield(work)
    finally:
        if not work.done():
            await asyncio.wait({work})
