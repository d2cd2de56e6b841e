"""One POST over a connection of its own, to an address that is known: no redirects, no proxies, no cookies.

Of an answer, the status and the first KiB count. What comes slower than that is not waited for.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import h11

from barograph.webhooks.targets import WebhookTarget

MAX_ANSWER_BYTES = 1024
MAX_HEAD_BYTES = 16 * 1024
# For the rest of an answer, once its status is known.
BODY_WITHIN_S = 1.0
_READ_BYTES = 16 * 1024


@dataclass(frozen=True)
class PostAnswer:
    """What the receiver said.

    Attributes:
        text: the beginning of its body.
        retry_after: the header, as it came.
    """

    status: int
    text: str
    retry_after: str | None


async def post(
    target: WebhookTarget, address: str, headers: Mapping[str, str], body: bytes, tls: ssl.SSLContext
) -> PostAnswer:
    """Posts to the target at one of its addresses. The time limit is the caller's.

    Raises:
        OSError: no connection, or it was lost; of TLS, too.
        h11.RemoteProtocolError: the answer is no HTTP.
    """
    is_tls = target.scheme == "https"
    reader, writer = await asyncio.open_connection(
        address,
        target.port,
        ssl=tls if is_tls else None,
        server_hostname=target.host if is_tls else None,
        limit=_READ_BYTES,
    )
    try:
        return await _exchange(reader, writer, target, headers, body)
    finally:
        # Nobody waits for the other side's farewell.
        writer.transport.abort()


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    target: WebhookTarget,
    headers: Mapping[str, str],
    body: bytes,
) -> PostAnswer:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    own = {"Host": target.authority, "Content-Length": str(len(body)), "Connection": "close"}
    request = h11.Request(method="POST", target=target.path, headers=list({**own, **headers}.items()))
    parts = [http.send(request), http.send(h11.Data(body)), http.send(h11.EndOfMessage())]
    writer.write(b"".join(part for part in parts if part))
    await writer.drain()
    head = await _head(http, reader)
    kept = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            await _keep_body(http, reader, kept)
    except (TimeoutError, OSError, h11.RemoteProtocolError):
        pass  # its status is what counts
    text = bytes(kept[:MAX_ANSWER_BYTES]).decode(errors="replace").replace("\0", "\ufffd")
    retry_after = next((value.decode() for name, value in head.headers if name == b"retry-after"), None)
    return PostAnswer(head.status_code, text, retry_after)


async def _head(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Response:
    while True:
        event = await _next_event(http, reader)
        if isinstance(event, h11.Response):
            return event
        if not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("the connection was closed without an answer")


async def _keep_body(http: h11.Connection, reader: asyncio.StreamReader, kept: bytearray) -> None:
    while len(kept) < MAX_ANSWER_BYTES:
        event = await _next_event(http, reader)
        if not isinstance(event, h11.Data):
            return
        kept += event.data


async def _next_event(http: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(_READ_BYTES))
    return event
