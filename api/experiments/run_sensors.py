"""The sensors of a run. What is bound while a capture session runs belongs to that session, all of it.

Why: decision 32.
"""

from typing import Any
from uuid import UUID

from pydantic import Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.grants import Grant, RunEditor, RunViewer
from api.sensors.routes import Sensor
from barograph.database.connections import Connection
from barograph.errors import NotFound

router = resource_router("runs")


class RunSensor(Sensor):
    bound_at: Time = Field(description="When it was bound to the run")
    bound_by: UUID | None


@router.get("/runs/{run_id:uuid}/sensors")
async def list_run_sensors(grant: RunViewer, span: PageSpan, connection: Database) -> Page[RunSensor]:
    """The sensors bound to the run, newest first."""
    rows = await fetch_rows(connection, "run_sensor.list", span.parameters | {"run_id": grant.id})
    return Page[RunSensor].model_validate(span.cut(rows))


@router.put("/runs/{run_id:uuid}/sensors/{sensor_id:uuid}")
async def bind_run_sensor(
    grant: RunEditor, sensor_id: UUID, connection: Transaction, trail: Audit
) -> RunSensor:
    """Binds a sensor of the project to the run, and to its capture sessions that run; once is enough."""
    await fetch_row(connection, "run.lock", grant.reference)
    binding = {"project_id": grant.project_id, "bound_by": grant.caller.id}
    bound = await find_row(connection, "run_sensor.bind", _reference(grant, sensor_id) | binding)
    if bound is not None:
        change = Change(grant.public_id, after={"sensor_id": sensor_id})
        await trail.record(grant, "run.bind-sensor", change)
    return await _read(connection, grant, sensor_id)


@router.delete("/runs/{run_id:uuid}/sensors/{sensor_id:uuid}", status_code=204)
async def unbind_run_sensor(
    grant: RunEditor, sensor_id: UUID, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Unbinds a sensor from the run. While a capture session with it is active, it stays bound: 409."""
    await fetch_row(connection, "run.lock", grant.reference)
    row = await _find(connection, grant, sensor_id)
    expected.check(row["version"])
    unbinding = {"run_id": grant.id, "sensor_id": row["position"]}
    await run(connection, "run_sensor.unbind", unbinding)
    await trail.record(grant, "run.unbind-sensor", Change(grant.public_id, before={"sensor_id": sensor_id}))


async def _read(connection: Connection, grant: Grant, sensor_id: UUID) -> RunSensor:
    return RunSensor.model_validate(await _find(connection, grant, sensor_id))


async def _find(connection: Connection, grant: Grant, sensor_id: UUID) -> dict[str, Any]:
    row = await find_row(connection, "run_sensor.item", _reference(grant, sensor_id))
    if row is None:
        raise NotFound("the run has no such sensor, and its project none to bind")
    return row


def _reference(grant: Grant, sensor_id: UUID) -> dict[str, Any]:
    return {"run_id": grant.id, "sensor": sensor_id}
