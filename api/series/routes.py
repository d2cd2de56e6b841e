"""`GET /series`: statistics of sensors over buckets of time.

question -> selection (rights) -> scope -> collected (roll-ups, readings) -> statistics -> columns, and
what they were made from
"""

from typing import Any

from fastapi import Response
from pydantic_core import to_json

from api.auth.caller import Caller
from api.edge import resource_router
from api.series.answer import Answer, Asked
from api.series.bucketed import answer_buckets
from api.series.question import SeriesQuestion
from api.series.schema import SeriesAnswer
from api.series.selection import select
from api.series.thinned import answer_samples
from api.transaction import Transaction

router = resource_router("series")


@router.get("/series", response_model=SeriesAnswer)
async def read_series(caller: Caller, question: SeriesQuestion, connection: Transaction) -> Response:
    """Statistics of sensors in `[from, to)`, over buckets aligned to 1970 UTC or to the start.

    A bucket without values is absent unless it is to be filled; readings without a physical value count in
    the raw layer only. With `downsample`, samples for a plot instead.
    """
    selection = await select(connection, caller, question)
    asked = Asked(question, selection, selection.scope(question.layer))
    if question.downsample is None:
        answer = await answer_buckets(connection, asked)
    else:
        answer = await answer_samples(connection, asked, question.downsample)
    return Response(to_json(_document(answer), inf_nan_mode="null"), media_type="application/json")


def _document(answer: Answer) -> dict[str, Any]:
    bounds = answer.bounds
    series = [
        {"sensor_id": sensor["public_id"], "unit": unit}
        | {name: column[start:end].tolist() for name, column in answer.columns.items()}
        for sensor, unit, start, end in zip(
            answer.sensors, answer.units, bounds[:-1], bounds[1:], strict=True
        )
    ]
    return {"series": series, "meta": answer.meta}
