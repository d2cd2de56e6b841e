"""Answers that take long: they end when their client has gone, or takes nothing of them."""

import asyncio
from collections.abc import Coroutine, MutableMapping
from typing import Any

from starlette.types import Receive, Send


async def send_until_gone(sending: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Sends, and gives it up once the client has gone; what sending had begun has ended then."""
    work = asyncio.create_task(sending)
    gone = asyncio.create_task(wait_until_gone(receive))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
    finally:
        gone.cancel()
        work.cancel()
        await asyncio.wait({work})


async def send_within(send: Send, message: MutableMapping[str, Any], stall_s: float) -> None:
    """Sends one message.

    Raises:
        TimeoutError: the client took nothing for so long.
    """
    async with asyncio.timeout(stall_s):
        await send(message)


async def wait_until_gone(receive: Receive) -> None:
    """Comes back when the client has hung up; what it still sends is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
