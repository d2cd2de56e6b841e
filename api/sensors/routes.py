"""Sensors: scalar channels, each with a key that is unique in its project."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import Body, Query
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Label, Seen, Tags, Time, Unit
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.facets import count_facets, told
from api.edge.lists.pages import Page
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change, Trail, difference
from api.rights.grants import Grant, ProjectEditor, ProjectViewer, SensorEditor, SensorViewer
from api.rights.idempotency import Creation
from api.sensors.filters import (
    ANY_ORDER,
    SensorConnection,
    SensorFacets,
    SensorFilters,
    Status,
    composed,
    page_statement,
)
from api.sensors.latest import SensorNews, fetch_news
from api.sensors.orders import SensorPage
from barograph.catalog.catalog_lock import announce_catalog, change_catalog
from barograph.catalog.references import has_form_of_id
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid

router = resource_router("sensors")

MOVES: dict[Status, tuple[Status, ...]] = {
    "registering": ("active", "inactive", "decommissioned"),
    "active": ("inactive", "decommissioned"),
    "inactive": ("active", "decommissioned"),
    "decommissioned": ("inactive",),
}
NOTHING: list[Literal["latest"]] = []
NO_NEWS = {"latest": None, "rate_hz": 0.0}


class SensorFields(Input):
    key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=500,
            description="Unique in the project. The form of a UUID is refused: it is that of ids",
            examples=["rig-7.inlet.pressure"],
        ),
        Seen,
    ]
    patch_example: ClassVar = {"name": "Inlet pressure"}
    name: Annotated[Label, Seen] = Field("", examples=["Inlet pressure"])
    kind: Annotated[Label, Seen] = Field("", examples=["pressure"])
    input_unit: Unit = Field(
        "",
        description="Of raw values. Any text; where a profile declares a unit too, it must mean the same",
        examples=["V"],
    )
    output_unit: Unit = Field("", description="Of physical values, likewise", examples=["Pa"])
    tags: Tags = Field(default=[])
    status: Status = Field(
        "registering",
        description="`registering` becomes `active` with the first reading; "
        "`inactive` and `decommissioned` refuse readings",
    )
    silent_after_s: Annotated[int, Field(ge=1, le=31_536_000)] | None = Field(
        None,
        description="An alarm is raised when nothing live was heard of the sensor for so long, by the "
        "server's clock, after it was heard of once; null: never",
        examples=[None],
    )


class Sensor(SensorFields, Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    last_seen_at: Time | None = Field(description="When the server last received a reading")
    connection: SensorConnection = Field(
        description="By `last_seen_at`: under 10 s ago, under 60 s ago, longer ago or never"
    )


class ListedSensor(Sensor, SensorNews):
    pass


class SensorBatch(Input):
    sensors: Annotated[list[SensorFields], Field(min_length=1, max_length=500)]


class Sensors(BaseModel):
    items: list[Sensor]


@router.post("/projects/{project_id:uuid}/sensors", status_code=201)
async def create_sensor(
    grant: ProjectEditor, body: SensorFields, connection: Transaction, trail: Audit, _: Creation
) -> Sensor:
    """Creates a sensor."""
    check_keys({"/key": body.key})
    (sensor,) = await make_sensors(connection, grant, [body], trail)
    return sensor


@router.post("/projects/{project_id:uuid}/sensors:batch", status_code=201)
async def create_sensors(
    grant: ProjectEditor, body: SensorBatch, connection: Transaction, trail: Audit, _: Creation
) -> Sensors:
    """Creates several sensors, all or none, and answers in the order given."""
    check_keys({f"/sensors/{place}/key": sensor.key for place, sensor in enumerate(body.sensors)})
    seen: set[str] = set()
    for place, sensor in enumerate(body.sensors):
        if sensor.key in seen:
            raise Invalid("a key stands twice", [FieldError(f"/sensors/{place}/key", "given before")])
        seen.add(sensor.key)
    return Sensors(items=await make_sensors(connection, grant, body.sensors, trail))


@router.get("/projects/{project_id:uuid}/sensors", response_model_exclude_unset=True)
async def list_sensors(
    grant: ProjectViewer,
    page: SensorPage,
    database: Database,
    filters: SensorFilters,
    include: Annotated[
        list[Literal["latest"]], Query(description="`latest` adds the latest reading, and `rate_hz`")
    ] = NOTHING,
) -> Page[ListedSensor]:
    """The project's sensors, newest first unless `sort` says otherwise."""
    asked = page.parameters | await filters.find(database, grant.project_id)
    cursor = await database.execute(page_statement(asked), asked, prepare=False)
    cut = page.cut(await cursor.fetchall())
    if include:
        news = await fetch_news(database, grant, [row["position"] for row in cut["items"]])
        cut["items"] = [row | news.get(row["position"], NO_NEWS) for row in cut["items"]]
    return Page[ListedSensor].model_validate(cut)


