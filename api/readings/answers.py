"""A page of readings as JSON, CSV, Arrow or Parquet: columns from the database to the answer.

    arrays ─▶ ReadingColumns ─▶ columns of texts ─▶ rows of JSON
                             ─▶ a frame of Polars ─▶ CSV, Arrow, Parquet

Why: decision 1070.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from fastapi import Request, Response
from psycopg.rows import DictRow
from pydantic_core import to_json

from api.edge.answers.media_types import Media
from api.edge.tables.json_rows import (
    Texts,
    named,
    names_as_json,
    numbers_as_json,
    rows_as_json,
    texts_as_json,
    times_as_json,
)
from api.edge.tables.labels import ProfileLabels, fetch_labels
from api.edge.tables.sensor_tables import MeasuredTable, Shape, TableSensor
from api.edge.tables.table_answers import NotedTable, answer_table
from api.readings.rows import RowPage, profile_names
from api.rights.grants import Grant
from barograph.database.connections import Connection
from barograph.database.copy_format import ReadingColumns


@dataclass(frozen=True)
class PageNames:
    """The names that surrogates in a page stand for, and what of the page is shown.

    Attributes:
        profiles: public ids by surrogate.
        sensors: rows of sensors, with their keys and units, by id; none where nothing names them.
        is_of_one: all readings are of one sensor, which items then don't name.
        sees_raw: raw values may be shown.
        labels: of physical values, where asked for.
    """

    profiles: Mapping[int, str]
    sensors: Sequence[DictRow]
    is_of_one: bool
    sees_raw: bool
    labels: ProfileLabels | None

    @classmethod
    def of_one(cls, profiles: Mapping[int, str], grant: Grant) -> "PageNames":
        """Names for a sensor without labels, in a page that names no sensor."""
        return cls(profiles, [], True, grant.sees_raw, None)

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
    ) -> "PageNames":
        """Reads the names for a page."""
        used, sensor_ids = np.unique(page.readings.profile_id), np.unique(page.readings.sensor_id)
        profiles = await profile_names(connection, used[used >= 0].tolist())
        labels = await fetch_labels(connection, sensor_ids.tolist()) if has_labels else None
        return cls(profiles, sensors, is_of_one, grant.sees_raw, labels)

    def labels_of(self, readings: ReadingColumns) -> list[str | None]:
        """The labels of physical values; none if they are not asked for."""
        return [] if self.labels is None else self.labels.of(readings.profile_id, readings.physical)


def answer_page(page: RowPage, names: PageNames, media: Media, shape: Shape, request: Request) -> Response:
    """A page in the form that is asked for; not a model's, which would check each value again."""
    if media is Media.JSON:
        return Response(page_as_json(page, names), media_type=media)
    headers: dict[str, str] = {}
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return answer_table(_table(page.readings, names, shape), media, headers)


def page_as_json(page: RowPage, names: PageNames) -> bytes:
    """Encodes a page as JSON. NaN and infinities become null."""
    readings = page.readings
    columns: dict[str, Texts] = {"time": times_as_json(readings.t_us)}
    if names.sees_raw:
        columns["raw"] = numbers_as_json(readings.raw)
    columns["physical"] = numbers_as_json(readings.physical)
    if names.labels is not None:
        columns["label"] = texts_as_json(names.labels_of(readings))
    columns["profile_id"] = names_as_json(readings.profile_id, names.profiles)
    columns["flags"] = numbers_as_json(readings.flags.view(np.int16))
    if not names.is_of_one:
        for name, field in (("sensor_id", "public_id"), ("key", "key")):
            texts = {sensor["id"]: sensor[field] for sensor in names.sensors}
            columns[name] = names_as_json(readings.sensor_id, texts)
    return b'{"items":' + rows_as_json(columns) + b',"next_cursor":' + to_json(page.next_cursor) + b"}"


def _table(readings: ReadingColumns, names: PageNames, shape: Shape) -> NotedTable:
    """The same columns in the same order, save that the sensor comes first."""
    ids = np.array([sensor["id"] for sensor in names.sensors], np.int32)
    values = [
        pl.Series("physical", readings.physical),
        pl.Series("profile_id", named(readings.profile_id, names.profiles, None), pl.String),
        pl.Series("flags", readings.flags.view(np.int16), pl.Int32),
    ]
    if names.labels is not None:
        values.insert(1, pl.Series("label", names.labels_of(readings), pl.String))
    if names.sees_raw:
        values.insert(0, pl.Series("raw", readings.raw))
    return MeasuredTable(
        sensors=[_table_sensor(sensor, sees_raw=names.sees_raw) for sensor in names.sensors],
        track=np.searchsorted(ids, readings.sensor_id),
        times=readings.t_us,
        is_elapsed=False,
        values=values,
    ).shaped(shape)


def _table_sensor(sensor: DictRow, *, sees_raw: bool) -> TableSensor:
    units = {"physical": sensor["output_unit"]}
    about = {"unit": sensor["output_unit"]}
    if sees_raw:
        units["raw"] = sensor["input_unit"]
        about = {"raw_unit": sensor["input_unit"]} | about
    return TableSensor(sensor["public_id"], sensor["key"], units, about)
