"""From a host's name to an address that messages may go to: asked once for each attempt.

The connection is made to this address, so that a name whose answer changes a moment later gains nothing.

Why: decision 661.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from barograph.webhooks.addresses import IpAddress, IpNetwork, is_allowed, parse_address

# A resolver may take half a minute to say that it does not know.
THREADS = 64


class RefusedAddress(Exception):
    """Messages may not go where a name leads."""


class Resolver:
    """Asks in threads of its own, so that a slow answer holds up nobody else's work.

    Args:
        networks: what the operator allows beside the internet.
    """

    def __init__(self, networks: Sequence[IpNetwork]) -> None:
        self._networks = networks
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="resolver")

    async def resolve(self, host: str, port: int) -> str:
        """An address of the host.

        Raises:
            RefusedAddress: one of its addresses is none that messages may go to.
            OSError: the host has none.
        """
        found = [host] if _is_plain(host) else await self._ask(host, port)
        if refused := next((each for each in found if not self._allows(each)), None):
            raise RefusedAddress(
                f"{host} is {refused}, which is not on the internet, and not in BAROGRAPH_WEBHOOK_NETWORKS"
            )
        return found[0]

    async def _ask(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, look_up, host, port)

    def close(self) -> None:
        """Waits for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _allows(self, text: str) -> bool:
        address: IpAddress = parse_address(text)
        return is_allowed(address, self._networks)


def _is_plain(host: str) -> bool:
    """Whether it is an address already, which nobody need be asked for."""
    try:
        parse_address(host)
    except ValueError:
        return False
    return True


def look_up(host: str, port: int) -> list[str]:
    """All addresses, as the machine's resolver has them.

    Raises:
        OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(place[0]) for *_, place in found]
    if not addresses:
        raise OSError(f"{host} has no address")
    return addresses
