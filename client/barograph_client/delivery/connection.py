"""One WebSocket from hello to close, and what its end means: try again, or give up."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Literal, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
)

from barograph_client import advice
from barograph_client.errors import (
    Disconnected,
    Forbidden,
    MalformedMessage,
    Refused,
    SequenceConflict,
    StreamEnded,
    Superseded,
    TokenRefused,
)
from barograph_client.framing.messages import Ack, Bound, Failure, Hello, decode_server_message

# After any other close code or status another try may succeed.
FINAL_CLOSE_CODES: dict[int, type[StreamEnded]] = {
    1009: Refused,
    4400: Refused,
    4401: TokenRefused,
    4403: Forbidden,
    4409: Superseded,
}
# Of those, what the error message before the close tells more closely.
FINAL_CODES: dict[str, type[StreamEnded]] = {"sequence-conflict": SequenceConflict}
FINAL_STATUSES: dict[int, type[StreamEnded]] = {401: TokenRefused, 403: Forbidden, 404: Refused}

# A server whose database is away stops reading, pings too; hold on to it through a short outage.
PONG_WITHIN_S = 120
HELLO_WITHIN_S = 30
# A `bound` that lists 20,000 long keys, all in error, stays below.
MAX_MESSAGE_BYTES = 64 * 2**20
_WRONG_ADDRESS = "give an address such as ws://127.0.0.1:8001/ingest/v1/ws"

Proxy = str | Literal[True] | None
"""An HTTP proxy's URL, True for the environment's, None for none."""

_Expected = TypeVar("_Expected", Hello, Bound, Ack)


@asynccontextmanager
async def open_connection(
    url: str, token: str, proxy: Proxy = True, tls: ssl.SSLContext | None = None
) -> AsyncGenerator["StreamConnection"]:
    """Connect with an ingest token; the block may raise ConnectionClosed.

    Raises:
        Disconnected: there is no connection, or there is none any more; another try may succeed.
        StreamEnded: there is no point in another try.
    """
    socket = await _connect(url, token, proxy, tls)
    connection = StreamConnection(socket)
    try:
        yield connection
    except ConnectionClosed:
        raise connection.ending() from None
    except MalformedMessage as error:
        raise Disconnected(*advice.of_no_connection(error)) from error
    finally:
        await socket.close()


async def _connect(url: str, token: str, proxy: Proxy, tls: ssl.SSLContext | None) -> ClientConnection:
    try:
        return await connect(
            url,
            additional_headers={"Authorization": f"Bearer {token}"},
            compression=None,  # columns of sensor noise do not shrink enough to be worth it
            open_timeout=HELLO_WITHIN_S,  # the server may have many to let in at once
            close_timeout=5,
            ping_timeout=PONG_WITHIN_S,
            max_size=MAX_MESSAGE_BYTES,
            proxy=proxy,
            ssl=(tls or True) if url.lower().startswith("wss:") else None,
        )
    except InvalidStatus as error:
        raise _refusal(error.response.status_code, error.response.body) from error
    except (InvalidURI, InvalidProxy) as error:
        raise Refused("bad-address", str(error), _WRONG_ADDRESS) from error
    except (OSError, TimeoutError, EOFError, InvalidHandshake) as error:
        raise Disconnected(*advice.of_no_connection(error)) from error


class StreamConnection:
    """The messages of one socket. Reading or writing a closed one raises websockets' ConnectionClosed."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._failure: Failure | None = None

    async def hello(self) -> Hello:
        """The server's limits; comes first."""
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                return await self._expect(Hello)
        except TimeoutError as error:
            raise Disconnected("no hello comes", advice.OF_STATUSES[404]) from error

    async def bind(self, message: str) -> Bound:
        """Send a bind and return its answer."""
        await self._socket.send(message)
        return await self._expect(Bound)

    async def send(self, message: bytes | str) -> None:
        """Send a frame; waits while the server does not read."""
        await self._socket.send(message)

    async def acks(self) -> AsyncGenerator[Ack]:
        """Every ack, until the connection closes."""
        while True:
            yield await self._expect(Ack)

    def ending(self) -> StreamEnded | Disconnected:
        """The reason for the end of this connection, once it is closed."""
        code, reason = self._socket.close_code, self._socket.close_reason
        slug = self._failure.code if self._failure else reason or "closed"
        detail = self._failure.detail if self._failure else f"the connection was closed with {code}"
        final = FINAL_CODES.get(slug) or FINAL_CLOSE_CODES.get(code or 0)
        what_to_do = advice.of_close(code)
        return (
            final(slug, detail, what_to_do) if final else Disconnected(f"{code} {slug}: {detail}", what_to_do)
        )

    async def _expect(self, kind: type[_Expected]) -> _Expected:
        while True:
            message = decode_server_message(await self._socket.recv())
            if isinstance(message, kind):
                return message
            if not isinstance(message, Failure):
                raise MalformedMessage(f"{type(message).__name__} came in place of {kind.__name__}")
            self._failure = message  # the close follows


def _refusal(status: int, body: bytes | bytearray | None) -> StreamEnded | Disconnected:
    final = FINAL_STATUSES.get(status)
    detail = f"the server answered the upgrade with HTTP {status}{_reason(body)}"
    what_to_do = advice.of_status(status)
    return final(f"http-{status}", detail, what_to_do) if final else Disconnected(detail, what_to_do)


def _reason(body: bytes | bytearray | None) -> str:
    """The reason in a problem document, if it is one."""
    with suppress(ValueError, KeyError, TypeError):
        return f", {json.loads(body or b'')['detail']}"
    return ""
