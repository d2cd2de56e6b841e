"""Whose password is hashed next: one at a time of each address and each account, so no crowd delays others.

Why: decision 208.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from barograph.errors import TooManyRequests

# As many may wait behind one address or one account.
MAX_WAITING = 50


@dataclass
class _Line:
    """The turns of one address or one account that wait or hash."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class HashTurns:
    """Gives turns; used on one event loop.

    Args:
        max_at_once: how many hash at once.
    """

    def __init__(self, max_at_once: int) -> None:
        self._turns = asyncio.Semaphore(max_at_once)
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, subjects: Sequence[str]) -> AsyncGenerator[None]:
        """Waits in the line of each subject, then for a turn.

        Args:
            subjects: the address, then the account: in this order everywhere, so that an account's line holds
                one of each address, and no two wait for each other.

        Raises:
            TooManyRequests: too many wait in one of the lines.
        """
        async with AsyncExitStack() as lines:
            for subject in subjects:
                await lines.enter_async_context(self._in_line(subject))
            async with self._turns:
                yield

    @asynccontextmanager
    async def _in_line(self, subject: str) -> AsyncGenerator[None]:
        line = self._lines.setdefault(subject, _Line())
        if line.length > MAX_WAITING:
            raise TooManyRequests("too many log-ins at once; try again", retry_after_s=1)
        line.length += 1
        try:
            async with line.turn:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[subject]
