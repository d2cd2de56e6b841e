"""Dead letters: readings that were refused, kept as they came, to look at and to try again."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from api.edge.fields import Time
from api.edge.pages import Page, PageSpan, decode_cursor, encode_cursor
from api.edge.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_rows
from api.edge.transaction import Database, Transaction
from api.rejects.replay import replay
from api.rights.audit_trail import Audit, Change
from api.rights.grants import ProjectEditor, ProjectViewer
from barograph.errors import Forbidden
from barograph.times import to_us

router = resource_router("dead letters")

Code = Literal[
    "unknown-channel",
    "unknown-sensor",
    "sensor-inactive",
    "not-finite",
    "too-old",
    "too-far-ahead",
    "storage-refused",
]
Value = Annotated[
    float, WithJsonSchema({"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]})
]
_AFTER = TypeAdapter(tuple[Annotated[int, Field(ge=0, lt=2**63)]])


class RejectFilters(BaseModel):
    """What narrows dead letters down. `from` and `to` are about the reading's own time."""

    sensor: str | None = Field(default=None, max_length=500, description="Its key or id, or as it was sent")
    producer: str | None = Field(default=None, max_length=500)
    code: Code | None = None
    from_: Time | None = Field(default=None, alias="from")
    to: Time | None = None
    received_from: Time | None = None
    received_to: Time | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "sensor": self.sensor,
            "producer": self.producer,
            "code": self.code,
            "from_us": None if self.from_ is None else to_us(self.from_),
            "to_us": None if self.to is None else to_us(self.to),
            "received_from": self.received_from,
            "received_to": self.received_to,
        }


class RejectListFilters(RejectFilters):
    replayed: bool | None = Field(default=None, description="Only those stored after all, or only the rest")


class ReplayRequest(RejectFilters):
    """Which letters to try again: those named, or those that fit; all that wait if nothing is given."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=10_000)] | None = None
    cursor: str | None = Field(default=None, description="`next_cursor` of the answer before")


class ReplayAnswer(BaseModel):
    replayed: int = Field(description="Readings stored")
    rejected: int = Field(description="Readings refused again; they stay, with the reason of today")
    next_cursor: str | None = Field(description="There are more: send the same again with this as `cursor`")


class RejectedReading(BaseModel):
    # NaN and infinities are shown as what they were, in strings: JSON has no numbers for them.
    model_config = ConfigDict(ser_json_inf_nan="strings")

    id: UUID
    received_at: Time
    producer: str | None
    seq: int | None
    index: int = Field(description="Place in its frame or request, from 0")
    sensor: str = Field(description="As it was sent; for an unknown channel, its number")
    sensor_id: UUID | None
    t_us: int = Field(description="The reading's time as it came, microseconds since 1970 UTC")
    value: Value
    code: Code
    replayed_at: Time | None = Field(description="When it was stored after all")


@router.get("/projects/{project_id:uuid}/rejected-readings")
async def list_rejected_readings(
    grant: ProjectViewer,
    span: PageSpan,
    filters: Annotated[RejectListFilters, Query()],
    connection: Database,
) -> Page[RejectedReading]:
    """The project's dead letters, newest first."""
    if not grant.sees_raw:
        raise Forbidden("dead letters hold raw values, which the project shows to editors only")
    own = {"project_id": grant.project_id, "is_replayed": filters.replayed}
    rows = await fetch_rows(connection, "rejected.list", span.parameters | filters.parameters | own)
    return Page[RejectedReading].model_validate(span.cut(rows))


@router.post("/projects/{project_id:uuid}/rejected-readings:replay")
async def replay_rejected_readings(
    grant: ProjectEditor,
    app: AppShared,
    connection: Transaction,
    trail: Audit,
    body: ReplayRequest | None = None,
) -> ReplayAnswer:
    """Tries dead letters again; what is acceptable by now is stored, once, by the rules of today."""
    body = body or ReplayRequest()
    after = 0 if body.cursor is None else decode_cursor(body.cursor, _AFTER)[0]
    chosen = body.parameters | {"ids": body.ids, "after": after}
    await trail.record(grant, "rejected-reading.replay", Change(None, after=body))
    # The work has transactions of its own, on its own connection; this one need not stay open meanwhile.
    await connection.commit()
    done = await run_in_threadpool(replay, app.database_url, app.catalogs, grant.project_id, chosen)
    next_cursor = None if done.last_id is None else encode_cursor([done.last_id])
    return ReplayAnswer(replayed=done.replayed, rejected=done.rejected, next_cursor=next_cursor)
