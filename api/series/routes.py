"""`GET /series`: statistics of sensors over buckets of time.

question -> selection (rights) -> scope -> collected (roll-ups, readings) -> statistics -> columns, and
what they were made from
"""

import json

import polars as pl
from fastapi import Response
from pydantic_core import to_json

from api.edge.media_types import Media
from api.edge.offload import in_thread
from api.edge.table_answers import RESPONSES, WantedMedia, answer_table, table_router
from api.edge.transaction import Transaction
from api.rights.caller import Caller
from api.series.answers.answer import Answer, AskedSeries
from api.series.answers.bucketed import answer_buckets
from api.series.answers.schema import SeriesAnswer
from api.series.answers.thinned import answer_samples
from api.series.asked.question import SeriesQuestion
from api.series.asked.selection import select

router = table_router("series")


@router.get("/series", response_model=SeriesAnswer, responses=RESPONSES)
async def read_series(
    caller: Caller, question: SeriesQuestion, media: WantedMedia, connection: Transaction
) -> Response:
    """Statistics of sensors in `[from, to)`, over buckets aligned to 1970 UTC or to the start.

    A bucket without values is absent unless it is to be filled; readings without a physical value count in
    the raw layer only. With `downsample`, samples for a plot instead.
    """
    selection = await select(connection, caller, question)
    asked = AskedSeries(question, selection, selection.scope(question.layer, question.as_of))
    if question.downsample is None:
        answer = await answer_buckets(connection, asked)
    else:
        answer = await answer_samples(connection, asked, question.downsample)
    if media is not Media.JSON:
        # Profiles may be many, and headers are short.
        meta = {name: value for name, value in answer.meta.items() if name != "profiles"}
        return await answer_table(_table(answer), media, {"X-Series-Meta": json.dumps(meta)})
    content = await in_thread(lambda: _document(answer), answer.track.size * len(answer.columns))
    return Response(content, media_type=media)


def _table(answer: Answer) -> pl.DataFrame:
    """In long form: sensor, time, values."""
    names = pl.Series("sensor_id", [str(sensor["public_id"]) for sensor in answer.sensors], pl.String)
    columns = [pl.Series(name, column) for name, column in answer.columns.items()]
    return pl.DataFrame([names.gather(answer.track), *columns])


def _document(answer: Answer) -> bytes:
    bounds = answer.bounds
    series = [
        {"sensor_id": sensor["public_id"], "unit": unit}
        | {name: column[start:end].tolist() for name, column in answer.columns.items()}
        for sensor, unit, start, end in zip(
            answer.sensors, answer.units, bounds[:-1], bounds[1:], strict=True
        )
    ]
    return to_json({"series": series, "meta": answer.meta}, inf_nan_mode="null")
