"""Cookies as RFC 6265 has them reach an application; what holds a backslash is none, and does not."""

from starlette.types import ASGIApp, Receive, Scope, Send

Header = tuple[bytes, bytes]


class PlainCookies:
    """Keeps backslashes from `http.cookies`, by which Starlette and FastAPI read every request's cookies.

    There, unquoting takes time with the square of their number, 38 s for 200 KB (CVE-2024-7592).
    Python 3.9.20, 3.10.15, 3.11.10, 3.12.6 and 3.13.0 have the mend.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and any(map(_is_doubtful, scope["headers"])):
            scope["headers"] = [_plain(each) if _is_doubtful(each) else each for each in scope["headers"]]
        await self.app(scope, receive, send)


def _is_doubtful(header: Header) -> bool:
    return header[0] == b"cookie" and b"\\" in header[1]


def _plain(header: Header) -> Header:
    name, value = header
    return name, b";".join(pair for pair in value.split(b";") if b"\\" not in pair)
