"""Comparisons kept by name: the question, which is answered with what is stored now."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Body, Query, Response
from fastapi.exceptions import RequestValidationError
from psycopg.types.json import Jsonb
from pydantic import Field, ValidationError

from api.comparisons.answers.answer import compare
from api.comparisons.question import ComparisonQuestion, ElapsedTime, ShiftedSteps
from api.comparisons.routes import answer_in
from api.comparisons.schema import ComparisonAnswer
from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, LineName
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, run
from api.edge.tables.sensor_tables import WantedShape
from api.edge.tables.table_answers import RESPONSES, WantedMedia
from api.edge.transaction import Database, Transaction
from api.questions.route import question_router
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import ComparisonEditor, ComparisonViewer, Grant, ProjectEditor, ProjectViewer
from api.rights.idempotency import Creation
from api.series.asked.wanted_buckets import MAX_COLUMNS
from barograph.database.connections import Connection

keeping_router = resource_router("comparisons")
router = question_router("comparisons")


class ComparisonFields(Input):
    patch_example: ClassVar = {"name": "Hot fires of March"}

    name: LineName = Field(examples=["Hot fires of March"], description="Unique in the project, in any case")
    question: ComparisonQuestion


class SavedComparison(Item):
    changes_with_version: ClassVar = True

    project_id: UUID
    name: str
    question: dict[str, Any]
    created_by: UUID | None
    created_by_name: str | None


@keeping_router.post("/projects/{project_id:uuid}/comparisons", status_code=201)
async def create_comparison(
    grant: ProjectEditor, body: ComparisonFields, connection: Transaction, trail: Audit, _: Creation
) -> SavedComparison:
    """Keeps a comparison by a name."""
    own = {"project_id": grant.project_id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "comparison.save", _stored(body) | own)
    comparison = await _read(connection, created["id"])
    await trail.record(grant, "comparison.create", Change(comparison.id, after=comparison))
    return comparison


@keeping_router.get("/projects/{project_id:uuid}/comparisons")
async def list_comparisons(
    grant: ProjectViewer, span: PageSpan, connection: Database
) -> Page[SavedComparison]:
    """The comparisons that are kept in the project, newest first."""
    span, rows = await fetch_page(connection, "comparison.list", span, {"project_id": grant.project_id})
    return Page[SavedComparison].model_validate(span.cut(rows))


@keeping_router.get("/comparisons/{comparison_id:uuid}")
async def read_comparison(grant: ComparisonViewer, connection: Database) -> SavedComparison:
    """One comparison that is kept: what it asks."""
    return await _read(connection, grant.id)


@keeping_router.patch("/comparisons/{comparison_id:uuid}")
async def change_comparison(
    grant: ComparisonEditor,
    body: Annotated[MergePatch[ComparisonFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> SavedComparison:
    """Changes some of a comparison's fields."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    fields = body.apply(before.model_dump(mode="json"))
    await run(connection, "comparison.update", _stored(fields) | grant.reference)
    after = await _read(connection, grant.id)
    await trail.record(grant, "comparison.change", alteration(before, after))
    return after


@keeping_router.delete("/comparisons/{comparison_id:uuid}", status_code=204)
async def delete_comparison(
    grant: ComparisonEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a comparison that is kept. What it compares stays."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "comparison.delete", grant.reference)
    await trail.record(grant, "comparison.delete", Change(grant.public_id, before=before))


@router.get("/comparisons/{comparison_id:uuid}/answer", response_model=ComparisonAnswer, responses=RESPONSES)
async def answer_comparison(
    grant: ComparisonViewer,
    media: WantedMedia,
    connection: Transaction,
    shape: WantedShape,
    columns: Annotated[
        int | None, Query(ge=2, le=MAX_COLUMNS, description="In place of those that are kept")
    ] = None,
    from_us: Annotated[ElapsedTime | None, Query(description="Likewise, microseconds since T0")] = None,
    to_us: Annotated[ElapsedTime | None, Query(description="Likewise")] = None,
    from_step: Annotated[ShiftedSteps | None, Query(description="Likewise, of metrics by step")] = None,
    to_step: Annotated[ShiftedSteps | None, Query(description="Likewise")] = None,
) -> Response:
    """The answer to a comparison that is kept, from what is stored now.

    Who asks must be allowed to see all that it compares.
    """
    kept = (await _read(connection, grant.id)).question
    given = {
        "columns": columns,
        "from_us": from_us,
        "to_us": to_us,
        "from_step": from_step,
        "to_step": to_step,
    }
    asked = kept | {name: value for name, value in given.items() if value is not None}
    try:
        question = ComparisonQuestion.model_validate(asked)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    return answer_in(await compare(connection, grant.caller, question), media, shape)


router.routes.extend(keeping_router.routes)


async def _read(connection: Connection, comparison_id: int) -> SavedComparison:
    row = await fetch_row(connection, "comparison.item", {"id": comparison_id})
    return SavedComparison.model_validate(row)


async def _lock(connection: Connection, grant: Grant) -> SavedComparison:
    """Reads the comparison and locks it until the transaction ends."""
    await fetch_row(connection, "comparison.lock", grant.reference)
    return await _read(connection, grant.id)


def _stored(fields: ComparisonFields) -> dict[str, Any]:
    question = fields.question.model_dump(mode="json", exclude_defaults=True)
    return {"name": fields.name, "question": Jsonb(question)}
