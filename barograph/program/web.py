"""What every HTTP program has: request ids, problem documents, /health, /ready and /metrics.

request -> RequestContext (id, log line, metrics) -> routes -> error handlers -> problem document
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from itertools import starmap
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import structlog
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from barograph.database.refusals import translate
from barograph.errors import (
    BarographError,
    BatchRefused,
    FieldError,
    Invalid,
    NotFound,
    RangeNotSatisfiable,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    fault_text,
    slug_and_title,
)
from barograph.program.heads import NOTHING_THERE, answer_head, check_path, is_for_get, joined_fields
from barograph.program.tracing import trace_request

PROBLEM = "application/problem+json"
READY_WITHIN_S = 3
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What pydantic puts into the place of a fault where a value may be of several types.
_OF_TYPE = re.compile(
    r"(literal|function-[a-z]+|lax-or-strict|json-or-python|nullable|list|dict|constrained-[a-z]+)(\[.*\])?|"
    r"bool|float|int|none|str|uuid|datetime"
)
# As nginx has it; no answer that anybody receives.
_CLIENT_LEFT = 499
REQUESTS = Counter("barograph_http_requests_total", "Requests answered", ["method", "route", "status"])
# Without labels, so that it is there from the beginning. The first 5xx of a route begins a series of the
# counter above, which to Prometheus is no increase.
FAILURES = Counter("barograph_http_failures_total", "Requests answered with a 5xx, those to /ready aside")
DURATION = Histogram(
    "barograph_http_request_duration_seconds",
    "Time to answer",
    ["method", "route"],
    # The bound of the objective, 0.4 s, is one of them.
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 10, 60],
)
READY = Gauge("barograph_ready", "1 if the program can do its work, as /ready says; looked at by each scrape")
log = structlog.stdlib.get_logger(__name__)

ReadinessCheck = Callable[[], Awaitable[None]]


def install(app: FastAPI, readiness: Mapping[str, ReadinessCheck]) -> None:
    """Adds the shared parts to a program's application.

    Args:
        app: the application, before its first request.
        readiness: by what each asks, "the database"; it raises when the program can't do its work just now.
    """
    app.router.redirect_slashes = False  # here it is done without the name of the host
    disable_created_metrics()  # a second series for each counter, which nobody asks for
    app.add_middleware(RequestContext)
    app.add_exception_handler(BarographError, _answer_error)
    app.add_exception_handler(psycopg.Error, _answer_driver_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_unexpected)

    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]  # a route
        return {"status": "ok"}

    @app.get("/ready", include_in_schema=False)
    async def ready() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]  # a route
        for asked, check in readiness.items():
            await _finish_soon(asked, check)
        return {"status": "ready"}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:  # pyright: ignore[reportUnusedFunction]  # a route
        READY.set(await _are_met(readiness))
        # In a thread, for gauges may ask the database.
        return Response(await asyncio.to_thread(generate_latest), media_type=CONTENT_TYPE_LATEST)


async def _are_met(readiness: Mapping[str, ReadinessCheck]) -> bool:
    looks = await asyncio.gather(*starmap(_finish_soon, readiness.items()), return_exceptions=True)
    return not any(isinstance(look, Exception) for look in looks)


async def _finish_soon(asked: str, check: ReadinessCheck) -> None:
    """Does not wait for long: a database that hangs would hold up even the cancellation of a query."""
    task = asyncio.ensure_future(check())
    done, _ = await asyncio.wait({task}, timeout=READY_WITHIN_S)
    if not done:
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        task.cancel()
        raise Unavailable(f"{asked} does not answer in time")
    task.result()


class RequestContext:
    """Gives each request an id, which its log lines, its answer and its problem document carry."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), trace_request(scope) as trace:
            try:
                await self._answer(scope, receive, send_with_id)
            finally:
                if trace is not None:
                    trace.note(status)
                _record(scope, status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            check_path(scope["path"])
            scope["headers"] = joined_fields(scope["headers"])
        except (Invalid, NotFound) as refusal:
            await problem(Request(scope), refusal)(scope, receive, send)
            return
        if is_for_get(scope):
            await answer_head(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """The caller's id if it is a plausible one, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return (
        given
        if 8 <= len(given) <= 64 and given.isascii() and given.replace("-", "").isalnum()
        else str(uuid4())
    )


def _record(scope: Scope, status: int, duration_s: float) -> None:
    # The route's template, not the path: paths hold ids, and would make a time series each.
    route = getattr(scope.get("route"), "path", "unmatched")
    # A caller may make methods up.
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(method, route, status).inc()
    if status >= 500 and route != "/ready":
        FAILURES.inc()
    DURATION.labels(method, route).observe(duration_s)
    if route not in {"/health", "/ready", "/metrics"}:
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(duration_s * 1000, 1),
        )


def problem(request: HTTPConnection, error: BarographError) -> JSONResponse:
    """The error as an RFC 9457 document."""
    body = _document(request, error.slug, error.status, error.title, error.detail)
    if isinstance(error, Invalid | BatchRefused):
        body["errors"] = [{"pointer": e.pointer, "detail": e.detail} for e in error.errors]
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size_bytes}"
    if isinstance(error, UnsupportedMediaType) and error.accept_encoding:
        headers["Accept-Encoding"] = error.accept_encoding
    return JSONResponse(body, error.status, headers, media_type=PROBLEM)


def _document(request: HTTPConnection, slug: str, status: int, title: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:barograph:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", None),
    }


async def deny_socket(websocket: WebSocket, error: BarographError) -> None:
    """Refuses the upgrade, in the same words as a request."""
    await websocket.send_denial_response(problem(websocket, error))


def invalid_from(error: RequestValidationError) -> Invalid:
    """FastAPI's validation errors as pointers into the body (or the name of a parameter)."""
    said: dict[str, list[str]] = {}
    for fault in error.errors():
        is_named = fault["type"] == "extra_forbidden"
        location, text = fault["loc"], fault_text(fault["msg"], fault["type"])
        if fault["type"] == "json_invalid":  # its place is a character's, not a field's
            location, text = (), f"is no JSON: {fault['ctx']['error']}, at character {location[-1]}"
        elif fault["type"] == "missing" and location == ("body",):
            text = "the request has no body"
        said.setdefault(_pointer(location if is_named else _untyped(location)), []).append(text)
    faults = [FieldError(pointer, "; or ".join(dict.fromkeys(texts))) for pointer, texts in said.items()]
    return Invalid("the request does not fit its schema", faults)


def _untyped(location: Sequence[int | str]) -> Sequence[int | str]:
    """The location without the types that a value may be of, each of which pydantic says with its reason."""
    return [part for part in location if not (isinstance(part, str) and _OF_TYPE.fullmatch(part))]


def _pointer(location: Sequence[int | str]) -> str:
    parts = location[1:] if location and location[0] == "body" else location
    parts = [part for part in parts if part != "[key]"]  # pydantic's, of a key that is not valid
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, BarographError)  # noqa: S101  # what it is registered for
    return problem(request, error)


def _answer_driver_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, psycopg.Error)  # noqa: S101  # what it is registered for
    translated = translate(error)
    if translated.status >= 500:
        log.error("database error", exc_info=error)
    return problem(request, translated)


