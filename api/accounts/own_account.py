"""What people change of their own account: their name, and how pages are to be."""

import json
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body
from psycopg.types.json import Jsonb
from pydantic import AfterValidator, Field

from api.accounts.token_routes import Me, read_account
from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, PersonName
from api.edge.bodies.json_objects import FreeForm
from api.edge.bodies.merge_patch import MergePatch
from api.edge.routing.route import Route
from api.edge.statements import fetch_row, run
from api.edge.transaction import Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.caller import LoggedIn
from barograph.errors import Forbidden

MAX_PREFERENCES_BYTES = 8192

router = APIRouter(prefix="/auth", tags=["identity"], route_class=Route)


def _small(document: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(document, ensure_ascii=False).encode()) > MAX_PREFERENCES_BYTES:
        raise ValueError(f"preferences hold at most {MAX_PREFERENCES_BYTES:,} bytes as JSON")
    return document


class OwnAccount(Input):
    patch_example: ClassVar = {"preferences": {"theme": "dark"}}

    name: PersonName = ""
    preferences: Annotated[FreeForm, AfterValidator(_small)] = Field(
        {}, description=f"Any object, of {MAX_PREFERENCES_BYTES // 1024} KiB at most; a null removes a member"
    )


@router.patch("/me")
async def change_me(
    caller: LoggedIn,
    body: Annotated[MergePatch[OwnAccount], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Me:
    """Changes the caller's own name and preferences. A change of preferences alone is no news to anybody."""
    if caller.email is None:
        raise Forbidden("this is for people; a service account has no name or preferences of its own here")
    stored = await fetch_row(connection, "identity.lock_own", {"id": caller.id})
    expected.check(stored["version"])
    fields = body.apply(stored)
    changed = {"name": fields.name, "preferences": Jsonb(fields.preferences)}
    await run(connection, "identity.change_own", changed | {"id": caller.id})
    if fields.name != stored["name"]:
        change = Change(caller.id, before={"name": stored["name"]}, after={"name": fields.name})
        await trail.record(caller, "account.rename", change)
    return await read_account(connection, caller.id)
