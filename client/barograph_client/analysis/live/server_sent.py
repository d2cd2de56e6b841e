"""Streams of server-sent events that go on after a cut, where they were."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from barograph_client.analysis.extra import httpx
from barograph_client.analysis.problems import ApiUnavailable, StreamOver
from barograph_client.analysis.transport.retrying import RetryPatience
from barograph_client.analysis.transport.transport import EVENTS, ApiTransport

# The server goes away, or can't answer now, or wants a new log-in: all of these pass.
_PASSING = frozenset({1012, 1013, 4401})


class StreamedMessage(NamedTuple):
    """One event of a stream. `id` is where to go on after it, if it says so."""

    name: str
    id: str | None
    data: str | None


def read_messages(pieces: Iterable[bytes]) -> Iterator[StreamedMessage]:
    """Each as soon as the empty line after it has come. One that was cut off is left out."""
    fields: dict[str, list[str]] = {}
    for line in _lines(pieces):
        name, _, value = line.partition(":")
        if line:
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields or "id" in fields:
            data = "\n".join(fields["data"]) if "data" in fields else None
            yield StreamedMessage(
                fields.get("event", ["message"])[-1], fields["id"][-1] if "id" in fields else None, data
            )
        fields = {}


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Cuts by line feeds alone: texts may hold other characters that end lines elsewhere."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode().removesuffix("\r")


class ResumedStream:
    """Messages of a stream, over any number of connections.

    Attributes:
        position: the last id; where to go on.
    """

    def __init__(
        self, api: ApiTransport, path: str, asked: Mapping[str, object], position: str | None, within_s: float
    ) -> None:
        self._api, self._path, self._asked = api, path, asked
        self._within_s = within_s
        self.position = position

    def messages(self) -> Generator[StreamedMessage]:
        """Yields messages without end.

        Raises:
            StreamOver: the server has ended it for good; says why.
            ApiUnavailable: it can't be had again for too long.
        """
        patience = RetryPatience(self._within_s)
        while True:
            try:
                for message in self._connection():
                    patience = RetryPatience(self._within_s)
                    yield message
                trouble = "the stream ended early"
            except httpx.TransportError as error:
                trouble = str(error) or type(error).__name__
            if not patience.wait():
                raise ApiUnavailable(f"the stream {self._path} can't be had again: {trouble}")

    def _connection(self) -> Iterator[StreamedMessage]:
        """Yields the messages of one connection, until it is cut."""
        headers = {} if self.position is None else {"Last-Event-ID": self.position}
        with self._api.stream(self._path, self._asked, accept=EVENTS, headers=headers) as answer:
            for message in read_messages(answer.iter_bytes()):
                if message.name == "end" and message.data is not None:
                    said = json.loads(message.data)
                    if said["close"] in _PASSING:
                        return
                    raise StreamOver(f"{said['detail']} ({said['code']})")
                self.position = message.id or self.position
                if message.data is not None:
                    yield message


def read_data(message: StreamedMessage) -> dict[str, Any]:
    """The message's data as JSON."""
    return json.loads(message.data or "{}")
