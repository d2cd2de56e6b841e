"""A page of readings as JSON, CSV, Arrow or Parquet: columns from the database to the answer.

    arrays ─▶ ReadingColumns ─▶ a frame of Polars, with names in place of surrogates ─▶ bytes

No value is ever an object of Python's.

Why: decision 1070.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from fastapi import Request, Response
from numpy.typing import NDArray
from psycopg.rows import DictRow
from pydantic_core import to_json

from api.edge.answers.media_types import Media
from api.edge.tables.labels import ProfileLabels, fetch_labels
from api.edge.tables.sensor_tables import MeasuredTable, Shape, TableSensor
from api.edge.tables.table_answers import NotedTable, answer_table
from api.readings.rows import RowPage, profile_names
from api.rights.grants import Grant
from barograph.database.connections import Connection
from barograph.database.copy_format import ReadingColumns


@dataclass(frozen=True)
class PageNames:
    """What surrogates in a page stand for, and what of it is shown.

    Attributes:
        profiles: public ids by surrogate.
        sensors: rows of sensors, with their keys and units, in order of their ids.
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
        """Those of a page."""
        used = np.unique(page.readings.profile_id)
        profiles = await profile_names(connection, used[used >= 0].tolist())
        ids = [sensor["id"] for sensor in sensors]
        labels = await fetch_labels(connection, ids) if has_labels else None
        return cls(profiles, sensors, is_of_one, grant.sees_raw, labels)

    def values(self, readings: ReadingColumns) -> list[pl.Series]:
        """What is shown of each reading beside its time and its sensor."""
        physical, profile_id = readings.physical, readings.profile_id
        columns = [pl.Series("physical", physical)]
        if self.sees_raw:
            columns.insert(0, pl.Series("raw", readings.raw))
        if self.labels is not None:
            columns.append(pl.Series("label", self.labels.of(profile_id, physical), pl.String))
        columns.append(named("profile_id", profile_id, self.profiles))
        columns.append(pl.Series("flags", readings.flags.view(np.int16)).cast(pl.Int32))
        return columns


def answer_page(page: RowPage, names: PageNames, media: Media, shape: Shape, request: Request) -> Response:
    """A page in the form that is asked for; not a model's, which would check each value again."""
    if media is Media.JSON:
        return Response(page_as_json(page, names), media_type=media)
    headers: dict[str, str] = {}
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return answer_table(_table(page.readings, names, shape), media, headers)


def named(name: str, numbers: NDArray[np.int32], names: Mapping[int, str]) -> pl.Series:
    """A column of texts: each number's name, null where it has none."""
    known = np.array(sorted(names), np.int32)
    place = np.searchsorted(known, numbers)
    is_known = np.append(known, -1)[place] == numbers
    texts = pl.Series(name, [*(names[number] for number in known.tolist()), None], pl.String)
    return texts.gather(np.where(is_known, place, known.size))


def page_as_json(page: RowPage, names: PageNames) -> bytes:
    """As JSON, which has neither NaN nor infinities."""
    readings = page.readings
    columns = [_time_texts(readings.t_us), *names.values(readings)]
    if not names.is_of_one:
        for name, field in (("sensor_id", "public_id"), ("key", "key")):
            texts = {sensor["id"]: sensor[field] for sensor in names.sensors}
            columns.append(named(name, readings.sensor_id, texts))
    floats = pl.selectors.float()
    lines = io.BytesIO()
    pl.DataFrame(columns).with_columns(pl.when(floats.is_finite()).then(floats)).write_ndjson(lines)
    # Within a text, the end of a line is escaped.
    items = lines.getvalue()[:-1].replace(b"\n", b",")
    return b'{"items":[' + items + b'],"next_cursor":' + to_json(page.next_cursor) + b"}"


def _time_texts(t_us: NDArray[np.int64]) -> pl.Series:
    return pl.Series("time", t_us).cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")


def _table(readings: ReadingColumns, names: PageNames, shape: Shape) -> NotedTable:
    """The same columns in the same order, save that the sensor comes first."""
    ids = np.array([sensor["id"] for sensor in names.sensors], np.int32)
    return MeasuredTable(
        sensors=[_table_sensor(sensor, sees_raw=names.sees_raw) for sensor in names.sensors],
        track=np.searchsorted(ids, readings.sensor_id),
        times=readings.t_us,
        is_elapsed=False,
        values=names.values(readings),
    ).shaped(shape)


def _table_sensor(sensor: DictRow, *, sees_raw: bool) -> TableSensor:
    units = {"physical": sensor["output_unit"]}
    about = {"unit": sensor["output_unit"]}
    if sees_raw:
        units["raw"] = sensor["input_unit"]
        about = {"raw_unit": sensor["input_unit"]} | about
    return TableSensor(sensor["public_id"], sensor["key"], units, about)
