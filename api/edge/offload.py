"""Work on long columns, done beside the event loop so that other requests go on meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

# More values than these are worth the way to another thread.
LONG = 50_000
T = TypeVar("T")


async def in_thread(compute: Callable[[], T], size: int) -> T:
    """What it returns; computed elsewhere if there is much to compute."""
    return await asyncio.to_thread(compute) if size > LONG else compute()
