"""Bodies of `POST /ingest/v1/readings` to columns. Whole tables at a time, through Polars.

JSON {"producer"?, "seq"?, "readings": [{"sensor", "time" | "t_us", "value"}]}
CSV  with the header sensor,time,value or sensor,t_us,value
Parquet, Arrow IPC stream  with these columns; time is a timestamp (without a zone: UTC) or text
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NotRequired

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from barograph.errors import FieldError, Invalid
from barograph.tables.files import arrow_limits as arrow_messages
from barograph.tables.files import parquet_limits as parquet_footer
from barograph.tables.files.formats import refuse_compressed
from barograph.tables.scan import reading
from barograph.tables.times.instants import TimeColumn, to_t_us
from ingest.messages.wire import MAX_NAME, MAX_SEQ, FrameColumns, Text

MAX_ERRORS = 20
# A few kilobytes of Parquet may stand for billions.
MAX_READINGS = 200_000
INT64 = 2**63
_STRICT = ConfigDict(extra="forbid", strict=True)
_SCHEMA = {"sensor": pl.String, "time": pl.String, "t_us": pl.Int64, "value": pl.Float64}


@dataclass(frozen=True)
class Body:
    """A request's readings as a frame whose channels are its sensors in the order of appearance."""

    producer: str | None
    seq: int | None
    references: Sequence[str]
    columns: FrameColumns


_EXAMPLE: JsonDict = {"readings": [{"sensor": "p1", "time": "2026-01-31T12:00:00Z", "value": 4.5}]}


@with_config(_STRICT)
class ReadingItem(TypedDict):
    """One reading; a value of null stands for one that is not a number."""

    sensor: Annotated[Text, Field(description="Its key or id")]
    time: NotRequired[Annotated[str, Field(description="RFC 3339 with an offset")]]
    t_us: NotRequired[
        Annotated[
            int, Field(ge=-INT64, lt=INT64, description="In place of time: microseconds since 1970 UTC")
        ]
    ]
    value: float | None


