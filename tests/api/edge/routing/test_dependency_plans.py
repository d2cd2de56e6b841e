"""What a signature asks for more than once is solved once; what it says, and refuses, stays as it is."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from fastapi.dependencies.models import Dependant
from fastapi.security.base import SecurityBase
from httpx import ASGITransport, AsyncClient, Response
from starlette.requests import HTTPConnection

from api.edge.routing.dependency_plans import done_at_once_by, plan
from api.edge.routing.route import CheckedRoute, Handle
from api.experiments import runs

ASKED: list[str] = []


async def _name(request: HTTPConnection) -> str:
    ASKED.append("name")
    return request.headers["x-name"]


async def _credential_at_once(request: HTTPConnection) -> str:
    ASKED.append("credential")
    return request.headers["x-name"]


@done_at_once_by(_credential_at_once)
async def _credential(name: Annotated[str, Depends(_name)]) -> str:
    ASKED.append("credential by its parts")
    return name


async def _caller(credential: Annotated[str, Depends(_credential)]) -> str:
    ASKED.append("caller")
    return f"caller {credential}"


async def _page(limit: Annotated[int, Query(ge=1)] = 50) -> int:
    ASKED.append("page")
    return limit


async def _claim(caller: Annotated[str, Depends(_caller)], page: Annotated[int, Depends(_page)]) -> str:
    return f"claim of {caller}, {page}"


class _PlannedRoute(CheckedRoute):
    """Without what a request of the API shares."""

    def get_route_handler(self) -> Handle:
        return self._planned_handler()


def ask(path: str) -> Response:
    app = FastAPI()

    async def answer(
        caller: Annotated[str, Depends(_caller)],
        page: Annotated[int, Depends(_page)],
        claim: Annotated[str, Depends(_claim)],
    ) -> dict[str, Any]:
        return {"caller": caller, "page": page, "claim": claim}

    app.router.routes.append(_PlannedRoute("/", answer))

    async def send() -> Response:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            return await client.get(path, headers={"x-name": "ada"})

    ASKED.clear()
    return asyncio.run(send())


def calls(dependant: Dependant) -> list[Any]:
    return [dependant.call, *[call for part in dependant.dependencies for call in calls(part)]]


def test_each_part_of_a_signature_is_solved_once_and_what_is_done_at_once_in_one_call() -> None:
    assert ask("/?limit=7").json() == {"caller": "caller ada", "page": 7, "claim": "claim of caller ada, 7"}
    assert ASKED == ["credential", "caller", "page"]


def test_an_invalid_parameter_that_two_parts_ask_for_is_refused_and_breaks_nothing() -> None:
    answer = ask("/?limit=0")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "limit"]


def test_the_plan_of_a_route_asks_for_no_header_and_for_nothing_twice() -> None:
    (create,) = [route for route in runs.router.routes if getattr(route, "name", "") == "create_run"]
    assert isinstance(create, CheckedRoute)
    # The document is made of the signature, with both ways to log in.
    asked = [call for call in calls(create.dependant) if isinstance(call, SecurityBase)]
    assert len(asked) == 4
    planned = plan(create.dependant)
    assert not any(isinstance(call, SecurityBase) for call in calls(planned))
    claim = planned.dependencies[-1]
    assert claim.name == "_"
    assert [part.request_param_name or part.http_connection_param_name for part in claim.dependencies] == [
        None,
        None,
    ]
