"""Experiments: what runs are made for."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import Body
from psycopg.types.json import Jsonb
from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Name, Reason, Tags, Text, Time
from api.edge.bodies.json_objects import FreeForm
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page
from api.edge.lists.sorted_pages import OrderedPage
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, run
from api.edge.transaction import Database, Transaction
from api.experiments.filters import ListFilters
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import ExperimentEditor, ExperimentViewer, Grant, ProjectEditor, ProjectViewer
from api.rights.history import check_reason, move_parameters
from api.rights.idempotency import Creation
from api.rights.states import RUN_MOVES, RunStatus, check_move, origins
from barograph.database.connections import Connection

router = resource_router("experiments")


class ExperimentFields(Input):
    name: Name = Field(examples=["Turbine endurance, series 4"])
    description: Text = ""
    tags: Tags = Field(default=[])
    metadata: FreeForm = Field(default={})


class NewExperiment(ExperimentFields):
    status: Literal["draft", "running"] = "draft"


class ExperimentChange(ExperimentFields):
    patch_example: ClassVar = {"description": "With the new injector"}

    status: RunStatus
    reason: Reason | None = Field(default=None, description="Of a change of status, for the history")


class Experiment(ExperimentFields, Item):
    model_config = ConfigDict(extra="ignore")
    changes_with_version: ClassVar = True

    project_id: UUID
    metadata: dict[str, Any] = Field(default={})
    status: RunStatus
    started_at: Time | None
    finished_at: Time | None
    duration_s: float | None = Field(description="From start to finish; null before")
    created_by: UUID | None


@router.post("/projects/{project_id:uuid}/experiments", status_code=201)
async def create_experiment(
    grant: ProjectEditor, body: NewExperiment, connection: Transaction, trail: Audit, _: Creation
) -> Experiment:
    """Creates an experiment. Its name is unique in the project, whatever the case of its letters."""
    own = {"project_id": grant.project_id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "experiment.create", _columns(body) | own)
    if body.status != "draft":
        await _move(connection, grant, created["id"], body.status, None)
    experiment = await _read(connection, created["id"])
    await trail.record(grant, "experiment.create", Change(experiment.id, after=experiment))
    return experiment


@router.get("/projects/{project_id:uuid}/experiments")
async def list_experiments(
    grant: ProjectViewer, page: OrderedPage, filters: ListFilters, connection: Database
) -> Page[Experiment]:
    """The project's experiments, newest first unless asked otherwise."""
    question = await filters.parameters(connection, grant.project_id)
    page, rows = await fetch_page(connection, "experiment.list", page, question)
    return Page[Experiment].model_validate(page.cut(rows))


@router.get("/experiments/{experiment_id:uuid}")
async def read_experiment(grant: ExperimentViewer, connection: Database) -> Experiment:
    """One experiment."""
    return await _read(connection, grant.id)


@router.patch("/experiments/{experiment_id:uuid}")
async def change_experiment(
    grant: ExperimentEditor,
    body: Annotated[MergePatch[ExperimentChange], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Experiment:
    """Changes some of an experiment's fields, and moves it to another status if the patch names one.

    An experiment with running runs can't be archived: 409.
    """
    check_reason(body)
    before = await _lock(connection, grant)
    expected.check(before.version)
    fields = body.apply(before.model_dump() | {"reason": None})
    if body.names & ExperimentFields.model_fields.keys():
        await run(connection, "experiment.update", _columns(fields) | grant.reference)
    if "status" in body:
        check_move("experiment", RUN_MOVES, before.status, fields.status)
        await _move(connection, grant, grant.id, fields.status, fields.reason)
    after = await _read(connection, grant.id)
    await trail.record(grant, "experiment.change", alteration(before, after))
    return after


@router.delete("/experiments/{experiment_id:uuid}", status_code=204)
async def delete_experiment(
    grant: ExperimentEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes an experiment without runs. One that has some can't be deleted: 409."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "experiment.delete", grant.reference)
    await trail.record(grant, "experiment.delete", Change(grant.public_id, before=before))


async def _read(connection: Connection, experiment_id: int) -> Experiment:
    return Experiment.model_validate(await fetch_row(connection, "experiment.item", {"id": experiment_id}))


async def _lock(connection: Connection, grant: Grant) -> Experiment:
    """Reads the experiment and locks it until the transaction ends."""
    await fetch_row(connection, "experiment.lock", grant.reference)
    return await _read(connection, grant.id)


async def _move(
    connection: Connection, grant: Grant, experiment_id: int, status: RunStatus, reason: str | None
) -> None:
    move = {"ids": [experiment_id], "from": origins(RUN_MOVES, status), "to": status}
    await fetch_row(connection, "experiment.move", move | move_parameters(grant, reason))


def _columns(fields: ExperimentFields) -> dict[str, Any]:
    return fields.model_dump() | {"metadata": Jsonb(fields.metadata)}
