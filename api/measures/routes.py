"""Definitions of measures. The worker computes them; what it computes, `values.py` answers."""

from typing import Annotated, Any

from fastapi import Body
from psycopg.rows import DictRow

from api.edge.answers.etags import IfMatch
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.measures.fields import Measure, MeasureFields
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import Grant, MeasureEditor, MeasureViewer, ProjectEditor, ProjectViewer
from api.rights.idempotency import Creation
from api.sensors.references import sensors_of_body
from barograph.database.connections import Connection
from barograph.errors import Conflict

router = resource_router("measures")

# Each capture session that stops has all of them computed.
MAX_MEASURES = 200


@router.post("/projects/{project_id:uuid}/measures", status_code=201)
async def create_measure(
    grant: ProjectEditor, body: MeasureFields, connection: Transaction, trail: Audit, _: Creation
) -> Measure:
    """Defines a number about runs that is made from their readings.

    It is computed for the runs that there are, and whenever a run ends or a capture session stops.
    """
    held = await fetch_row(connection, "measure.count", {"project_id": grant.project_id})
    if held["measures"] >= MAX_MEASURES:
        raise Conflict(f"a project has at most {MAX_MEASURES} measures")
    own = {"project_id": grant.project_id, "created_by": grant.caller.id}
    stored = await columns_of(connection, grant.project_id, body)
    created = await fetch_row(connection, "measure.create", stored | own)
    measure = await _read(connection, created["id"])
    await trail.record(grant, "measure.create", Change(measure.id, after=measure))
    return measure


@router.get("/projects/{project_id:uuid}/measures")
async def list_measures(grant: ProjectViewer, span: PageSpan, connection: Database) -> Page[Measure]:
    """The project's measures, newest first."""
    rows = await fetch_rows(connection, "measure.list", span.parameters | {"project_id": grant.project_id})
    return Page[Measure].model_validate(span.cut(rows))


@router.get("/measures/{measure_id:uuid}")
async def read_measure(grant: MeasureViewer, connection: Database) -> Measure:
    """One measure: what it is."""
    return await _read(connection, grant.id)


@router.patch("/measures/{measure_id:uuid}")
async def change_measure(
    grant: MeasureEditor,
    body: Annotated[MergePatch[MeasureFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Measure:
    """Changes some of a measure's fields. But for the name, all its values are computed again."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    fields = body.apply(before.model_dump(mode="json"))
    stored = await columns_of(connection, grant.project_id, fields)
    await run(connection, "measure.update", stored | grant.reference)
    after = await _read(connection, grant.id)
    await trail.record(grant, "measure.change", alteration(before, after))
    return after


@router.delete("/measures/{measure_id:uuid}", status_code=204)
async def delete_measure(
    grant: MeasureEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a measure and its values."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "measure.delete", grant.reference)
    await trail.record(grant, "measure.delete", Change(grant.public_id, before=before))


async def columns_of(connection: Connection, project_id: int, fields: MeasureFields) -> dict[str, Any]:
    """The measure's columns as the table has them.

    Raises:
        Invalid: the project has no such sensor.
    """
    sensors, when = await fetch_named(connection, project_id, fields), fields.when
    return {
        "name": fields.name,
        "stat": fields.stat,
        "layer": fields.layer,
        "over": fields.over,
        "sensor_id": sensors["/sensor"]["id"],
        "when_sensor_id": when and sensors["/when/sensor"]["id"],
        "when_above": when and when.above,
        "when_below": when and when.below,
    }


async def fetch_named(connection: Connection, project_id: int, fields: MeasureFields) -> dict[str, DictRow]:
    """The sensors that a measure names, by `/sensor` and, where it has a condition, `/when/sensor`.

    Raises:
        Invalid: the project has no such sensor.
    """
    named = {"/sensor": fields.sensor} | ({"/when/sensor": fields.when.sensor} if fields.when else {})
    return await sensors_of_body(connection, project_id, named)


async def _lock(connection: Connection, grant: Grant) -> Measure:
    """Reads the measure and locks it until the transaction ends."""
    await fetch_row(connection, "measure.lock", grant.reference)
    return await _read(connection, grant.id)


async def _read(connection: Connection, measure_id: int) -> Measure:
    return Measure.model_validate(await fetch_row(connection, "measure.item", {"id": measure_id}))
