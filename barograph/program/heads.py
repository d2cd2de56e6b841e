"""Heads of requests that HTTP leaves open to interpretation, settled before any route sees them.

HEAD is answered wherever GET is, without the body (RFC 9110, 9.3.2). Fields that come twice are one list, or
are refused: one reader would take the first, another the last (RFC 9110, 5.3).
"""

import asyncio
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from barograph.errors import FieldError, Invalid, NotFound

Fields = Sequence[tuple[bytes, bytes]]
LISTS = frozenset({b"accept", b"accept-encoding", b"if-match", b"if-none-match"})
# What has one value.
SINGLE = frozenset(
    {
        *(b"authorization", b"content-type", b"idempotency-key", b"if-range", b"last-event-id", b"range"),
        *(b"x-csrf-token", b"x-request-id"),
    }
)
NOTHING_THERE = "there is nothing at this path"
_NO_BODY = {"type": "http.response.body", "body": b"", "more_body": False}


def joined_fields(fields: Fields) -> Fields:
    """The fields of a request, lists that came in several lines in one.

    Raises:
        Invalid: of what has one value there are two.
    """
    if len({name for name, _ in fields}) == len(fields):
        return fields
    joined: dict[bytes, bytes] = {}
    rest: list[tuple[bytes, bytes]] = []
    for name, value in fields:
        if name in LISTS:
            joined[name] = joined[name] + b", " + value if name in joined else value
        elif name not in SINGLE:
            rest.append((name, value))
        elif joined.setdefault(name, value) != value:
            said = name.decode()
            fault = FieldError(f"/header/{said}", "has one value")
            raise Invalid(f"the header {said} is given twice", [fault])
    return [*joined.items(), *rest]


def check_path(path: str) -> None:
    """Comes back unless a line ends in the path: patterns of routes would overlook that at its end.

    Raises:
        NotFound: one does.
    """
    if "\n" in path:
        raise NotFound(NOTHING_THERE)


def is_for_get(scope: Scope) -> bool:
    """Whether this is a HEAD that no route of its program answers by itself."""
    if scope["method"] != "HEAD":
        return False
    routes: Sequence[BaseRoute] = scope["app"].routes
    return not any(route.matches(scope)[0] is Match.FULL for route in routes)


async def answer_head(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Asks as GET, and sends the head of the answer alone. What would go on is ended: its client has left."""
    asked = {**scope, "method": "GET"}

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send(_NO_BODY)
        else:
            await asyncio.sleep(0)

    try:
        await app(asked, receive, send_head)
    finally:
        scope["route"] = asked.get("route")
