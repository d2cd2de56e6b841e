"""Who asks, and of which project, as far as taking turns goes. What they may see is decided later."""

from typing import NamedTuple
from uuid import UUID

from fastapi import Request

from api.edge.request_connections import lend_to
from api.rights.caller import credential_of
from api.rights.grants import of_caller
from barograph.program.fair_turns import TurnTaker


class AskedAbout(NamedTuple):
    """A parameter that names what a question is about, and the statement of `access` that finds it."""

    parameter: str
    statement: str


# In the path or the query. The first that is there decides.
_ASKED_ABOUT = (
    AskedAbout("project_id", "access.project"),
    AskedAbout("sensor_id", "access.sensor"),
    AskedAbout("run_id", "access.run"),
    AskedAbout("capture_session_id", "access.capture_session"),
    AskedAbout("capture_session", "access.capture_session"),
    AskedAbout("run", "access.run"),
    AskedAbout("sensor", "access.sensor"),
)
_NOTHING = AskedAbout("", "access.nothing")


async def find_asker(request: Request) -> TurnTaker:
    """The caller, and the project if it is one of theirs. A question of a stranger costs no project a turn.

    Raises:
        Unauthenticated: there is no log-in that holds.
    """
    credential = await credential_of(request)
    about, public_id = _asked_about(request)
    parameters = {**credential.parameters, "public_id": public_id}
    async with lend_to(request) as connection:
        cursor = await connection.execute(of_caller(about.statement, credential.statement), parameters)
        row = await cursor.fetchone()
    caller = credential.identify(row)
    is_theirs = row is not None and (caller.is_admin or row["role"] is not None)
    return TurnTaker(row["project_id"] if row is not None and is_theirs else None, caller.id)


def _asked_about(request: Request) -> tuple[AskedAbout, UUID | None]:
    for about in _ASKED_ABOUT:
        text = request.path_params.get(about.parameter) or request.query_params.get(about.parameter)
        try:
            if text is not None:
                return about, UUID(str(text))
        except ValueError:
            break
    return _NOTHING, None
