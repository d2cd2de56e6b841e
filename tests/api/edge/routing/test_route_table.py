"""The table of routes finds what a search through all finds, and leaves to it what it does not know."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from api.app import create_app
from api.edge.routing.route_table import RouteTable
from barograph.settings import Settings

ID = "00000000-0000-4000-8000-000000000000"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOWHERE = "otherwise"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    settings = Settings.model_construct(signing_key=SecretStr("a key that is never used for anything"))
    return create_app(settings, "postgresql://127.0.0.1:1/none")


def scope_of(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def found_by_search(routes: list[BaseRoute], method: str, path: str) -> BaseRoute | None:
    fitting = (route for route in routes if route.matches(scope_of(method, path))[0] is Match.FULL)
    return next(fitting, None)


async def receive_nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def handled_by(routes: list[BaseRoute], scope: Scope) -> str:
    """What the answer says: of the route, or of what comes where the table knows none."""
    bodies: list[bytes] = []

    async def send(message: Message) -> None:
        bodies.append(message.get("body", b""))

    async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(NOWHERE)(scope, receive, send)

    asyncio.run(RouteTable(routes, otherwise)(scope, receive_nothing, send))
    return b"".join(bodies).decode()


def named(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        assert request.scope["route"] is not None
        return PlainTextResponse(f"{name} {request.path_params}")

    return answer


def test_every_route_of_the_api_is_found_as_a_search_finds_it(app: FastAPI) -> None:
    table, routes = app.router.middleware_stack, app.router.routes
    assert isinstance(table, RouteTable)
    paths = {
        re.sub(r"\{[^}]*\}", ID, path)
        for route in routes
        if (path := getattr(route, "path", "")).startswith("/")
    }
    assert len(paths) > 100
    for path in paths:
        for method in METHODS:
            fitting = (
                route
                for route in table.candidates(path)
                if route.matches(scope_of(method, path))[0] is Match.FULL
            )
            assert next(fitting, None) is found_by_search(routes, method, path), (method, path)


def test_few_routes_are_asked_for_a_path(app: FastAPI) -> None:
    table = app.router.middleware_stack
    assert isinstance(table, RouteTable)
    assert len(table.candidates(f"/api/v1/runs/{ID}/overview")) == 1
    assert {route.path for route in table.candidates(f"/api/v1/runs/{ID}")} == {"/api/v1/runs/{run_id:uuid}"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/things/new", "new {}"),
        ("GET", "/things/7", "one {'number': 7}"),
        ("POST", "/things/7:start", "start {'number': 7}"),
        ("GET", "/", "root {}"),
        ("POST", "/things/7", NOWHERE),
        ("GET", "/things/7/", NOWHERE),
        ("GET", "/things/seven", NOWHERE),
        ("GET", "/things", NOWHERE),
        ("GET", "", NOWHERE),
        ("GET", "/files/a/b", NOWHERE),
        ("GET", "/behind", NOWHERE),
    ],
)
def test_a_route_is_found_by_its_path_and_method_or_left_to_the_search(
    method: str, path: str, expected: str
) -> None:
    routes: list[BaseRoute] = [
        Route("/", named("root")),
        Route("/things/new", named("new")),
        Route("/things/{number:int}", named("one")),
        Route("/things/{number:int}:start", named("start"), methods=["POST"]),
        Route("/files/{path:path}", named("files")),
        # What is asked behind a route of any number of segments can't be asked before it.
        Route("/behind", named("behind")),
    ]
    assert handled_by(routes, scope_of(method, path)) == expected


def test_the_first_of_several_routes_for_a_path_is_taken() -> None:
    routes: list[BaseRoute] = [
        Route("/things/{name}", named("by name")),
        Route("/things/new", named("new")),
        Route("/{kind}/new", named("by kind")),
    ]
    assert handled_by(routes, scope_of("GET", "/things/new")) == "by name {'name': 'new'}"
    assert handled_by(routes, scope_of("GET", "/others/new")) == "by kind {'kind': 'others'}"


def test_a_mount_and_a_path_below_a_root_are_left_to_the_search() -> None:
    routes: list[BaseRoute] = [Mount("/m", routes=[Route("/x", named("x"))]), Route("/y", named("y"))]
    assert handled_by(routes, scope_of("GET", "/y")) == NOWHERE
    below: dict[str, Any] = {**scope_of("GET", "/below/y"), "root_path": "/below"}
    assert handled_by([Route("/y", named("y"))], below) == NOWHERE
