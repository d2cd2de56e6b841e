"""A JSON body: {"producer"?, "seq"?, "readings": [{"sensor", "time" | "t_us", "value"}]}.

A body as it should be is read as a whole. Any other is read again, item by item: an item at fault is
rejected, the others are stored. What lies around the items must be right. Pure.
"""

from typing import Annotated, Any, NotRequired, cast

import numpy as np
import polars as pl
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from barograph.errors import FieldError, Invalid, fault_text
from barograph.readings.rejects.explaining import READING_FIELDS
from barograph.readings.rejects.odd_readings import EXACT, NO_TIME_US, OddRows, kept_text
from barograph.readings.rejects.reject_codes import RejectCode
from ingest.messages.body import Body, to_body, to_instants
from ingest.messages.body_options import BodyOptions
from ingest.messages.json_values import load_json, read_time, read_value, sent_text
from ingest.messages.wire import MAX_NAME, Text

MAX_ERRORS = 20
INT64 = 2**63
_STRICT = ConfigDict(extra="forbid", strict=True)
_SCHEMA = {"sensor": pl.String, "time": pl.String, "t_us": pl.Int64, "value": pl.Float64}


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


class ReadingsBody(BodyOptions):
    """Readings of any sensors of the project, in any order of time. One that differs is rejected alone."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE]})

    readings: list[ReadingItem]


class SentReadingsBody(ReadingsBody):
    """The same with items of whatever type."""

    readings: list[Any]  # pyright: ignore[reportIncompatibleVariableOverride]  # wider on purpose


_BODY = TypeAdapter(ReadingsBody)
_SENT = TypeAdapter(SentReadingsBody)


def parse_json(body: bytes) -> Body:
    """The readings of a JSON body.

    Raises:
        Invalid: with a pointer to each of the first faults around the readings.
    """
    try:
        parsed = _BODY.validate_json(body)
    except ValidationError as error:
        return _read_loosely(body, error)
    parsed.check()
    whole = _read_whole(parsed)
    return _read_loosely(body) if whole is None else whole.with_options(parsed)


def _read_whole(parsed: ReadingsBody) -> Body | None:
    """The readings, unless there is something odd about one."""
    table = pl.DataFrame(parsed.readings, schema=_SCHEMA)
    t_us = table["t_us"]
    if t_us.null_count():
        t_us = to_instants(table["time"]).zip_with(table["time"].is_not_null(), t_us)
    value = table["value"].fill_null(np.nan).to_numpy()
    is_odd = t_us.null_count() or table["time"].count() + table["t_us"].count() != table.height
    if is_odd or (np.abs(value) >= EXACT).any():
        return None
    return to_body(table["sensor"], t_us.to_numpy(), value, OddRows())


def _read_loosely(body: bytes, error: ValidationError | None = None) -> Body:
    """Item by item. What is no JSON raises the error that was found before."""
    try:
        sent = load_json(body.decode("utf-8-sig", "replace"))
    except ValueError as fault:
        raise Invalid("the body is no JSON") if error is None else _invalid(error) from fault
    try:
        parsed = _SENT.validate_python(sent)
    except ValidationError as fault:
        raise _invalid(fault) from None
    parsed.check()
    odd = OddRows()
    items = [_reading(row, item, odd) for row, item in enumerate(parsed.readings)]
    read = to_body(
        pl.Series([_sensor(row, item, odd) for row, item in enumerate(items)], dtype=pl.String),
        _times(items, odd),
        np.array([_value(row, item, odd) for row, item in enumerate(items)], np.float64),
        odd,
    )
    return read.with_options(parsed)


def _reading(row: int, item: object, odd: OddRows) -> dict[str, object]:
    """An item's fields; none of one that is no reading at all."""
    if isinstance(item, dict):
        reading = cast("dict[str, object]", item)
        if reading.keys() <= READING_FIELDS:
            return reading
        sensor = {name: field for name, field in reading.items() if name == "sensor"}
        return _unread(row, reading, odd) | sensor
    return _unread(row, item, odd)


def _unread(row: int, item: object, odd: OddRows) -> dict[str, object]:
    """Notes the item as a whole. Its parts have nothing to say beside that."""
    odd.add(row, RejectCode.BAD_VALUE, sent_text(item))
    return {"sensor": "", "t_us": NO_TIME_US, "value": None}


def _sensor(row: int, item: dict[str, object], odd: OddRows) -> str:
    sent = item.get("sensor")
    if isinstance(sent, str):
        if 1 <= len(sent) <= MAX_NAME and kept_name(sent) == sent:
            return sent
        odd.add(row, RejectCode.UNKNOWN_SENSOR, None)
        return kept_text(sent)
    odd.add(row, RejectCode.UNKNOWN_SENSOR, None)
    return "" if sent is None else kept_text(sent_text(sent))


def kept_name(sent: str) -> str:
    """A name without what the database has no characters for."""
    return sent.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _value(row: int, item: dict[str, object], odd: OddRows) -> float:
    if "value" not in item:
        odd.add(row, RejectCode.BAD_VALUE, "")
        return np.nan
    number, oddity = read_value(item["value"])
    if oddity is not None:
        odd.add(row, oddity, sent_text(item["value"]))
    return number


def _times(items: list[dict[str, object]], odd: OddRows) -> np.ndarray[Any, np.dtype[np.int64]]:
    """int64[n]; NO_TIME_US where there is no time."""
    texts = [_text_of_time(item) for item in items]
    instants = to_instants(pl.Series(texts, dtype=pl.String)).to_list()
    return np.array([_time(row, item, instants[row], odd) for row, item in enumerate(items)], np.int64)


def _text_of_time(item: dict[str, object]) -> str | None:
    time = item.get("time")
    return kept_text(time) if isinstance(time, str) and item.get("t_us") is None else None


def _time(row: int, item: dict[str, object], instant: int | None, odd: OddRows) -> int:
    if instant is not None:
        return instant
    time, t_us = item.get("time"), item.get("t_us")
    if time is None and type(t_us) is int and -INT64 <= t_us < INT64:
        return t_us
    number, oddity = read_time(t_us if time is None else time)
    if time is not None or oddity is not None:
        sent = [sent_text(item[name]) for name in ("time", "t_us") if item.get(name) is not None]
        odd.add(row, RejectCode.BAD_TIME, ", ".join(sent))
        return NO_TIME_US
    return int(number)


def _invalid(error: ValidationError) -> Invalid:
    faults = error.errors(include_url=False, include_input=False, include_context=False)[:MAX_ERRORS]
    return Invalid(
        "the body does not fit its schema",
        [
            FieldError("".join(f"/{part}" for part in fault["loc"]), fault_text(fault["msg"], fault["type"]))
            for fault in faults
        ],
    )
