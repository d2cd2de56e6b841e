"""Conversion profiles: numbered versions of a sensor's calibration, whose payload never changes."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import numpy as np
from fastapi.concurrency import run_in_threadpool
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field

from api.edge.bodies.fields import Input, Item, Text, Time
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row
from api.edge.transaction import Database, Transaction
from api.profiles.checks import check_units, compiled
from api.rights.audit_trail import Audit, Change
from api.rights.caller import Caller
from api.rights.grants import Grant, ProfileViewer, SensorEditor, SensorViewer
from api.rights.idempotency import Creation
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid

router = resource_router("conversion profiles")

MAX_VALUES = 10_000


class ProfileFormula(Input):
    kind: Annotated[str, Field(max_length=100, examples=["linear"])]
    payload: dict[str, Any] = Field({}, examples=[{"slope": 2.5, "offset": -1.0}])


class ProfileFields(ProfileFormula):
    note: Text = ""


class Evaluation(ProfileFormula):
    raw: Annotated[list[float], Field(max_length=MAX_VALUES)] = Field(examples=[[0.5, 2.5, 4.5]])
    aux: dict[str, Annotated[list[float | None], Field(max_length=MAX_VALUES)]] = Field(
        {},
        max_length=64,
        description="Physical values of the channels that the profile names, as many as `raw`; null: missing",
        examples=[{}],
    )


class Evaluated(BaseModel):
    physical: list[float | None]
    flags: list[int] = Field(description="Bit mask for each value; 0: nothing to remark")


class ValidityPiece(BaseModel):
    valid_from: Time | None = Field(description="null: from the beginning of time")
    valid_to: Time | None = Field(description="null: without end")


class Profile(Item):
    model_config = ConfigDict(extra="ignore")

    sensor_id: UUID
    number: int = Field(description="Of the version, from 1 for each sensor")
    kind: str
    payload: dict[str, Any] | None = Field(description="null if the caller may not see raw values")
    content_hash: str | None = Field(description="Of kind and payload; null as the payload is")
    note: str
    created_by: UUID | None
    deprecated_at: Time | None
    validity: list[ValidityPiece] = Field(
        description="When this version holds; empty: never activated, or replaced"
    )


@router.post("/sensors/{sensor_id:uuid}/conversion-profiles", status_code=201)
async def create_profile(
    grant: SensorEditor, body: ProfileFields, connection: Transaction, trail: Audit, _: Creation
) -> Profile:
    """Saves a version. It holds from no time on before it is activated."""
    profile = await run_in_threadpool(compiled, body.kind, body.payload)
    sensor = await fetch_row(connection, "profile.lock_sensor", {"sensor_id": grant.id})
    await run_in_threadpool(check_units, profile, sensor)
    created = await fetch_row(
        connection,
        "profile.create",
        {
            "sensor_id": grant.id,
            "kind": body.kind,
            "payload": Jsonb(body.payload),
            "content_hash": profile.content_hash,
            "note": body.note,
            "created_by": grant.caller.id,
        },
    )
    profile = await read(connection, grant, created["id"])
    await trail.record(grant, "conversion-profile.create", Change(profile.id, after=profile))
    return profile


@router.get("/sensors/{sensor_id:uuid}/conversion-profiles")
async def list_profiles(grant: SensorViewer, span: PageSpan, connection: Database) -> Page[Profile]:
    """The sensor's versions, newest first."""
    span, rows = await fetch_page(connection, "profile.list", span, {"sensor_id": grant.id})
    return Page[Profile].model_validate(span.cut([_shown(grant, row) for row in rows]))


@router.get("/conversion-profiles/{profile_id:uuid}")
async def read_profile(grant: ProfileViewer, connection: Database) -> Profile:
    """One version."""
    return await read(connection, grant, grant.id)


@router.post("/conversion-profiles:evaluate")
async def evaluate(body: Evaluation, _: Caller) -> Evaluated:
    """Converts values without saving anything."""
    return await run_in_threadpool(_evaluate, body)


async def read(connection: Connection, grant: Grant, profile_id: int) -> Profile:
    """A version as the grant's holder may see it."""
    row = await fetch_row(connection, "profile.item", {"id": profile_id})
    return Profile.model_validate(_shown(grant, row))


def _shown(grant: Grant, row: DictRow) -> DictRow:
    """Whoever may not see raw values gets no formula either: it would let one compute them."""
    return row if grant.sees_raw else row | {"payload": None, "content_hash": None}


def _evaluate(body: Evaluation) -> Evaluated:
    profile = compiled(body.kind, body.payload)
    _check_aux(profile.channels, body)
    aux = {name: np.array(values, np.float64) for name, values in body.aux.items()}
    converted = profile.convert(np.array(body.raw, np.float64), aux)
    physical = [None if np.isnan(value) else float(value) for value in converted.physical]
    return Evaluated(physical=physical, flags=converted.flags.tolist())


def _check_aux(channels: Sequence[str], body: Evaluation) -> None:
    count = len(body.raw)
    unknown = {name: "the profile names no such channel" for name in body.aux if name not in channels}
    lengths = {name: len(values) for name, values in body.aux.items()}
    uneven = {name: f"holds {n} values, raw {count}" for name, n in lengths.items() if n != count}
    if unknown or uneven:
        faults = [FieldError(f"/aux/{name}", detail) for name, detail in (uneven | unknown).items()]
        raise Invalid("the other channels don't fit", faults)
