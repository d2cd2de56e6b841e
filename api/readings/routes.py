"""A sensor's readings, as rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import numpy as np
import polars as pl
from fastapi import Query, Request, Response
from psycopg.rows import DictRow
from pydantic import BaseModel, Field
from pydantic_core import to_json

from api.edge.answers.media_types import Media
from api.edge.bodies.fields import Time
from api.edge.statements import fetch_rows
from api.edge.tables.labels import NO_LABELS, LabelsIncluded, ProfileLabels, fetch_labels
from api.edge.tables.sensor_tables import MeasuredTable, Shape, TableSensor, WantedShape
from api.edge.tables.table_answers import RESPONSES, NotedTable, WantedMedia, answer_table
from api.edge.times.asked_times import AskedTime
from api.edge.times.periods import AskedPeriod
from api.edge.transaction import Transaction
from api.questions.route import question_router
from api.readings.as_of_pages import read_believed_page
from api.readings.rows import Order, ReadingRow, RowPage, RowsQuestion, profile_names
from api.readings.stored_periods import within_stored
from api.rights.grants import Grant, SensorViewer
from barograph.database.connections import Connection

router = question_router("readings")

RowLimit = Annotated[int, Query(ge=1, le=10_000, description="Most readings in the answer")]
RowCursor = Annotated[
    str | None, Query(description="`next_cursor` of the page before, which tables have in their Link header")
]
RowOrder = Annotated[Order, Query(description="Of (time, raw, physical)")]
AsOf = Annotated[
    AskedTime | None,
    Query(description="Answer with the values that were stored at this time, for the readings stored now"),
]


class Reading(BaseModel):
    time: Time
    raw: float | None = Field(None, description="Left out if the caller may not see raw values")
    physical: float | None = Field(description="null: no profile held, or the profile gave no value")
    label: str | None = Field(
        None, description="With include=labels: what the profile calls the physical value; null: nothing"
    )
    profile_id: UUID | None = Field(description="The version that made the physical value")
    flags: int = Field(description="Bit mask of remarks on the conversion; 0: none")


class Readings(BaseModel):
    items: list[Reading]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


@dataclass(frozen=True)
class Names:
    """What surrogates in rows stand for, and what of them is shown.

    Attributes:
        sensors: rows of sensors, with their keys and units.
        is_of_one: all rows are of one sensor, which items then don't name.
        sees_raw: raw values may be shown.
        labels: of physical values, where asked for.
    """

    profiles: Mapping[int | None, str]
    sensors: Sequence[DictRow]
    is_of_one: bool
    sees_raw: bool
    labels: ProfileLabels | None

    @classmethod
    async def fetch(
        cls,
        connection: Connection,
        page: RowPage,
        sensors: Sequence[DictRow],
        grant: Grant,
        *,
        is_of_one: bool,
        has_labels: bool,
    ) -> "Names":
        """Those of a page."""
        profiles = await profile_names(connection, page.rows)
        ids = [sensor["id"] for sensor in sensors]
        labels = await fetch_labels(connection, ids) if has_labels else None
        return cls(profiles, sensors, is_of_one, grant.sees_raw, labels)

    def labels_of(self, rows: Sequence[ReadingRow]) -> Sequence[str | None]:
        """Of their physical values."""
        if self.labels is None:
            return [None] * len(rows)
        profile = np.array([-1 if row.profile_id is None else row.profile_id for row in rows], np.int32)
        value = np.array([row.physical for row in rows], np.float64)  # None is NaN
        return self.labels.of(profile, value)


@router.get("/sensors/{sensor_id:uuid}/readings", response_model=Readings, responses=RESPONSES)
async def list_readings(
    grant: SensorViewer,
    asked: AskedPeriod,
    connection: Transaction,
    request: Request,
    media: WantedMedia,
    shape: WantedShape,
    limit: RowLimit = 50,
    cursor: RowCursor = None,
    order: RowOrder = "asc",
    as_of: AsOf = None,
    include: LabelsIncluded = NO_LABELS,
) -> Response:
    """The sensor's readings in `[from, to)`."""
    period = await within_stored(connection, asked.period(grant.max_age_s, longest=None))
    if period is None:
        page = RowPage([], None)
    else:
        question = RowsQuestion([grant.id], period, order, grant.sees_raw, limit, cursor)
        page = await read_believed_page(connection, question, as_of)
    sensors = await fetch_rows(connection, "sensor.names", grant.reference)
    names = await Names.fetch(connection, page, sensors, grant, is_of_one=True, has_labels=bool(include))
    return answer_rows(page, names, media, shape, request)


def answer_rows(page: RowPage, names: Names, media: Media, shape: Shape, request: Request) -> Response:
    """A page of readings in the form that is asked for; not a model's, which would check each value again."""
    if media is Media.JSON:
        document = {"items": list(_items(page, names)), "next_cursor": page.next_cursor}
        return Response(to_json(document, inf_nan_mode="null"), media_type=media)
    headers: dict[str, str] = {}
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return answer_table(_table(page, names, shape), media, headers)


def _items(page: RowPage, names: Names) -> Iterator[dict[str, Any]]:
    sensors = {sensor["id"]: sensor for sensor in names.sensors}
    for row, label in zip(page.rows, names.labels_of(page.rows), strict=True):
        item: dict[str, Any] = {"time": row.time}
        if names.sees_raw:
            item["raw"] = row.raw
        item["physical"] = row.physical
        if names.labels is not None:
            item["label"] = label
        item |= {
            "profile_id": names.profiles.get(row.profile_id),
            "flags": row.flags,
        }
        if not names.is_of_one:
            sensor = sensors[row.sensor_id]
            item |= {"sensor_id": sensor["public_id"], "key": sensor["key"]}
        yield item


def _table(page: RowPage, names: Names, shape: Shape) -> NotedTable:
    """The same columns in the same order, save that the sensor comes first."""
    rows = page.rows
    track = {sensor["id"]: number for number, sensor in enumerate(names.sensors)}
    columns = [
        pl.Series("physical", [row.physical for row in rows], pl.Float64),
        pl.Series("profile_id", [names.profiles.get(row.profile_id) for row in rows], pl.String),
        pl.Series("flags", [row.flags for row in rows], pl.Int32),
    ]
    if names.labels is not None:
        columns.insert(1, pl.Series("label", names.labels_of(rows), pl.String))
    if names.sees_raw:
        columns.insert(0, pl.Series("raw", [row.raw for row in rows], pl.Float64))
    return MeasuredTable(
        sensors=[_table_sensor(sensor, sees_raw=names.sees_raw) for sensor in names.sensors],
        track=np.array([track[row.sensor_id] for row in rows], np.int64),
        times=np.array([row.t_us for row in rows], np.int64),
        is_elapsed=False,
        values=columns,
    ).shaped(shape)


def _table_sensor(sensor: DictRow, *, sees_raw: bool) -> TableSensor:
    units = {"physical": sensor["output_unit"]}
    about = {"unit": sensor["output_unit"]}
    if sees_raw:
        units["raw"] = sensor["input_unit"]
        about = {"raw_unit": sensor["input_unit"]} | about
    return TableSensor(sensor["public_id"], sensor["key"], units, about)
