"""What every route of the API does before and after its handler.

request -> rates, media types, parameters, who calls if the body is large, body read
        -> a connection, or a transaction begins -> rights, handler
        -> answer kept under its Idempotency-Key -> commit -> answer

The body is read before a connection is taken, so a slow client holds none.
"""

import email.message
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property, partial
from typing import Any, ClassVar, TypeGuard, get_type_hints

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import Message

from api.edge.answers.etags import ItemResponse, LivelyItemResponse, unless_known
from api.edge.answers.media_types import Media, negotiate
from api.edge.answers.replays import ReplayedAnswer, keep
from api.edge.bodies.fields import Item
from api.edge.routing.dependency_plans import plan
from api.edge.routing.query_parameters import QueryParameters
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.state import shared
from api.edge.times.asked_times import note_request
from api.edge.transaction import needs_transaction
from barograph.archive.statements import ask_prepared
from barograph.database.connections import Connection
from barograph.errors import FieldError, Forbidden, Invalid, TooLarge, UnsupportedMediaType

READS = {"GET", "HEAD"}
MAX_BODY_BYTES = 2**20
MAX_FILE_BYTES = 2**23
# What is read before anybody has logged in, or without it.
MAX_STRANGERS_BODY_BYTES = 2**17

PREFIX = "/api/v1"

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


def resource_router(tag: str) -> APIRouter:
    """A router for one kind of resource, below `/api/v1`."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=Route)


def file_router(tag: str) -> APIRouter:
    """A router for routes that take a file, or a piece of one, as their body."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=FileRoute)


class CheckedRoute(APIRoute):
    """A route that refuses what it would otherwise ignore; it has no transaction of its own."""

    max_body_bytes = MAX_BODY_BYTES
    media_types: ClassVar[Sequence[Media]] = (Media.JSON,)

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  # APIRoute's
        shown = get_type_hints(endpoint).get("return")
        if _is_item(shown):
            options["response_class"] = ItemResponse if shown.changes_with_version else LivelyItemResponse
        # What generated clients call their methods.
        options["operation_id"] = endpoint.__name__
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handle:
        handle = self.wrap(self._planned_handler())

        async def check_and_handle(request: Request) -> Response:
            note_request()
            shared(request).rates.take(request)
            request = _bounded(request, self._max_body_bytes)
            negotiate(request.headers.get("accept", ""), self.media_types)
            self._parameters.check(request.query_params)
            _check_coding(request.headers.get("content-encoding", ""))
            if self._is_for_callers and _is_large(request):
                await shared(request).admit(request)
            await self.take_body(request)
            try:
                return self._unless_known(request, await handle(request))
            except Forbidden as refusal:
                await shared(request).note_refusal(request, refusal)
                raise
            except HTTPException as error:
                # FastAPI answers so where Python's parser gives up, such as on arrays that are 100,000 deep.
                if error.status_code == 400:
                    raise Invalid("the body can't be read as JSON") from error
                raise

        return check_and_handle

    def _planned_handler(self) -> Handle:
        """FastAPI's, which solves the plan of the signature instead of the signature."""
        signature, self.dependant = self.dependant, plan(self.dependant)
        try:
            return super().get_route_handler()
        finally:
            self.dependant = signature

    def wrap(self, handle: Handle) -> Handle:
        """Puts around the handler what this kind of route needs."""
        return handle

    async def take_body(self, request: Request) -> None:
        """Reads the body, and refuses one that the route does not read."""
        self.check_body(await request.body(), request.headers.get("content-type", ""))

    def check_body(self, body: bytes, content_type: str) -> None:
        """Refuses a body of a media type that the route does not read."""
        if body and not _is_json(content_type):
            raise UnsupportedMediaType("send JSON, as application/json")

    def _unless_known(self, request: Request, response: Response) -> Response:
        if request.method not in READS:
            return response
        return unless_known(request.headers.get("if-none-match"), response)

    @cached_property
    def _is_for_callers(self) -> bool:
        return _asks_who_calls(self.dependant)

    @property
    def _max_body_bytes(self) -> int:
        return self.max_body_bytes if self._is_for_callers else MAX_STRANGERS_BODY_BYTES

    @cached_property
    def _parameters(self) -> QueryParameters:
        return QueryParameters.of(self.dependant)


