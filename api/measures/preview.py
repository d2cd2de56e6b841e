"""Previews a measure before it is saved, by its value of the run that captured its sensor last."""

from collections.abc import Mapping
from uuid import UUID

import numpy as np
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field

from api.edge.statements import find_row
from api.edge.transaction import Transaction
from api.measures.fields import MeasureFields
from api.measures.routes import fetch_named
from api.measures.values import MeasureProfile, profiles_of
from api.questions.route import JsonQuestionRoute, question_router
from api.rights.grants import ProjectViewer
from barograph.archive.statements import with_archived
from barograph.database.connections import Connection
from barograph.measures.compute import converse
from barograph.measures.question import Condition, MeasuredSensor, MeasuredValue, MeasureQuestion

router = question_router("measures", JsonQuestionRoute)


class MeasurePreview(BaseModel):
    """A value as it would be computed now."""

    model_config = ConfigDict(extra="ignore")

    run_id: UUID | None = Field(
        default=None, description="The run whose capture of the sensor ended last; null: there is none"
    )
    run_name: str | None = None
    capture_session_id: UUID | None = Field(default=None, description="Whose value it is; null: the run's")
    ordinal: int | None = Field(default=None, description="Of the capture session in its run")
    value: float | None = Field(
        default=None, description="Null where no reading counts, or where `problem` says why"
    )
    unit: str
    readings: int = Field(default=0, description="How many it is made of")
    profiles: list[MeasureProfile] = Field(
        default=[], description="The versions that made these readings' values"
    )
    problem: str | None = None


@router.post("/projects/{project_id:uuid}/measures:preview")
async def preview_measure(
    grant: ProjectViewer, body: MeasureFields, connection: Transaction
) -> MeasurePreview:
    """Computes what a measure would be for the run that captured its sensor last, and keeps nothing."""
    if body.layer == "raw":
        grant.require_raw()
    sensors = await fetch_named(connection, grant.project_id, body)
    sensor, condition = sensors["/sensor"], _condition(body, sensors)
    asked = {"project_id": grant.project_id, "sensor_id": sensor["id"], "is_of_session": _is_of_session(body)}
    captured = await find_row(connection, "measure.last_captured", asked)
    if captured is None:
        return MeasurePreview(unit=_unit(body, sensor))
    stretches = np.stack([captured["from_us"], captured["to_us"]], axis=1).astype(np.int64)
    measured = MeasuredSensor(sensor["id"], body.layer == "raw")
    found = await _measure(connection, MeasureQuestion(measured, body.stat, condition, stretches))
    named = await profiles_of(connection, found.profile_ids)
    said = {"value": found.value, "readings": found.readings, "problem": found.problem}
    profiles = [named[each] for each in sorted(named)]
    return MeasurePreview.model_validate(
        captured | said | {"unit": _unit(body, sensor), "profiles": profiles}
    )


def _is_of_session(body: MeasureFields) -> bool:
    return body.over == "capture_session"


def _unit(body: MeasureFields, sensor: DictRow) -> str:
    units = {"count": "", "duration": "s"}
    measured: str = sensor["input_unit" if body.layer == "raw" else "output_unit"]
    return units.get(body.stat, measured)


def _condition(body: MeasureFields, sensors: Mapping[str, DictRow]) -> Condition | None:
    when = body.when
    return None if when is None else Condition(sensors["/when/sensor"]["id"], when.above, when.below)


async def _measure(connection: Connection, question: MeasureQuestion) -> MeasuredValue:
    """The value, in the transaction of a question."""
    conversation, row = converse(question), None
    while True:
        try:
            asked = conversation.send(row)
        except StopIteration as end:
            return end.value
        statement = await with_archived(connection, asked.statement, asked.parameters)
        cursor = await connection.execute(statement, asked.parameters, binary=True)
        row = await cursor.fetchone()
