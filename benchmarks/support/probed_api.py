"""The API with probes: routes that do less and less of what a request needs, so that the rest can be told.

/probe/http                   answered before the application: the server, the parser, the event loop
/health                       and headers, request id, metrics, FastAPI
/api/v1/probe/route           and the edge: rates, media types, parameters, a line of the log
/api/v1/probe/connection      and a connection out of the pool
/api/v1/probe/statement       and one statement
/api/v1/probe/transaction     and begin and commit around it
/twin/<path of a route>       what comes before its handler: who calls, rights, a question's turn

Run by `python -m benchmarks.request_cost`, with the settings of the API in the environment.
"""

from functools import wraps

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from api.edge.routing.route import PREFIX, resource_router, stepwise_router
from api.edge.routing.route_table import install_route_table
from api.edge.transaction import Database, Transaction
from barograph.database.connections import Connection
from barograph.program.http.server import Server, configure, listen
from barograph.program.log import configure_logging
from barograph.program.memory import keep_what_stays
from barograph.settings import Settings

HTTP = "/probe/http"
TWIN = "/twin"
TWINS = (
    "/sensors/{sensor_id:uuid}/readings",
    "/series",
    "/runs/{run_id:uuid}/overview",
    "/runs/{run_id:uuid}",
    "/projects/{project_id:uuid}/runs",
)
_BODY = b"{}"
stepwise = stepwise_router("probe")
connected = resource_router("probe")


@stepwise.get("/probe/route")
async def probe_route() -> Response:
    """The edge alone."""
    return _nothing()


@connected.get("/probe/connection")
async def probe_connection(connection: Database) -> Response:  # noqa: ARG001  # it is there
    """With a connection."""
    return _nothing()


@connected.get("/probe/statement")
async def probe_statement(connection: Database) -> Response:
    """With a statement."""
    await _ask(connection)
    return _nothing()


@connected.get("/probe/transaction")
async def probe_transaction(connection: Transaction) -> Response:
    """With a statement in a transaction."""
    await _ask(connection)
    return _nothing()


class Outermost:
    """Answers one path before the application sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == HTTP:
            headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": _BODY})
        else:
            await self._app(scope, receive, send)


def main() -> None:
    """Serves until it is told to stop."""
    settings = Settings()  # pyright: ignore[reportCallIssue]  # from the environment
    configure_logging(settings, "api")
    assert settings.database_url is not None
    app = create_app(settings, settings.database_url)
    _add_probes(app)
    keep_what_stays()
    config = configure(app, settings, shutdown_s=1)
    config.app = Outermost(app=config.app)  # pyright: ignore[reportArgumentType]  # an application
    Server(config).run([listen(settings.host, settings.api_port)])


def _add_probes(app: FastAPI) -> None:
    twins = [
        _twin(route)
        for route in app.routes
        if isinstance(route, APIRoute)
        and "GET" in (route.methods or ())
        and route.path.removeprefix(PREFIX) in TWINS
    ]
    app.router.routes[:0] = [*stepwise.routes, *connected.routes, *twins]
    install_route_table(app)


def _twin(route: APIRoute) -> APIRoute:
    @wraps(route.endpoint)
    async def nothing(**_: object) -> Response:
        return _nothing()

    return type(route)(TWIN + route.path, nothing, methods=route.methods, response_model=None)


async def _ask(connection: Connection) -> None:
    cursor = await connection.execute("select 1 as one")
    await cursor.fetchone()


def _nothing() -> Response:
    return Response(_BODY, media_type="application/json")


if __name__ == "__main__":
    main()
