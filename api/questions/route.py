"""Routes that ask about readings. Their handlers run in a question's thread, with its connection."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from api.edge.answers.media_types import TABLE_MEDIA, Media
from api.edge.answers.slow_clients import wait_until_gone
from api.edge.routing.route import PREFIX, Handle, Route
from api.edge.transaction import needs_transaction
from api.questions.questions import Questions
from barograph.database.connections import Connection

T = TypeVar("T")


class QuestionRoute(Route):
    """A route that reads. Its answer may be a table."""

    media_types = TABLE_MEDIA

    def wrap(self, handle: Handle) -> Handle:
        has_transaction = needs_transaction(self.dependant)

        async def handle_in_turn(request: Request) -> Response:
            async def ask(connection: Connection) -> Response:
                request.state.connection = connection
                return await handle(request)

            questions: Questions = request.app.state.questions
            who = await questions.askers.find(request)
            return await _unless_gone(request, questions.answer(who, ask, has_transaction=has_transaction))

        return handle_in_turn


class JsonQuestionRoute(QuestionRoute):
    """One whose answer is no table."""

    media_types = (Media.JSON,)


def question_router(tag: str, route_class: type[QuestionRoute] = QuestionRoute) -> APIRouter:
    """A router for questions about readings, below `/api/v1`."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=route_class)


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Gives the work up when the client leaves: nobody would read the answer."""
    working = asyncio.create_task(work)
    gone = asyncio.create_task(wait_until_gone(request.receive))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            await asyncio.wait({working})
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        gone.cancel()
