"""Values of a run's measures: what they are, what made them, and whether they are about to change."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field

from api.edge.bodies.fields import Time
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows
from api.edge.transaction import Transaction
from api.measures.fields import Layer, Over, StoredCondition
from api.rights.grants import Grant, RunViewer
from barograph.database.connections import Connection

router = resource_router("measures")


class MeasureProfile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sensor_id: UUID
    profile_id: UUID
    number: int


class MeasureValue(BaseModel):
    model_config = ConfigDict(extra="ignore")

    measure_id: UUID
    name: str
    sensor: str
    stat: str
    layer: Layer
    over: Over
    when: StoredCondition | None
    unit: str
    capture_session_id: UUID | None = Field(description="Whose value it is; null: the run's")
    ordinal: int | None = Field(description="Of the capture session in its run")
    value: float | None = Field(description="Null where no reading counts, or where `problem` says why")
    readings: int = Field(description="How many it is made of")
    profiles: list[MeasureProfile] = Field(description="The versions that made these readings' values")
    problem: str | None
    computed_at: Time | None
    is_stale: bool = Field(
        description="Whether what it rests on has changed since, or has not been looked at yet"
    )
    is_kept: bool = Field(
        description="Whether raw readings of it are gone: it stays what it was when they were there"
    )


class MeasureValues(BaseModel):
    items: list[MeasureValue]
    is_pending: bool = Field(
        description="Whether the run or a measure has changed so lately that values may be missing here"
    )


@router.get("/runs/{run_id:uuid}/measures")
async def read_measures(grant: RunViewer, connection: Transaction) -> MeasureValues:
    """The measures of a run and of its capture sessions, each with what made it.

    Those of raw values are left out for who may not see these.
    """
    return await read_values(connection, grant)


async def read_values(connection: Connection, grant: Grant) -> MeasureValues:
    """Reads the values of the run that the grant is on."""
    asked = {"run_id": grant.id, "sees_raw": grant.sees_raw}
    rows = await fetch_rows(connection, "measure.values", asked)
    pending = await fetch_row(connection, "measure.pending", asked)
    return MeasureValues(items=await name_values(connection, rows), is_pending=pending["is_pending"])


async def name_values(connection: Connection, rows: Sequence[DictRow]) -> list[MeasureValue]:
    """Rows of `measure.values` with the versions behind them."""
    named = await profiles_of(connection, {each for row in rows for each in row["profile_ids"]})
    return [
        MeasureValue.model_validate(row | {"profiles": [named[each] for each in row["profile_ids"]]})
        for row in rows
    ]


async def profiles_of(connection: Connection, profile_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The versions by surrogate, as answers describe them."""
    asked = sorted(profile_ids)
    rows = await fetch_rows(connection, "measure.profiles", {"profile_ids": asked}) if asked else []
    return {row["id"]: row for row in rows}
