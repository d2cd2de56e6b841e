"""Who asks, and of which project, as far as taking turns goes. What they may see is decided later.

So this may be remembered for a moment, as rights may not: whoever has lost them meanwhile takes a turn of the
project, and is refused in it.

Why: decision 1071, decision 1160.
"""

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Request

from api.edge.rates.senders import credential_key
from api.edge.routing.request_connections import lend_to
from api.rights.caller import Credential, credential_of
from api.rights.grants import of_caller
from barograph.database.connections import Connection
from barograph.program.fair_turns import TurnTaker


class AskedAbout(NamedTuple):
    """The subject of a question: the statement of `access` that finds it, and its id."""

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
Key = TypeVar("Key")
Value = TypeVar("Value")


class FoundAsker(NamedTuple):
    """The asker that was found: who, of which project, and whether it is one of theirs.

    Attributes:
        project_id: its surrogate; None if there is no such project.
    """

    caller_id: UUID
    project_id: int | None
    is_theirs: bool

    @property
    def taker(self) -> TurnTaker:
        """A question of a stranger costs no project a turn."""
        return TurnTaker(self.project_id if self.is_theirs else None, self.caller_id)


class Askers:
    """Remembers for some seconds who asks; one per process.

    Who a log-in is, which project something is of, and whose projects these are, each by itself: whoever
    looks at what others have looked at is not looked up again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._callers = _Remembered[bytes | None, UUID](clock)
        self._projects = _Remembered[AskedAbout, int | None](clock)
        self._theirs = _Remembered[tuple[UUID, int | None], bool](clock)

    async def find(self, request: Request) -> TurnTaker:
        """Finds who sent a request.

        Raises:
            Unauthenticated: there is no log-in that holds.
        """
        credential, about, key = await credential_of(request), _asked_about(request), credential_key(request)
        found = self._recall(key, about)
        if found is None:
            async with lend_to(request) as connection:
                found = await find_asker(connection, credential, about)
            self._callers.keep(key, found.caller_id)
            self._projects.keep(about, found.project_id)
            self._theirs.keep((found.caller_id, found.project_id), found.is_theirs)
        return found.taker

    def _recall(self, key: bytes | None, about: AskedAbout) -> FoundAsker | None:
        try:
            caller_id, project_id = self._callers[key], self._projects[about]
            return FoundAsker(caller_id, project_id, self._theirs[caller_id, project_id])
        except KeyError:
            return None


class _Remembered(Generic[Key, Value]):
    """Values that were found in the last seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Until when, and what. What was found first comes first.
        self._known: dict[Key, tuple[float, Value]] = {}

    def __getitem__(self, key: Key) -> Value:
        """The value of a key.

        Raises:
            KeyError: it is not known, or not any more.
        """
        until_s, value = self._known[key]
        if until_s < self._clock():
            raise KeyError(key)
        return value

    def keep(self, key: Key, value: Value) -> None:
        self._known.pop(key, None)
        self._known[key] = (self._clock() + REMEMBERED_S, value)
        while len(self._known) > MAX_REMEMBERED:
            del self._known[next(iter(self._known))]


async def find_asker(connection: Connection, credential: Credential, about: AskedAbout) -> FoundAsker:
    """The caller, and the project.

    Raises:
        Unauthenticated: there is no log-in that holds.
    """
    parameters = {**credential.parameters, "public_id": about.public_id}
    cursor = await connection.execute(of_caller(about.statement, credential.statement), parameters)
    row = await cursor.fetchone()
    caller = credential.identify(row)
    assert row is not None  # noqa: S101  # it has told who calls
    return FoundAsker(caller.id, row["project_id"], caller.is_admin or row["role"] is not None)


def _asked_about(request: Request) -> AskedAbout:
    for parameter, statement in _STATEMENTS.items():
        text = request.path_params.get(parameter) or request.query_params.get(parameter)
        try:
            if text is not None:
                return AskedAbout(statement, UUID(str(text)))
        except ValueError:
            break
    return NOTHING