def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # what it is registered for
    return problem(request, invalid_from(error))


def _answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such path, wrong method), in our shape."""
    assert isinstance(error, HTTPException)  # noqa: S101  # what it is registered for
    status, detail = HTTPStatus(error.status_code), error.detail
    if status is HTTPStatus.NOT_FOUND and (elsewhere := _without_slash(request)) is not None:
        return Response(status_code=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": elsewhere})
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed = ", ".join(_allowed_methods(request))
        detail = f"{request.method} does nothing here; there are {allowed}"
    elif status is HTTPStatus.NOT_FOUND:
        detail = NOTHING_THERE
    slug, title = slug_and_title(status)
    body = _document(request, slug, status, title, detail)
    return JSONResponse(body, status, headers, media_type=PROBLEM)


def _without_slash(request: Request) -> str | None:
    """Where there is something, if the path has one slash too many at its end."""
    path: str = request.scope["path"]
    shorter = path.removesuffix("/")
    if shorter in ("", path) or not _has_route(request, path=shorter):
        return None
    query = request.url.query
    return quote(shorter) + (f"?{query}" if query else "")


def _allowed_methods(request: Request) -> list[str]:
    """The methods of all routes of the path; Starlette names the first route's alone.

    Where GET is, HEAD is.
    """
    found = {method for method in _METHODS if _has_route(request, method=method)}
    return [method for method in _METHODS if method in found or (method == "HEAD" and "GET" in found)]


def _has_route(request: Request, **instead: str) -> bool:
    scope = {**request.scope, **instead}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _answer_nobody(request: Request, error: Exception) -> Response:  # noqa: ARG001  # a handler's signature
    """The client left in the middle of its body. The status is for the log alone."""
    return Response(status_code=_CLIENT_LEFT)


def _answer_unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return problem(request, BarographError("something went wrong on our side; the log has the request's id"))
