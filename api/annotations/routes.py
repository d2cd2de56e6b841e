"""Annotations: what people note about a time of their readings, all of them, some sensors, or a run."""

from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from fastapi import Body, Depends, Query
from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field, model_validator

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Seen, Tag, Tags, Text, Time
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.cursors import ListCursors
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.like_patterns import containing
from api.edge.lists.pages import Page
from api.edge.lists.sorted_pages import OrderedSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, find_row, run
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import AnnotationEditor, AnnotationViewer, Grant, ProjectEditor, ProjectViewer
from api.rights.idempotency import Creation
from api.sensors.references import SensorReference, fetch_sensors, find_sensors, sensor_faults
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid, NotFound

router = resource_router("annotations")

MAX_SENSORS = 100
AnnotationSort = Literal["created_at", "-created_at", "from", "-from"]


class AnnotationFields(Input):
    patch_example: ClassVar = {"text": "Valve 3 stuck, see the log"}

    from_: AskedTime = Field(alias="from", examples=["now"])
    to: AskedTime | None = Field(default=None, description="Its end; null: a moment")
    text: Annotated[Text, Field(min_length=1), Seen] = Field(examples=["Valve 3 stuck"])
    tags: Tags = Field(default=[])
    sensors: list[SensorReference] = Field(
        default=[], max_length=MAX_SENSORS, description="Those it speaks of, by id or key; none: of all"
    )
    run: UUID | None = Field(default=None, description="The run it belongs to")

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError("ends before it begins")
        return self


class Annotation(Item):
    changes_with_version: ClassVar = True

    project_id: UUID
    from_: Time = Field(alias="from")
    to: Time | None
    text: str
    tags: list[str]
    sensors: list[UUID]
    run: UUID | None
    created_by: UUID | None


class AnnotationFilters(BaseModel):
    """All that are given must match."""

    from_: AskedTime | None = Field(default=None, alias="from", description="Those that end before it don't")
    to: AskedTime | None = Field(default=None, description="Nor those that begin at it or later")
    sensor: SensorReference | None = Field(default=None, description="Those that name it, by id or key")
    run: UUID | None = None
    tag: list[Tag] = Field(default=[], max_length=50, description="Repeat for several; all must match")
    q: str | None = Field(default=None, min_length=1, max_length=200, description="Stands in the text")

    async def parameters(self, connection: Connection, project_id: int) -> dict[str, Any]:
        """Parameters of the statement.

        Raises:
            NotFound: the project has no such sensor, or no such run.
        """
        sensors = await find_sensors(connection, project_id, [self.sensor] if self.sensor else [])
        run_id = await _find_run(connection, project_id, self.run)
        if self.run is not None and run_id is None:
            raise NotFound(f"there is no such run {self.run}")
        return {
            "project_id": project_id,
            "from": self.from_,
            "to": self.to,
            "tags": self.tag or None,
            "q": None if self.q is None else containing(self.q),
            "sensor_id": None if self.sensor is None else sensors[self.sensor]["id"],
            "run_id": run_id,
        }


async def _annotation_span(
    cursors: ListCursors,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    sort: Annotated[AnnotationSort, Query(description="`-` in front: descending")] = "-created_at",
) -> OrderedSpan:
    return OrderedSpan.at(cursors, limit, cursor, sort)


@router.post("/projects/{project_id:uuid}/annotations", status_code=201)
async def create_annotation(
    grant: ProjectEditor, body: AnnotationFields, connection: Transaction, trail: Audit, _: Creation
) -> Annotation:
    """Notes something about a moment or a stretch of time."""
    own = {"project_id": grant.project_id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "annotation.create", await _columns(connection, grant, body) | own)
    annotation = await _read(connection, created["id"])
    await trail.record(grant, "annotation.create", Change(annotation.id, after=annotation))
    told = {"type": "annotation.created", "data": Jsonb(_told(annotation)), "project_id": grant.project_id}
    await run(connection, "event.record", told)
    return annotation


@router.get("/projects/{project_id:uuid}/annotations")
async def list_annotations(
    grant: ProjectViewer,
    page: Annotated[OrderedSpan, Depends(_annotation_span)],
    filters: Annotated[AnnotationFilters, Query()],
    connection: Database,
) -> Page[Annotation]:
    """The project's annotations, newest first unless asked otherwise."""
    question = await filters.parameters(connection, grant.project_id)
    page, rows = await fetch_page(connection, "annotation.list", page, question)
    return Page[Annotation].model_validate(page.cut(rows))


@router.get("/annotations/{annotation_id:uuid}")
async def read_annotation(grant: AnnotationViewer, connection: Database) -> Annotation:
    """One annotation."""
    return await _read(connection, grant.id)


@router.patch("/annotations/{annotation_id:uuid}")
async def change_annotation(
    grant: AnnotationEditor,
    body: Annotated[MergePatch[AnnotationFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Annotation:
    """Changes some of an annotation's fields."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    stored = before.model_dump(by_alias=True) | {"sensors": [str(each) for each in before.sensors]}
    columns = await _columns(connection, grant, body.apply(stored))
    if "sensors" not in body:
        # One that was deleted meanwhile stays, or the annotation would speak of all.
        columns["sensor_ids"] = None
    await run(connection, "annotation.update", columns | grant.reference)
    after = await _read(connection, grant.id)
    await trail.record(grant, "annotation.change", alteration(before, after))
    return after


@router.delete("/annotations/{annotation_id:uuid}", status_code=204)
async def delete_annotation(
    grant: AnnotationEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes an annotation."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "annotation.delete", grant.reference)
    await trail.record(grant, "annotation.delete", Change(grant.public_id, before=before))


async def _read(connection: Connection, annotation_id: int) -> Annotation:
    return Annotation.model_validate(await fetch_row(connection, "annotation.item", {"id": annotation_id}))


async def _lock(connection: Connection, grant: Grant) -> Annotation:
    """Reads the annotation and locks it until the transaction ends."""
    await fetch_row(connection, "annotation.lock", grant.reference)
    return await _read(connection, grant.id)


async def _columns(connection: Connection, grant: Grant, fields: AnnotationFields) -> dict[str, Any]:
    """Parameters of the statements.

    Raises:
        Invalid: the project has no such sensor, or no such run.
    """
    sensors = await fetch_sensors(connection, grant.project_id, fields.sensors)
    faults = sensor_faults({f"/sensors/{place}": each for place, each in enumerate(fields.sensors)}, sensors)
    run_id = await _find_run(connection, grant.project_id, fields.run)
    if fields.run is not None and run_id is None:
        faults.append(FieldError("/run", f"the project has no run {fields.run}"))
    if faults:
        raise Invalid("an annotation speaks of what its project has", faults)
    return {
        "from": fields.from_,
        "to": fields.to,
        "text": fields.text,
        "tags": fields.tags,
        "sensor_ids": sorted({row["id"] for row in sensors.values()}),
        "run_id": run_id,
    }


async def _find_run(connection: Connection, project_id: int, run_id: UUID | None) -> int | None:
    """The surrogate of the project's run; None: none is named, or the project does not have it."""
    if run_id is None:
        return None
    row = await find_row(connection, "run.of_project", {"project_id": project_id, "public_id": run_id})
    return None if row is None else row["id"]


def _told(annotation: Annotation) -> dict[str, Any]:
    """The data of the annotation's event."""
    shown = annotation.model_dump(mode="json", by_alias=True)
    return {"annotation_id": shown["id"]} | {
        name: shown[name] for name in ("from", "to", "text", "tags", "sensors", "run")
    }
