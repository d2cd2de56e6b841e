"""Many gateways of the library that lose their connections at once, and come back as it makes them."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, Self

from barograph_client.streaming.stream import Stream

from barograph.times import now_us
from tests.seed import Project

SETTLED_S = 120


class Herd:
    """Streams in a thread of their own, with the library's own pauses; a `with` block keeps them open.

    Args:
        url: where they send to.
        gateways: how many there are; each is a producer of its own.
    """

    def __init__(self, project: Project, url: str, gateways: int) -> None:
        self._streams = [_stream(project, url, number) for number in range(gateways)]
        self._entered = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._entered.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(self) -> None:
        """Has each gateway send a reading, and waits until all are acknowledged.

        Raises:
            TimeoutError: some are not, long after.
        """
        self._run(self._send())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        for each in self._streams:
            await self._entered.enter_async_context(each)

    async def _send(self) -> None:
        for each in self._streams:
            await each.send([0], [now_us()], [1.0])
        async with asyncio.timeout(SETTLED_S):
            await asyncio.gather(*(each.flush() for each in self._streams))


def _stream(project: Project, url: str, number: int) -> Stream:
    return Stream(
        url,
        project.token,
        f"herd/{number}",
        project.keys[:1],
        spool=None,
        connect_within_s=0,
        exit_within_s=0,
        proxy=None,
    )
