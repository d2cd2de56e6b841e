"""Work on long columns, done beside the event loop so that other requests go on meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

# From so many values on, the way to another thread is worth it.
MIN_OFFLOADED_VALUES = 50_000
T = TypeVar("T")


async def in_thread(compute: Callable[[], T], size: int) -> T:
    """The result of `compute`, which runs in another thread if it works on many values."""
    return await asyncio.to_thread(compute) if size > MIN_OFFLOADED_VALUES else compute()
