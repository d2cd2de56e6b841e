"""A stream of server-sent events, as it is read line by line."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class ServerEvent(NamedTuple):
    """An event of the stream.

    Attributes:
        id: to go on from after a cut; None for an event without.
    """

    name: str
    id: str | None
    data: str


def read_events(lines: Iterable[bytes]) -> Iterator[ServerEvent]:
    """The events, each as soon as the empty line after it has come. One that was cut off is left out."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        name, _, value = text.partition(":")
        if text:
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            ids = fields.get("id")
            yield ServerEvent(
                fields.get("event", ["message"])[-1], ids[-1] if ids else None, "\n".join(fields["data"])
            )
        fields = {}
