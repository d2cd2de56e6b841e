"""Who asks, and of which project, as far as taking turns goes. What they may see is decided later."""

from typing import NamedTuple
from uuid import UUID

from fastapi import Request

from api.edge.routing.request_connections import lend_to
from api.rights.caller import Credential, credential_of
from api.rights.grants import of_caller
from barograph.database.connections import Connection
from barograph.program.fair_turns import TurnTaker


class AskedAbout(NamedTuple):
    """What a question is about: the statement of `access` that finds it, and its id."""

    statement: str
    public_id: UUID | None


# By parameter, in the path or the query. The first that is there decides.
_STATEMENTS = {
    "project_id": "access.project",
    "sensor_id": "access.sensor",
    "run_id": "access.run",
    "capture_session_id": "access.capture_session",
    "capture_session": "access.capture_session",
    "run": "access.run",
    "project": "access.project",
    "sensor": "access.sensor",
}
NOTHING = AskedAbout("access.nothing", None)


async def find_asker(request: Request) -> TurnTaker:
    """Who sent a request.

    Raises:
        Unauthenticated: there is no log-in that holds.
    """
    credential = await credential_of(request)
    async with lend_to(request) as connection:
        return await find_taker(connection, credential, _asked_about(request))


async def find_taker(connection: Connection, credential: Credential, about: AskedAbout) -> TurnTaker:
    """The caller, and the project if it is one of theirs. A question of a stranger costs no project a turn.

    Raises:
        Unauthenticated: there is no log-in that holds.
    """
    parameters = {**credential.parameters, "public_id": about.public_id}
    cursor = await connection.execute(of_caller(about.statement, credential.statement), parameters)
    row = await cursor.fetchone()
    caller = credential.identify(row)
    is_theirs = row is not None and (caller.is_admin or row["role"] is not None)
    return TurnTaker(row["project_id"] if row is not None and is_theirs else None, caller.id)


def _asked_about(request: Request) -> AskedAbout:
    for parameter, statement in _STATEMENTS.items():
        text = request.path_params.get(parameter) or request.query_params.get(parameter)
        try:
            if text is not None:
                return AskedAbout(statement, UUID(str(text)))
        except ValueError:
            break
    return NOTHING