class ReadingsBody(BaseModel):
    """Readings of any sensors of the project, in any order of time."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    producer: Text | None = None
    seq: int | None = Field(None, ge=1, le=MAX_SEQ)
    readings: list[ReadingItem]


_BODY = TypeAdapter(ReadingsBody)


def parse_json(body: bytes) -> Body:
    """The readings of a JSON body.

    Raises:
        Invalid: with a pointer to each of the first faults.
    """
    try:
        parsed = _BODY.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)[:MAX_ERRORS]
        raise Invalid(
            "the body does not fit its schema",
            [FieldError("".join(f"/{part}" for part in fault["loc"]), fault["msg"]) for fault in faults],
        ) from None
    if (parsed.producer is None) != (parsed.seq is None):
        missing = "/producer" if parsed.producer is None else "/seq"
        raise Invalid("producer and seq come together", [FieldError(missing, "missing")])
    table = pl.DataFrame(parsed.readings, schema=_SCHEMA)
    return _to_body(table.with_columns(pl.col("value").fill_null(np.nan)), parsed.producer, parsed.seq)


def parse_csv(body: bytes) -> Body:
    """The readings of a CSV body with a header.

    Raises:
        Invalid: compressed, not CSV, other columns, or values that are no numbers, by row (the first is 0).
    """
    refuse_compressed(body[:8], "body")  # Polars would take it for what is inside
    try:
        text = pl.read_csv(body, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise Invalid(f"not CSV: {str(error).splitlines()[0]}") from None
    if sorted(text.columns) not in (["sensor", "time", "value"], ["sensor", "t_us", "value"]):
        raise Invalid("the header must be sensor,time,value or sensor,t_us,value")
    numbers = {"value": pl.Float64, "t_us": pl.Int64}
    table = text.with_columns(
        pl.col(name).str.strip_chars().cast(kind, strict=False)
        for name, kind in numbers.items()
        if name in text.columns
    )
    _refuse(table["value"].is_null(), "value", "not a number")
    _check_sensors(table["sensor"])
    return _to_body(_completed(table), None, None)


def parse_parquet(body: bytes) -> Body:
    """The readings of a Parquet file.

    Raises:
        Invalid: not Parquet, too many rows, other columns, or values that are none, by row (the first is 0).
    """
    parquet_footer.check(io.BytesIO(body), MAX_READINGS, MAX_READINGS)
    with reading():
        return _columns_to_body(pl.scan_parquet(io.BytesIO(body)).head(MAX_READINGS + 1).collect())


def parse_arrow(body: bytes) -> Body:
    """The readings of an Arrow IPC stream.

    Raises:
        Invalid: likewise.
    """
    arrow_messages.check_stream(io.BytesIO(body), MAX_READINGS, MAX_READINGS)
    with reading():
        return _columns_to_body(pl.read_ipc_stream(io.BytesIO(body), n_rows=MAX_READINGS + 1))


def _columns_to_body(table: pl.DataFrame) -> Body:
    if table.height > MAX_READINGS:
        raise Invalid(f"a body holds at most {MAX_READINGS:,} readings")
    if sorted(table.columns) not in (["sensor", "time", "value"], ["sensor", "t_us", "value"]):
        raise Invalid("the columns must be sensor, time and value, or sensor, t_us and value")
    kinds = table.schema
    _require("sensor", kinds["sensor"], isinstance(kinds["sensor"], (pl.String, pl.Categorical, pl.Enum)))
    _require("value", kinds["value"], kinds["value"].is_numeric())
    table = table.with_columns(
        pl.col("sensor").cast(pl.String), pl.col("value").cast(pl.Float64).fill_null(np.nan)
    )
    if "t_us" in kinds:
        _require("t_us", kinds["t_us"], kinds["t_us"].is_integer())
        table = table.with_columns(pl.col("t_us").cast(pl.Int64, strict=False))
    elif kinds["time"] != pl.String:
        _require("time", kinds["time"], isinstance(kinds["time"], pl.Datetime))
        t_us = to_t_us(table["time"], TimeColumn(column="time", format="typed"))
        table = table.drop("time").with_columns(t_us.alias("t_us"))
    _check_sensors(table["sensor"])
    return _to_body(_completed(table), None, None)


def _require(column: str, kind: pl.DataType, is_right: bool) -> None:
    if not is_right:
        raise Invalid("a column is of the wrong type", [FieldError(f"/{column}", f"can't be {kind}")])


def _check_sensors(sensor: pl.Series) -> None:
    is_name = sensor.str.len_chars().is_between(1, MAX_NAME) & ~sensor.str.contains("\0", literal=True)
    _refuse(~is_name.fill_null(value=False), "sensor", "not a sensor")


def _completed(table: pl.DataFrame) -> pl.DataFrame:
    """With the column of times that it lacks, empty."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in _SCHEMA.items() if name not in table.columns]
    return table.with_columns(missing)


def _to_body(table: pl.DataFrame, producer: str | None, seq: int | None) -> Body:
    _refuse(table["time"].is_null() == table["t_us"].is_null(), "time", "give either time or t_us")
    parsed = table["time"].str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    _refuse(
        parsed.is_null() & table["time"].is_not_null(),
        "time",
        "not RFC 3339 with an offset, such as 2026-01-01T00:00:00Z",
    )
    t_us = parsed.dt.timestamp("us").fill_null(table["t_us"]) if table.height else table["t_us"]
    references = table["sensor"].unique(maintain_order=True)
    channel = table.join(
        pl.DataFrame({"sensor": references, "channel": np.arange(references.len(), dtype=np.int32)}),
        on="sensor",
        how="left",
        maintain_order="left",
    )["channel"]
    columns = FrameColumns(
        seq or 0, channel.to_numpy(), t_us.to_numpy(), table["value"].to_numpy(), 20 * table.height + 64
    )
    return Body(producer, seq, references.to_list(), columns)


def _refuse(wrong: pl.Series, field: str, detail: str) -> None:
    """Raises for the first rows that are wrong."""
    rows = wrong.arg_true().head(MAX_ERRORS).to_list()
    if rows:
        raise Invalid(
            f"{int(wrong.sum())} readings are invalid: {detail}",
            [FieldError(f"/readings/{row}/{field}", detail) for row in rows],
        )
