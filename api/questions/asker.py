"""Who asks, and of which project, as far as taking turns goes. What they may see is decided later.

So this may be remembered for a moment, as rights may not: whoever has lost them meanwhile takes a turn of the
project, and is refused in it.

Why: decision 1071.
"""

import time
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from fastapi import Request

from api.edge.rates.senders import credential_key
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
REMEMBERED_S = 10.0
MAX_REMEMBERED = 10_000
# What tells log-ins apart, and what is asked about.
_Asked = tuple[bytes | None, AskedAbout]


class Askers:
    """Those who ask, remembered for some seconds. One per process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Until when, and whose turn it is. Those that were found first come first.
        self._known: dict[_Asked, tuple[float, TurnTaker]] = {}

    async def find(self, request: Request) -> TurnTaker:
        """Who sent a request.

        Raises:
            Unauthenticated: there is no log-in that holds.
        """
        credential, about = await credential_of(request), _asked_about(request)
        asked = credential_key(request), about
        until_s, taker = self._known.get(asked, (0.0, None))
        if taker is None or until_s < self._clock():
            async with lend_to(request) as connection:
                taker = await find_taker(connection, credential, about)
            self._remember(asked, taker)
        return taker

    def _remember(self, asked: _Asked, taker: TurnTaker) -> None:
        self._known.pop(asked, None)
        self._known[asked] = (self._clock() + REMEMBERED_S, taker)
        while len(self._known) > MAX_REMEMBERED:
            del self._known[next(iter(self._known))]


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
