"""Dead letters: readings that were refused, kept as they came, to look at and to try again."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic_core import from_json

from api.edge.bodies.fields import Time
from api.edge.lists.cursors import Cursors
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_rows
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import Database, Transaction
from api.rejects.replay import replay
from api.rights.audit_trail import Audit, Change
from api.rights.grants import Grant, ProjectEditor, ProjectViewer
from barograph.errors import Forbidden
from barograph.readings.rejects.explaining import explain
from barograph.readings.rejects.reject_codes import SLUGS
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
    "bad-value",
    "bad-time",
]
REPLAYABLE = ["unknown-sensor", "sensor-inactive", "too-old", "too-far-ahead", "storage-refused"]
MAX_GROUPS = 1000
Value = Annotated[
    float, WithJsonSchema({"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]})
]
_AFTER = TypeAdapter(tuple[Annotated[int, Field(ge=0, lt=2**63)]])


class RejectFilters(BaseModel):
    """What narrows dead letters down. `from` and `to` are about the reading's own time."""

    sensor: str | None = Field(default=None, max_length=500, description="Its key or id, or as it was sent")
    producer: str | None = Field(default=None, max_length=500)
    code: Code | None = None
    from_: AskedTime | None = Field(default=None, alias="from")
    to: AskedTime | None = None
    received_from: AskedTime | None = None
    received_to: AskedTime | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the statements."""
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

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"code": "unknown-sensor", "from": "-1d"}]}
    )

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
    t_us: int | None = Field(
        description="The reading's time as it came, microseconds since 1970 UTC; null if it can't be read"
    )
    value: Value | None = Field(description="Null if it can't be read")
    text: str | None = Field(
        description="What was sent where it is no number or no time, or an integer that a float64 can't hold"
    )
    code: Code
    detail: str | None = Field(description="What is wrong, where code and text don't say it")
    replayed_at: Time | None = Field(description="When it was stored after all")


class SummaryQuestion(BaseModel):
    """What to count. `from` and `to` are about when the readings were received."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[
        str,
        Field(
            pattern="^(code|sensor|producer)(,(code|sensor|producer))*$",
            description="What tells the groups apart, separated by commas; the rest is null in the answer",
        ),
    ] = "code,sensor,producer"
    from_: AskedTime | None = Field(default=None, alias="from")
    to: AskedTime | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the statement."""
        return {
            "by": self.by.split(","),
            "received_from": self.from_,
            "received_to": self.to,
            "replayable": REPLAYABLE,
            "max_rows": MAX_GROUPS,
        }


class RejectGroup(BaseModel):
    """Dead letters that have in common what was asked for."""

    code: Code | None
    sensor: str | None = Field(description="Its key; as it was sent, if it is not known")
    producer: str | None
    count: int = Field(description="Those that were not stored after all")
    first_received_at: Time
    last_received_at: Time
    replayable: bool = Field(description="Whether a replay may store some of them, once their cause is gone")


class RejectSummary(BaseModel):
    items: list[RejectGroup]


@router.get("/projects/{project_id:uuid}/rejected-readings")
async def list_rejected_readings(
    grant: ProjectViewer,
    span: PageSpan,
    filters: Annotated[RejectListFilters, Query()],
    connection: Database,
) -> Page[RejectedReading]:
    """The project's dead letters, newest first."""
    _check_sees_raw(grant)
    own = {"project_id": grant.project_id, "is_replayed": filters.replayed}
    rows = await fetch_rows(connection, "rejected.list", span.parameters | filters.parameters | own)
    for row in rows:
        row["detail"] = explain(SLUGS.index(row["code"]), row["text"])
    return Page[RejectedReading].model_validate(span.cut(rows))


@router.get("/projects/{project_id:uuid}/rejected-readings/summary")
async def summarize_rejected_readings(
    grant: ProjectViewer, asked: Annotated[SummaryQuestion, Query()], connection: Database
) -> RejectSummary:
    """How many dead letters wait, by what they have in common; the most frequent first, 1,000 at most."""
    _check_sees_raw(grant)
    rows = await fetch_rows(connection, "rejected.summary", asked.parameters | grant.reference)
    return RejectSummary.model_validate({"items": rows})


@router.post("/projects/{project_id:uuid}/rejected-readings:replay")
async def replay_rejected_readings(
    grant: ProjectEditor,
    app: AppShared,
    connection: Transaction,
    trail: Audit,
    request: Request,
    body: ReplayRequest | None = None,
) -> ReplayAnswer:
    """Tries dead letters again; what is acceptable by now is stored, once, by the rules of today."""
    body = body or ReplayRequest()
    # As it was sent: times may be relative to now.
    sent: dict[str, Any] = from_json(await request.body() or b"{}") or {}
    cursors = Cursors(request.scope["path"], list(sent.items()), pointer="/cursor")
    after = 0 if body.cursor is None else cursors.decode(body.cursor, _AFTER)[0]
    # The first 48 bits of a letter's id are its block's number.
    block_ids = None if body.ids is None else [letter.int >> 80 for letter in body.ids]
    chosen = body.parameters | {"ids": body.ids, "block_ids": block_ids, "after": after}
    await trail.record(grant, "rejected-reading.replay", Change(None, after=body))
    # The work has transactions of its own, on its own connection; this one need not stay open meanwhile.
    await connection.commit()
    done = await run_in_threadpool(replay, app.database_url, app.catalogs, grant.project_id, chosen)
    next_cursor = None if done.last is None else cursors.encode([done.last])
    return ReplayAnswer(replayed=done.replayed, rejected=done.rejected, next_cursor=next_cursor)


def _check_sees_raw(grant: Grant) -> None:
    if not grant.sees_raw:
        raise Forbidden("dead letters hold raw values, which the project shows to editors only")
