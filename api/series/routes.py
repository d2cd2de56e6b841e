"""`GET /series`: statistics of sensors over buckets of time.

question -> selection (rights) -> scope -> collected (roll-ups, readings) -> statistics -> columns, and
what they were made from
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi import Response
from numpy.typing import NDArray
from pydantic_core import to_json

from api.edge.answers.media_types import Media
from api.edge.tables.sensor_tables import WantedShape
from api.edge.tables.table_answers import RESPONSES, WantedMedia, answer_table
from api.edge.transaction import Database, in_one_moment
from api.questions.route import question_router
from api.rights.caller import Credential, Proof
from api.series.answers.answer import Answer, AskedSeries
from api.series.answers.bucketed import answer_buckets
from api.series.answers.columned import answer_columns
from api.series.answers.schema import SeriesAnswer
from api.series.answers.tables import table_of
from api.series.answers.thinned import answer_samples
from api.series.asked.question import SeriesQuestion, SeriesRequest
from api.series.asked.selection import select
from api.series.stored.few import read_few
from api.series.stored.gaps import gaps_of
from barograph.database.connections import Connection

router = question_router("series")
# Of a column, as JSON in a millisecond or two.
PIECE_VALUES = 10_000


@router.get("/series", response_model=SeriesAnswer, responses=RESPONSES)
async def read_series(
    proof: Proof,
    question: SeriesQuestion,
    media: WantedMedia,
    connection: Database,
    shape: WantedShape,
) -> Response:
    """Statistics of sensors in `[from, to)`, over buckets aligned to 1970 UTC or to the start.

    A bucket without values is absent unless it is to be filled; readings without a physical value count in
    the raw layer only. With `downsample`, samples for a plot instead; with `columns`, what its columns show.

    Where no bucket is named, what would cost too much is answered in larger buckets.
    """
    asked = None
    if question.is_plain and media is Media.JSON:
        asked = await _ask(connection, proof, question)
        few = await read_few(connection, asked.scope, asked.selection.sensors)
        if few is not None:
            answer = await _answer(connection, replace(asked, few=few))
            return _as_json(answer, await _gaps_of(connection, asked) if few.has_gaps else [])
    async with in_one_moment(connection):
        asked = asked or await _ask(connection, proof, question)
        answer = await _answer(connection, asked)
        if media is Media.JSON:
            return _as_json(answer, await _gaps_of(connection, asked))
    # Profiles and gaps may be many, and headers are short.
    meta = {name: value for name, value in answer.meta.items() if name != "profiles"}
    return answer_table(table_of(answer, shape), media, {"X-Series-Meta": json.dumps(meta)})


async def _ask(connection: Connection, credential: Credential, question: SeriesRequest) -> AskedSeries:
    selection = await select(connection, credential, question)
    return AskedSeries(question, selection, selection.scope(question.layer, question.as_of))


async def _answer(connection: Connection, asked: AskedSeries) -> Answer:
    question = asked.question
    if question.columns is not None:
        return await answer_columns(connection, asked, question.columns)
    if question.downsample is None:
        return await answer_buckets(connection, asked)
    return await answer_samples(connection, asked, question.downsample)


async def _gaps_of(connection: Connection, asked: AskedSeries) -> list[dict[str, Any]]:
    return await gaps_of(connection, asked.selection.sensors, asked.selection.period)


def _as_json(answer: Answer, gaps: list[dict[str, Any]]) -> Response:
    answer.meta["gaps"] = gaps
    return Response(b"".join(_document(answer)), media_type=Media.JSON)


def _document(answer: Answer) -> Iterator[bytes]:
    """The answer as JSON, in pieces: no call holds the interpreter for long."""
    bounds, columns = answer.bounds, answer.shown
    yield b"{" + b"".join(to_json(name) + b":" + to_json(said) + b"," for name, said in answer.beside.items())
    yield b'"series":['
    rows = zip(answer.sensors, answer.units, bounds[:-1], bounds[1:], strict=True)
    for index, (sensor, unit, start, end) in enumerate(rows):
        head = to_json({"sensor_id": sensor["public_id"], "key": sensor["key"], "unit": unit})
        yield (b"," if index else b"") + head[:-1]
        for name, column in columns.items():
            yield b"," + to_json(name) + b":["
            yield from _numbers(column[start:end])
            yield b"]"
        if answer.states is not None:
            yield b',"time_in_state":' + _states(answer.states, start, end)
        yield b"}"
    yield b'],"meta":' + to_json(answer.meta, inf_nan_mode="null") + b"}"


def _states(states: Mapping[str, NDArray[Any]], start: int, end: int) -> bytes:
    """The seconds that a sensor's rows spent in each label, as JSON."""
    columns = {label: seconds[start:end] for label, seconds in states.items()}
    had = {label: seconds.tolist() for label, seconds in columns.items() if not np.isnan(seconds).all()}
    return to_json(had, inf_nan_mode="null")


def _numbers(column: NDArray[Any]) -> Iterator[bytes]:
    for start in range(0, column.size, PIECE_VALUES):
        piece = to_json(column[start : start + PIECE_VALUES].tolist(), inf_nan_mode="null")
        yield (b"," if start else b"") + piece[1:-1]
