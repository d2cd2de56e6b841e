"""Changing several runs at once: their status, their tags.

ids -> locked, in one order -> each one's refusal, if any -> all or nothing (`atomic`), or those that may
"""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.edge.bodies.fields import MAX_TAGS, Input, Reason, Tags
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_rows, run
from api.edge.transaction import Transaction
from api.experiments.runs import move
from api.rights.audit_trail import Audit, Change, difference
from api.rights.grants import Grant, ProjectEditor
from api.rights.states import RUN_MOVES, RunStatus, check_move
from barograph.database.connections import Connection
from barograph.database.refusals import CONFLICTS
from barograph.errors import BarographError, BatchRefused, Conflict, FieldError, Invalid, NotFound

router = resource_router("runs")

_TAGS = TypeAdapter[list[str]](Tags)

Refusals = dict[UUID, BarographError]


class RunBatch(Input):
    run_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    atomic: bool = Field(default=True, description="All of them or none; else those that can be changed")


class StatusBatch(RunBatch):
    status: RunStatus = Field(examples=["finished"])
    reason: Reason | None = Field(default=None, description="For the history")


class TagBatch(RunBatch):
    add: Tags = Field(default=[], examples=[["hot"]])
    remove: Tags = Field(default=[])
    set: Tags | None = Field(default=None, description="In place of all they have")


class RunRefusal(BaseModel):
    status: int = Field(examples=[409])
    title: str
    detail: str


class RunResult(BaseModel):
    run_id: UUID
    ok: bool
    status: RunStatus | None = Field(description="As it stands now; null if there is no such run")
    tags: list[str] | None
    version: int | None
    refusal: RunRefusal | None = Field(description="Why it was not changed")


class BatchAnswer(BaseModel):
    results: list[RunResult] = Field(description="One for each run, in the order given")


@router.post("/projects/{project_id:uuid}/runs:batch-status")
async def move_runs(
    grant: ProjectEditor, body: StatusBatch, connection: Transaction, trail: Audit
) -> BatchAnswer:
    """Moves runs of the project to a status. An atomic batch with a run that can't move is 409 as a whole."""
    runs = await _lock(connection, grant, body.run_ids)
    refusals = _missing(runs, body.run_ids) | {
        run_id: error for run_id, row in runs.items() if (error := _move_refusal(row, body.status))
    }
    _check_atomic(body, refusals)
    moving = [row for run_id, row in runs.items() if run_id not in refusals]
    await move(connection, grant, [row["id"] for row in moving], body.status, body.reason)
    after = {"status": body.status}
    changes = [difference(row["public_id"], row, after) for row in moving]
    await trail.record_all(grant, "run.change", changes)
    return await _answer(connection, runs, body.run_ids, refusals)


@router.post("/projects/{project_id:uuid}/runs:bulk-tags")
async def tag_runs(
    grant: ProjectEditor, body: TagBatch, connection: Transaction, trail: Audit
) -> BatchAnswer:
    """Adds and removes tags of runs, or sets them. A run has at most 50."""
    _check_tagging(body)
    runs = await _lock(connection, grant, body.run_ids)
    tags = {run_id: _tagged(row["tags"], body) for run_id, row in runs.items()}
    refusals = _missing(runs, body.run_ids) | {
        run_id: error for run_id, given in tags.items() if (error := _tag_refusal(given))
    }
    _check_atomic(body, refusals)
    changed = {
        run_id: row for run_id, row in runs.items() if run_id not in refusals and row["tags"] != tags[run_id]
    }
    documents = [{"id": row["id"], "tags": tags[run_id]} for run_id, row in changed.items()]
    await run(connection, "run.set_tags", {"runs": Jsonb(documents)})
    changes = [_tagging(run_id, row["tags"], tags[run_id]) for run_id, row in changed.items()]
    await trail.record_all(grant, "run.change", changes)
    return await _answer(connection, runs, body.run_ids, refusals)


async def _lock(connection: Connection, grant: Grant, run_ids: Sequence[UUID]) -> dict[UUID, DictRow]:
    """The runs there are, as they stand until the transaction ends."""
    asked = {"project_id": grant.project_id, "public_ids": list(run_ids)}
    locked = await fetch_rows(connection, "run.lock_several", asked)
    return await _standing(connection, [row["id"] for row in locked])


async def _standing(connection: Connection, ids: Sequence[int]) -> dict[UUID, DictRow]:
    rows = await fetch_rows(connection, "run.standing", {"ids": ids})
    return {row["public_id"]: row for row in rows}


def _missing(runs: Mapping[UUID, DictRow], run_ids: Sequence[UUID]) -> Refusals:
    return {run_id: NotFound("the project has no such run") for run_id in run_ids if run_id not in runs}


def _move_refusal(row: DictRow, status: RunStatus) -> BarographError | None:
    """The error that the database's guards would raise, for each run by itself."""
    try:
        check_move("run", RUN_MOVES, row["status"], status)
    except Conflict as error:
        return error
    if status == "running":
        return Conflict(CONFLICTS["experiment_is_archived"]) if row["is_experiment_archived"] else None
    return Conflict(CONFLICTS["run_has_active_capture_session"]) if row["is_capturing"] else None


def _check_tagging(body: TagBatch) -> None:
    if body.set is not None and (body.add or body.remove):
        fault = FieldError("/set", "replaces all tags; leave out add and remove")
        raise Invalid("tags are set, or added and removed", [fault])
    if body.set is None and not body.add and not body.remove:
        raise Invalid("there is nothing to do", [FieldError("", "give add, remove or set")])


def _tagged(tags: Sequence[str], body: TagBatch) -> list[str]:
    if body.set is not None:
        return list(dict.fromkeys(body.set))
    kept = [tag for tag in tags if tag not in body.remove]
    return list(dict.fromkeys([*kept, *body.add]))


def _tag_refusal(tags: Sequence[str]) -> BarographError | None:
    try:
        _TAGS.validate_python(tags)
    except ValidationError:
        return Conflict(f"it would have {len(tags)} tags; a run has at most {MAX_TAGS}")
    return None


def _tagging(run_id: UUID, before: Sequence[str], after: Sequence[str]) -> Change:
    return Change(run_id, {"tags": before}, {"tags": after})


def _check_atomic(body: RunBatch, refusals: Refusals) -> None:
    if not body.atomic or not refusals:
        return
    faults = [
        FieldError(f"/run_ids/{place}", refusals[run_id].detail)
        for place, run_id in enumerate(body.run_ids)
        if run_id in refusals
    ]
    if any(isinstance(error, NotFound) for error in refusals.values()):
        raise Invalid("some are not runs of the project, so nothing was changed", faults)
    raise BatchRefused("some of the runs can't be changed, so none was", faults)


async def _answer(
    connection: Connection, runs: Mapping[UUID, DictRow], run_ids: Sequence[UUID], refusals: Refusals
) -> BatchAnswer:
    now = await _standing(connection, [row["id"] for row in runs.values()])
    return BatchAnswer(
        results=[_result(run_id, now.get(run_id, {}), refusals.get(run_id)) for run_id in run_ids]
    )


def _result(run_id: UUID, row: DictRow, error: BarographError | None) -> RunResult:
    return RunResult(
        run_id=run_id,
        ok=error is None,
        status=row.get("status"),
        tags=row.get("tags"),
        version=row.get("version"),
        refusal=None
        if error is None
        else RunRefusal(status=error.status, title=error.title, detail=error.detail),
    )