@router.get("/projects/{project_id:uuid}/sensors/facets")
async def count_sensors(grant: ProjectViewer, filters: SensorFilters, connection: Database) -> SensorFacets:
    """How many of the sensors that filters leave have what; 200,000 of them at most are looked at."""
    asked = await filters.find(connection, grant.project_id) | ANY_ORDER
    counted = await count_facets(connection, composed()["facet.of_sensors"], asked)
    return SensorFacets.model_validate(told(counted, SensorFacets, ("status", "connection")))


@router.get("/sensors/{sensor_id:uuid}")
async def read_sensor(grant: SensorViewer, connection: Database) -> Sensor:
    """One sensor."""
    (sensor,) = await _read(connection, [grant.id])
    return sensor


@router.patch("/sensors/{sensor_id:uuid}")
async def change_sensor(
    grant: SensorEditor,
    body: Annotated[MergePatch[SensorFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Sensor:
    """Changes some of a sensor's fields. Its status moves as a sensor's does; any other move is 409."""
    if "status" in body or "key" in body:
        await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "sensor.lock", grant.reference)
    expected.check(stored["version"])
    fields = body.apply(stored)
    _check_move(stored["status"], fields.status)
    if fields.key != stored["key"]:  # one from before may stay
        check_keys({"/key": fields.key})
    await run(connection, "sensor.update", fields.model_dump() | grant.reference)
    await trail.record(grant, "sensor.change", difference(grant.public_id, stored, fields.model_dump()))
    (sensor,) = await _read(connection, [grant.id])
    return sensor


@router.delete("/sensors/{sensor_id:uuid}", status_code=204)
async def delete_sensor(
    grant: SensorEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a sensor without readings. One that has some is decommissioned instead: 409."""
    # Commits under way end first, and later ones find no sensor: no reading slips in between.
    await change_catalog(connection, grant.project_id)
    await run(connection, "run_sensor.lock_runs_of_sensor", {"sensor_id": grant.id})
    stored = await fetch_row(connection, "sensor.lock", grant.reference)
    expected.check(stored["version"])
    if (await fetch_row(connection, "sensor.has_readings", grant.reference))["has_readings"]:
        raise Conflict("the sensor has readings; set its status to decommissioned instead")
    await run(connection, "sensor.delete", grant.reference)
    await trail.record(grant, "sensor.delete", Change(grant.public_id, before=stored))


async def make_sensors(
    connection: Connection, grant: Grant, sensors: list[SensorFields], trail: Trail
) -> list[Sensor]:
    """Makes sensors whose keys are fit for it, in the order given."""
    await announce_catalog(connection, grant.project_id)
    documents = Jsonb([sensor.model_dump() for sensor in sensors])
    created = await fetch_rows(
        connection, "sensor.create", {"project_id": grant.project_id, "sensors": documents}
    )
    items = await _read(connection, [row["id"] for row in created])
    await trail.record_all(grant, "sensor.create", [Change(sensor.id, after=sensor) for sensor in items])
    return items


async def _read(connection: Connection, ids: list[int]) -> list[Sensor]:
    """Reads sensors, in the order in which they were created.

    Raises:
        ValueError: one has just been deleted; asked for by whoever holds it, it can't be.
    """
    rows = await fetch_rows(connection, "sensor.items", {"ids": ids})
    return [Sensor.model_validate(row) for row in rows]


def check_keys(keys: Mapping[str, str]) -> None:
    """Refuses keys, by where they stand, that would be taken for ids of sensors."""
    faults = [FieldError(at, "has the form of an id") for at, key in keys.items() if has_form_of_id(key)]
    if faults:
        raise Invalid("a key can't have the form of a UUID, as ids do", faults)


def _check_move(old: Status, new: Status) -> None:
    if new != old and new not in MOVES[old]:
        raise Conflict(f"a sensor that is {old} can become {' or '.join(MOVES[old])}, not {new}")
