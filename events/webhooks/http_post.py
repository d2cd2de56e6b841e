"""POSTs over a connection to an address that is known: no redirects, no proxies, no cookies.

Of an answer, the status and the first KiB count. What comes slower than that is not waited for. A
connection whose answer was read to its end takes the next POST, unless the other side wants it closed.
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
    """The receiver's answer.

    Attributes:
        text: the beginning of its body.
        retry_after: the header, as it came.
    """

    status: int
    text: str
    retry_after: str | None


class ReceiverConnection:
    """A connection to a receiver. Time limits are the caller's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)

    @classmethod
    async def open(cls, target: WebhookTarget, address: str, tls: ssl.SSLContext) -> "ReceiverConnection":
        """Connects to one of the target's addresses.

        Raises:
            OSError: it can't be; of TLS, too.
        """
        is_tls = target.scheme == "https"
        reader, writer = await asyncio.open_connection(
            address,
            target.port,
            ssl=tls if is_tls else None,
            server_hostname=target.host if is_tls else None,
            limit=_READ_BYTES,
        )
        return cls(reader, writer)

    @property
    def is_usable(self) -> bool:
        """Whether it can take another POST, as far as is known here."""
        return (
            self._http.our_state is h11.IDLE and not self._writer.is_closing() and not self._reader.at_eof()
        )

    async def post(self, target: WebhookTarget, headers: Mapping[str, str], body: bytes) -> PostAnswer:
        """Posts to the target.

        Raises:
            OSError: the connection was lost.
            h11.RemoteProtocolError: the answer is no HTTP.
        """
        own = {"Host": target.authority, "Content-Length": str(len(body))}
        request = h11.Request(method="POST", target=target.path, headers=list({**own, **headers}.items()))
        parts = [self._http.send(each) for each in (request, h11.Data(body), h11.EndOfMessage())]
        self._writer.write(b"".join(part for part in parts if part))
        await self._writer.drain()
        head = await self._head()
        kept = bytearray()
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                await self._keep_body(kept)
        except (TimeoutError, OSError, h11.RemoteProtocolError):
            pass  # its status is what counts
        text = bytes(kept[:MAX_ANSWER_BYTES]).decode(errors="replace").replace("\0", "\ufffd")
        retry_after = next((value.decode() for name, value in head.headers if name == b"retry-after"), None)
        return PostAnswer(head.status_code, text, retry_after)

    def close(self) -> None:
        """Nobody waits for the other side's farewell."""
        self._writer.transport.abort()

    async def _head(self) -> h11.Response:
        while True:
            try:
                event = await self._next_event()
            except h11.RemoteProtocolError as error:
                raise h11.RemoteProtocolError(self._fault()) from error
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError(self._fault())

    def _fault(self) -> str:
        """Says what is wrong with an answer, for the receiver's owner."""
        if self._reader.at_eof():
            return "the connection was closed without a whole answer"
        return f"the answer is no HTTP, or its head is longer than {MAX_HEAD_BYTES // 1024} KiB"

    async def _keep_body(self, kept: bytearray) -> None:
        while len(kept) < MAX_ANSWER_BYTES:
            event = await self._next_event()
            if not isinstance(event, h11.Data):
                self._begin_anew()
                return
            kept += event.data

    def _begin_anew(self) -> None:
        """Prepares for the next POST, if both sides have ended this one and neither closes."""
        is_over = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        # What came behind an answer would be taken for the next one.
        if is_over and not self._http.trailing_data[0]:
            self._http.start_next_cycle()

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event
