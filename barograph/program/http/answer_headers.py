"""What the headers of every answer say to browsers and caches, unless a route says otherwise itself."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS = b"max-age=31536000"
# Pages name what they load. What isn't meant to be a page loads nothing, should it be taken for one.
POLICY = b"default-src 'none'; frame-ancestors 'none'"
_ABOUT_LOG_INS = ("/auth", "/session")
_LOCAL = re.compile(r"(.*\.)?localhost(:\d+)?|127\.0\.0\.1(:\d+)?|\[::1\](:\d+)?")
_READS = {"GET", "HEAD"}
_STARTS = {"http.response.start", "websocket.http.response.start"}


class AnswerHeaders:
    """The outermost layer of an application: no answer passes it by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_complete(message: Message) -> None:
            if message["type"] in _STARTS:
                message["headers"] = _completed(scope, message)
            await send(message)

        await self.app(scope, receive, send_complete)


def _completed(scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
    """An answer's headers, and those that are missing."""
    defaults = {
        b"x-content-type-options": b"nosniff",
        b"content-security-policy": POLICY,
        b"referrer-policy": b"no-referrer",
        b"cache-control": _cache_control(scope, message["status"]),
    }
    if scope["scheme"] in {"https", "wss"} and not _is_local(scope):
        defaults[b"strict-transport-security"] = HSTS
    given = list(message.get("headers", []))
    names = {name.lower() for name, _ in given}
    return given + [(name, value) for name, value in defaults.items() if name not in names]


def _is_local(scope: Scope) -> bool:
    """Whether a browser would hold the promise against everything else on its own machine, too."""
    host: bytes = dict(scope["headers"]).get(b"host", b"")
    return _LOCAL.fullmatch(host.decode("latin-1")) is not None


def _cache_control(scope: Scope, status: int) -> bytes:
    """Nothing that shows a secret or answers a log-in is kept; the rest is asked about before it is used."""
    is_read = scope.get("method", "GET") in _READS
    if not is_read or status == 401 or scope["path"].startswith(_ABOUT_LOG_INS):
        return b"no-store"
    return b"private, no-cache"
