"""Hears that there may be something to do, from whoever has committed it."""

from collections.abc import Callable

from barograph.program.kept_loop import KeptLoop
from barograph.program.listening import listen
from barograph.program.work_news import CHANNEL


class WorkNotices:
    """A task of the event loop.

    Args:
        wake: called for each notice, and after a connection was lost, since anything may have been missed.
    """

    def __init__(self, database_url: str, wake: Callable[[], None]) -> None:
        self.loop = KeptLoop("work_notices")
        self._database_url, self._wake = database_url, wake

    async def run(self) -> None:
        """Listens for ever."""
        async for _ in listen(self._database_url, [CHANNEL], self.loop):
            self._wake()
