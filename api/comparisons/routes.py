"""`POST /comparisons`: runs or capture sessions over one another."""

import json

from fastapi import Response

from api.comparisons.answers.answer import Comparison, compare
from api.comparisons.answers.document import document_of
from api.comparisons.answers.tables import table_of
from api.comparisons.question import ComparisonQuestion
from api.comparisons.schema import ComparisonAnswer
from api.edge.answers.media_types import Media
from api.edge.tables.sensor_tables import Shape, WantedShape
from api.edge.tables.table_answers import RESPONSES, WantedMedia, answer_table
from api.edge.transaction import Transaction
from api.questions.route import question_router
from api.rights.caller import Caller

router = question_router("comparisons")


@router.post("/comparisons", response_model=ComparisonAnswer, responses=RESPONSES)
async def compare_members(
    caller: Caller,
    body: ComparisonQuestion,
    media: WantedMedia,
    connection: Transaction,
    shape: WantedShape,
) -> Response:
    """Lays 2 to 20 runs, or capture sessions, over one another on one grid that counts from each one's T0.

    All of it is of one moment. A member without T0 is answered as such; the others are compared.
    """
    return answer_in(await compare(connection, caller, body), media, shape)


def answer_in(answer: Comparison, media: Media, shape: Shape) -> Response:
    """The comparison in the form that was asked for."""
    if media is Media.JSON:
        return Response(b"".join(document_of(answer)), media_type=media)
    meta = {name: value for name, value in answer.meta.items() if name != "profiles"}
    return answer_table(table_of(answer, shape), media, {"X-Comparison-Meta": json.dumps(meta)})
