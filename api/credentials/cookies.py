"""Log-ins by cookie, for browsers: the cookies, and the proof that a change was meant.

A browser sends its cookies along with what any page makes it send. So a change made with the cookie must
carry `X-CSRF-Token`, which only our own pages can read, and come from an origin that is known.

Why: decision 43.
"""

import base64
import hmac
from typing import Literal, cast
from urllib.parse import urlsplit

from fastapi import Response
from starlette.requests import HTTPConnection

from barograph.errors import Forbidden
from barograph.settings import Settings

SESSION = "barograph-session"
CSRF = "barograph-csrf"
CSRF_HEADER = "X-CSRF-Token"
# As RFC 6265bis spells it; Starlette takes it, but has typed the small letters alone.
_LAX = cast("Literal['lax']", "Lax")
_READS = {"GET", "HEAD", "OPTIONS"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def session_token(request: HTTPConnection) -> str | None:
    """The token in the session cookie."""
    return request.cookies.get(_session_name(request)) if request.cookies else None


def csrf_token(session: str) -> str:
    """The session's proof of intent. It leads nowhere back to the session's own token."""
    proof = hmac.digest(session.encode(), b"csrf", "sha256")
    return base64.urlsafe_b64encode(proof).decode().rstrip("=")


def set_cookies(response: Response, request: HTTPConnection, session: str, life_s: int) -> None:
    """Gives the browser the session, which no script can read, and its CSRF token, which ours must."""
    is_secure = _is_secure(request)
    response.set_cookie(
        _session_name(request), session, life_s, secure=is_secure, httponly=True, samesite=_LAX
    )
    response.set_cookie(CSRF, csrf_token(session), life_s, secure=is_secure, samesite=_LAX)


def clear_cookies(response: Response, request: HTTPConnection) -> None:
    """Takes them back."""
    is_secure = _is_secure(request)
    response.delete_cookie(_session_name(request), secure=is_secure, httponly=True, samesite=_LAX)
    response.delete_cookie(CSRF, secure=is_secure, samesite=_LAX)


def check_intent(request: HTTPConnection, settings: Settings, session: str) -> None:
    """Lets reads pass, and changes that our own pages make.

    Raises:
        Forbidden: the request may come from a page of somebody else's.
    """
    # A WebSocket has no method; whoever opens one reads, but over a channel that CORS does not guard.
    if request.scope["type"] == "websocket":
        check_origin(request, settings)
    elif request.scope["method"] not in _READS:
        check_origin(request, settings)
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), csrf_token(session).encode()):
            raise Forbidden(f"send the cookie {CSRF} as {CSRF_HEADER}")


def check_origin(request: HTTPConnection, settings: Settings) -> None:
    """Lets pass what comes from a page that is known: our own address, or a configured one.

    Raises:
        Forbidden: it comes from elsewhere, or does not say where from.
    """
    own = f"{_web_scheme(request)}://{request.headers.get('host', '')}"
    known = {own, _origin(settings.public_url or own), *allowed_origins(settings)}
    if request.headers.get("origin") not in known:
        raise Forbidden(
            "the Origin of this request is none that may call with a cookie; the operator names others in "
            "BAROGRAPH_CORS_ORIGINS"
        )


def allowed_origins(settings: Settings) -> list[str]:
    """The other sites whose pages may call, as `https://portal.example.org`."""
    return [origin.strip().rstrip("/") for origin in settings.cors_origins.split(",") if origin.strip()]


def _session_name(request: HTTPConnection) -> str:
    # Browsers take a name with this prefix only from the very host, never from a neighbour's subdomain.
    return f"__Host-{SESSION}" if _is_secure(request) else SESSION


def _is_secure(request: HTTPConnection) -> bool:
    """Whether cookies are for HTTPS alone: everywhere but on this machine."""
    host = request.url.hostname or ""
    return host not in _LOOPBACK and not host.endswith(".localhost")


def _web_scheme(request: HTTPConnection) -> str:
    return {"ws": "http", "wss": "https"}.get(request.url.scheme, request.url.scheme)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
