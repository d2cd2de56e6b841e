"""The audit trail: who did what to what. Written in the transaction of the change, so neither is without
the other; a route that changes something takes `trail: Audit`.

`before` and `after` are what the change is about: the whole item where one is created or deleted, else
the fields that differ. What is shown once, such as a token, is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends, Request
from psycopg.types.json import Jsonb
from pydantic import BaseModel, TypeAdapter

from api.edge.answers.replays import SHOWN_ONCE
from api.edge.bodies.fields import Item
from api.edge.bodies.names import folded
from api.edge.statements import run
from api.edge.transaction import Transaction
from api.rights.caller import Account
from api.rights.grants import Grant
from barograph.database.connections import Connection

Document: TypeAlias = BaseModel | Mapping[str, Any]
MAX_AGENT_CHARACTERS = 200
_ANY = TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class Change:
    """A change of one thing. `before` is None if it was created, `after` is None if it was deleted."""

    subject_id: UUID | None
    before: Document | None = None
    after: Document | None = None


class Trail:
    """The audit trail as one request writes it."""

    def __init__(self, request: Request, connection: Connection) -> None:
        self._connection = connection
        self._request_id: str | None = getattr(request.state, "request_id", None)
        self._address = request.client.host if request.client else None
        self._agent = folded(request.headers.get("user-agent", "").replace("\0", ""))[:MAX_AGENT_CHARACTERS]

    @property
    def origin(self) -> dict[str, str | None]:
        """Where the request comes from, for a log-in that remembers it."""
        return {"address": self._address, "agent": self._agent or None}

    async def record(self, by: Grant | Account | None, action: str, change: Change) -> None:
        """Notes one change under an action such as `run.create`. `by` is None if nobody is logged in."""
        await self.record_all(by, action, [change])

    async def record_all(self, by: Grant | Account | None, action: str, changes: Sequence[Change]) -> None:
        """Notes the same action on several things."""
        subjects = {
            "subject_ids": [change.subject_id for change in changes],
            "befores": [_document(change.before) for change in changes],
            "afters": [_document(change.after) for change in changes],
        }
        request = {"request_id": self._request_id, "address": self._address}
        await run(self._connection, "audit.record", _actor(by) | subjects | request | {"action": action})


async def _trail(request: Request, connection: Transaction) -> Trail:
    return Trail(request, connection)


async def _trail_later(request: Request) -> Callable[[Connection], Trail]:
    return partial(Trail, request)


Audit = Annotated[Trail, Depends(_trail)]
AuditLater = Annotated[Callable[[Connection], Trail], Depends(_trail_later)]
"""For a route that begins its transaction itself: the trail in that transaction."""


def difference(subject_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """The fields of `after` whose values are others than before."""
    differing = [name for name, value in after.items() if before[name] != value]
    return Change(
        subject_id, {name: before[name] for name in differing}, {name: after[name] for name in differing}
    )


def alteration(before: Item, after: Item) -> Change:
    """The fields of an item that a change altered, its version and time of change aside."""
    excluded = {"version", "updated_at"}
    old = before.model_dump(mode="json", exclude=excluded, by_alias=True)
    return difference(after.id, old, after.model_dump(mode="json", exclude=excluded, by_alias=True))


def _actor(by: Grant | Account | None) -> dict[str, Any]:
    account = by.caller if isinstance(by, Grant) else by
    return {
        "project_id": by.project_id if isinstance(by, Grant) else None,
        "actor_id": account.id if account else None,
        "actor": account.label if account else "nobody",
        "role": by.role if isinstance(by, Grant) else None,
    }


def _document(given: Document | None) -> Jsonb | None:
    if given is None:
        return None
    if isinstance(given, BaseModel):
        secrets = {
            name for name, field in type(given).model_fields.items() if field.json_schema_extra == SHOWN_ONCE
        }
        return Jsonb(given.model_dump(mode="json", exclude=secrets, by_alias=True))
    return Jsonb(_ANY.dump_python(dict(given), mode="json"))