class Route(CheckedRoute):
    """A route with a connection. What it changes is one transaction, committed before the answer is sent."""

    def wrap(self, handle: Handle) -> Handle:
        is_read = READS.issuperset(self.methods or ())
        has_transaction = not is_read or needs_transaction(self.dependant)

        def connected(request: Request) -> AbstractAsyncContextManager[Connection]:
            return begin_for(request, is_read=is_read) if has_transaction else lend_to(request)

        async def handle_connected(request: Request) -> Response:
            return await ask_prepared(shared(request).pool, partial(handle_once, request))

        async def handle_once(request: Request) -> Response:
            async with connected(request) as connection:
                request.state.connection = connection
                try:
                    response = await handle(request)
                except ReplayedAnswer as replay:
                    return replay.response
                await keep(request, response, self._model)
                return response

        return handle_connected

    @property
    def _model(self) -> type[BaseModel] | None:
        model = self.response_model
        return model if isinstance(model, type) and issubclass(model, BaseModel) else None


class FileRoute(Route):
    """A route whose body is a file, as it is. The handler reads it by `request.body()`."""

    max_body_bytes = MAX_FILE_BYTES

    def check_body(self, body: bytes, content_type: str) -> None:
        _check_file(body, content_type)


class StreamedFileRoute(CheckedRoute):
    """The same for a file of any size. The handler reads it by `request.stream()`, and bounds it."""

    max_body_bytes = 2**63

    async def take_body(self, request: Request) -> None:
        _check_file_type(request.headers.get("content-type", ""))


class ParsedFileRoute(CheckedRoute):
    """The same for a route that reads the file, and holds no connection meanwhile."""

    max_body_bytes = MAX_FILE_BYTES

    def check_body(self, body: bytes, content_type: str) -> None:
        _check_file(body, content_type)


def streamed_file_router(tag: str) -> APIRouter:
    """A router for routes that take a file of any size, which is their body."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=StreamedFileRoute)


def stepwise_router(tag: str) -> APIRouter:
    """A router for routes that take a connection only for as long as each of their steps needs one."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=CheckedRoute)


def parsed_file_router(tag: str) -> APIRouter:
    """A router for routes that read a file, which is their body."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=ParsedFileRoute)


def file_body(description: str) -> dict[str, Any]:
    """The description of such a body for OpenAPI."""
    schema = {"type": "string", "format": "binary"}
    content = {"application/octet-stream": {"schema": schema}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def _check_file(body: bytes, content_type: str) -> None:
    if not body:
        raise Invalid("send the file itself as the body", [FieldError("/body", "is empty")])
    _check_file_type(content_type)


def _check_file_type(content_type: str) -> None:
    if content_type.startswith(("multipart/", "application/x-www-form-urlencoded")):
        raise UnsupportedMediaType("send the file itself as the body, as application/octet-stream")


def _bounded(request: Request, max_bytes: int) -> Request:
    """The same request, whose body ends in an error where it exceeds the limit."""
    received_bytes = 0

    async def receive() -> Message:
        nonlocal received_bytes
        message = await request.receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > max_bytes:
            raise TooLarge(f"a body holds at most {max_bytes:,} bytes")
        return message

    return Request(request.scope, receive)


def _is_large(request: Request) -> bool:
    """Whether the body may be more than strangers may send."""
    length = request.headers.get("content-length", "")
    return "transfer-encoding" in request.headers or int(length or 0) > MAX_STRANGERS_BODY_BYTES


def _asks_who_calls(dependant: Dependant) -> bool:
    """Whether a route, or anything that its signature asks for, asks for a token or a cookie."""
    return isinstance(dependant.call, SecurityBase) or any(map(_asks_who_calls, dependant.dependencies))


def _check_coding(coding: str) -> None:
    if coding.strip().lower() not in {"", "identity"}:
        said = "send the body as it is, without Content-Encoding"
        raise UnsupportedMediaType(said, accept_encoding="identity")


def _is_json(content_type: str) -> bool:
    if content_type == Media.JSON:
        # As nearly all say; the parser of mails takes longer than the rest of the checks.
        return True
    message = email.message.Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )


def _is_item(annotation: object) -> TypeGuard[type[Item]]:
    return isinstance(annotation, type) and issubclass(annotation, Item)
