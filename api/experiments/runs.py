"""Runs: one go at an experiment, with what it was made of and how it went."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import Body
from psycopg.types.json import Jsonb
from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Label, Name, Reason, Tags, Text, Time
from api.edge.bodies.json_objects import FreeForm
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.pages import Page
from api.edge.lists.sorted_pages import OrderedSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, run
from api.edge.transaction import Database, Transaction
from api.experiments.filters import ListFilters, RunListFilters
from api.measures.conditions import ByMeasure, RunPage, RunsByMeasure
from api.measures.run_pages import fetch_runs
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import ExperimentEditor, ExperimentViewer, Grant, ProjectViewer, RunEditor, RunViewer
from api.rights.history import check_reason, move_parameters
from api.rights.idempotency import Creation
from api.rights.states import RUN_MOVES, RunStatus, check_move, origins
from barograph.database.connections import Connection

router = resource_router("runs")

YEAR_S = 366 * 86400


class RunFields(Input):
    name: Name = Field(examples=["4.7, new injector"])
    params: FreeForm = Field({}, examples=[{"pressure_bar": 12.5, "injector": "B"}])
    git_sha: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="Of the code that ran", examples=["8f2c1d0"]
    )
    env: Label | FreeForm | None = Field(
        None, description="Where it ran: a name, or what describes it", examples=["stand 2"]
    )
    tags: Tags = Field(default=[])
    notes: Text = ""
    metadata: FreeForm = Field(default={})
    auto_finish_after_s: Annotated[int, Field(ge=1, le=YEAR_S)] | None = Field(
        None, description="A run that still runs so long after its start is finished, seconds"
    )


class NewRun(RunFields):
    status: Literal["draft", "running"] = "draft"


class RunChange(RunFields):
    patch_example: ClassVar = {"notes": "Smooth start"}

    status: RunStatus
    reason: Reason | None = Field(default=None, description="Of a change of status, for the history")


class Run(RunFields, Item):
    model_config = ConfigDict(extra="ignore")
    changes_with_version: ClassVar = True

    project_id: UUID
    experiment_id: UUID
    params: dict[str, Any] = Field(default={})
    env: str | dict[str, Any] | None = None
    metadata: dict[str, Any] = Field(default={})
    status: RunStatus
    started_at: Time | None
    finished_at: Time | None
    duration_s: float | None = Field(description="From start to finish; null before")
    created_by: UUID | None


class ListedRun(Run):
    measure_value: float | None = Field(description="Of the measure that orders the list; else null")


@router.post("/experiments/{experiment_id:uuid}/runs", status_code=201)
async def create_run(
    grant: ExperimentEditor, body: NewRun, connection: Transaction, trail: Audit, _: Creation
) -> Run:
    """Creates a run. An archived experiment gets no more: 409."""
    own = {
        "project_id": grant.project_id,
        "experiment_id": grant.id,
        "created_by": grant.caller.id,
    }
    created = await fetch_row(connection, "run.create", _columns(body) | own)
    if body.status != "draft":
        await move(connection, grant, [created["id"]], body.status, None)
    created_run = await read(connection, created["id"])
    await trail.record(grant, "run.create", Change(created_run.id, after=created_run))
    return created_run


@router.get("/experiments/{experiment_id:uuid}/runs")
async def list_runs_of_experiment(
    grant: ExperimentViewer,
    page: RunPage,
    filters: ListFilters,
    measures: ByMeasure,
    connection: Database,
) -> Page[ListedRun]:
    """The experiment's runs, newest first unless asked otherwise."""
    asked = await filters.parameters(connection, grant.project_id)
    return await _list(connection, grant, page, measures, asked | {"experiment_id": grant.id})


@router.get("/projects/{project_id:uuid}/runs")
async def list_runs(
    grant: ProjectViewer,
    page: RunPage,
    filters: RunListFilters,
    measures: ByMeasure,
    connection: Database,
) -> Page[ListedRun]:
    """The runs of all the project's experiments, newest first unless asked otherwise."""
    asked = await filters.parameters(connection, grant.project_id)
    return await _list(connection, grant, page, measures, asked)


@router.get("/runs/{run_id:uuid}")
async def read_run(grant: RunViewer, connection: Database) -> Run:
    """One run."""
    return await read(connection, grant.id)


@router.patch("/runs/{run_id:uuid}")
async def change_run(
    grant: RunEditor,
    body: Annotated[MergePatch[RunChange], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Run:
    """Changes some of a run's fields, and moves it to another status if the patch names one.

    A run with an active capture session can't finish, fail or be archived: 409.
    """
    check_reason(body)
    before = await _lock(connection, grant)
    expected.check(before.version)
    fields = body.apply(before.model_dump() | {"reason": None})
    if body.names & RunFields.model_fields.keys():
        await run(connection, "run.update", _columns(fields) | grant.reference)
    if "status" in body:
        check_move("run", RUN_MOVES, before.status, fields.status)
        await move(connection, grant, [grant.id], fields.status, fields.reason)
    after = await read(connection, grant.id)
    await trail.record(grant, "run.change", alteration(before, after))
    return after


@router.delete("/runs/{run_id:uuid}", status_code=204)
async def delete_run(grant: RunEditor, expected: IfMatch, connection: Transaction, trail: Audit) -> None:
    """Deletes a run and its capture sessions, if these are drafts or failed; else 409: archive it."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "run.delete", grant.reference)
    await trail.record(grant, "run.delete", Change(grant.public_id, before=before))


async def read(connection: Connection, run_id: int) -> Run:
    """A run by its surrogate."""
    return Run.model_validate(await fetch_row(connection, "run.item", {"id": run_id}))


async def move(
    connection: Connection, grant: Grant, run_ids: list[int], status: RunStatus, reason: str | None
) -> None:
    """Moves runs, locked and fit for it, to a status, and notes it in their history."""
    parameters = {"ids": run_ids, "from": origins(RUN_MOVES, status), "to": status}
    await run(connection, "run.move", parameters | move_parameters(grant, reason))


async def _lock(connection: Connection, grant: Grant) -> Run:
    """Reads the run and locks it until the transaction ends."""
    await fetch_row(connection, "run.lock", grant.reference)
    return await read(connection, grant.id)


async def _list(
    connection: Connection,
    grant: Grant,
    page: OrderedSpan,
    measures: RunsByMeasure,
    asked: Mapping[str, Any],
) -> Page[ListedRun]:
    of_measures = await measures.parameters(connection, grant.project_id, sees_raw=grant.sees_raw)
    page, rows = await fetch_runs(connection, page, measures, {**asked, **of_measures})
    return Page[ListedRun].model_validate(page.cut(rows))


def _columns(fields: RunFields) -> dict[str, Any]:
    documents = {
        "params": Jsonb(fields.params),
        "env": None if fields.env is None else Jsonb(fields.env),
        "metadata": Jsonb(fields.metadata),
    }
    return fields.model_dump() | documents
