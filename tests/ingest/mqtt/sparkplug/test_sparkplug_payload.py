"""The reader of Sparkplug's payloads, against Google's library and against bytes of any kind."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mqtt.sparkplug.payload import (
    DataType,
    SparkplugMetric,
    UnreadableSparkplug,
    instant_us,
    read_payload,
    rebirth_command,
)
from tests.examples import few_examples
from tests.ingest.mqtt.sparkplug.sparkplug_messages import PayloadMessage, payload

U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int_value": U32,
    "long_value": U64,
    "float_value": st.floats(width=32),
    "double_value": st.floats(),
    "boolean_value": st.booleans(),
    "string_value": st.text(max_size=20),
    "bytes_value": st.binary(max_size=20),
    "dataset_value": st.binary(max_size=20),
}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(max_size=20),
    "alias": U64,
    "timestamp": U64,
    "datatype": U32,
    "is_historical": st.booleans(),
    "is_transient": st.booleans(),
    "is_null": st.booleans(),
}
# Fields 10 to 17, in this order.
NUMBERS = {name: 10 + place for place, name in enumerate(VALUES)}


@st.composite
def metrics(draw: st.DrawFn) -> dict[str, object]:
    """Any fields, and at most one value."""
    metric: dict[str, object] = draw(st.fixed_dictionaries({}, optional=FIELDS))
    kind = draw(st.sampled_from([None, *VALUES]))
    return metric if kind is None else metric | {kind: draw(VALUES[kind])}


@few_examples(100)
@given(st.lists(metrics(), max_size=5), st.none() | U64, st.none() | U64)
def test_what_the_library_writes_is_read_as_it_was(
    written: list[dict[str, Any]], seq: int | None, timestamp: int | None
) -> None:
    read = read_payload(payload(seq, *written, timestamp=timestamp))
    assert (read.seq, read.timestamp_ms) == (seq, timestamp)
    assert len(read.metrics) == len(written)
    for metric, wanted in zip(read.metrics, written, strict=True):
        assert_reads(metric, wanted)


def assert_reads(metric: SparkplugMetric, wanted: dict[str, Any]) -> None:
    described = (metric.name, metric.alias, metric.timestamp_ms, metric.datatype)
    assert described == tuple(wanted.get(name) for name in ("name", "alias", "timestamp", "datatype"))
    assert metric.is_historical is wanted.get("is_historical", False)
    assert metric.is_null is wanted.get("is_null", False)
    kinds = wanted.keys() & VALUES.keys()
    assert metric.value_field == (NUMBERS[kinds.copy().pop()] if kinds else 0)
    metric.reading(metric.datatype)
    if kinds and not metric.is_null:
        assert_value(metric, wanted)


def assert_value(metric: SparkplugMetric, wanted: dict[str, Any]) -> None:
    (kind,) = wanted.keys() & VALUES.keys()
    number = wanted[kind]
    if kind in {"float_value", "double_value"}:
        read = metric.reading(DataType.DOUBLE)
        assert read == number or (isinstance(read, float) and math.isnan(read) and math.isnan(number))
    elif kind in {"int_value", "long_value"}:
        assert metric.reading(DataType.UINT64) == number
    elif kind == "boolean_value":
        assert metric.reading(DataType.BOOLEAN) is number
    else:
        assert isinstance(metric.reading(DataType.STRING), str)


@pytest.mark.parametrize(
    ("datatype", "field", "written", "read"),
    [
        (DataType.INT8, "int_value", 2**32 - 5, -5),
        (DataType.INT8, "int_value", 0xFB, -5),
        (DataType.INT16, "int_value", 0xFFFE, -2),
        (DataType.INT32, "int_value", 2**32 - 1, -1),
        (DataType.INT64, "long_value", 2**64 - 7, -7),
        (DataType.INT64, "long_value", 2**62 + 1, 2**62 + 1),
        (DataType.UINT8, "int_value", 255, 255),
        (DataType.UINT16, "int_value", 65_535, 65_535),
        (DataType.UINT32, "int_value", 2**32 - 1, 2**32 - 1),
        (DataType.UINT32, "long_value", 2**32 - 1, 2**32 - 1),
        (DataType.UINT64, "long_value", 2**64 - 1, 2**64 - 1),
        (DataType.FLOAT, "float_value", 1.5, 1.5),
        (DataType.DOUBLE, "double_value", 0.1, 0.1),
        (DataType.DOUBLE, "double_value", math.inf, math.inf),
        (DataType.BOOLEAN, "boolean_value", True, True),
        (DataType.BOOLEAN, "boolean_value", False, False),
        (DataType.DATETIME, "long_value", 1_790_000_000_000, 1_790_000_000_000),
        (DataType.STRING, "string_value", "open", "open"),
        (DataType.TEXT, "string_value", "open", "open"),
        (DataType.UUID, "string_value", "open", "open"),
        (DataType.BYTES, "bytes_value", b"\0", "Sparkplug BYTES is no number"),
        (DataType.FILE, "bytes_value", b"\0", "Sparkplug FILE is no number"),
        (DataType.DATASET, "dataset_value", b"", "Sparkplug DATASET is no number"),
        (DataType.INT32ARRAY, "bytes_value", b"\1\0\0\0", "Sparkplug INT32ARRAY is no number"),
        (99, "bytes_value", b"", "Sparkplug data type 99 is no number"),
        (None, "double_value", 2.5, 2.5),
        (None, "boolean_value", True, True),
        (None, "int_value", 7, 7),
    ],
)
def test_each_data_type_is_a_number_or_says_in_words_why_not(
    datatype: int | None, field: str, written: object, read: object
) -> None:
    (metric,) = read_payload(payload(0, {"name": "m", field: written})).metrics
    assert metric.reading(datatype) == read


def test_a_null_is_no_number() -> None:
    nothing, null = read_payload(
        payload(0, {"name": "m"}, {"name": "m", "is_null": True, "int_value": 3})
    ).metrics
    assert nothing.reading(DataType.INT8) is None
    assert null.reading(DataType.INT8) is None


def try_to_read(message: bytes) -> None:
    """Anything but the one error is a fault."""
    try:
        read = read_payload(message)
    except UnreadableSparkplug:
        return
    for metric in read.metrics:
        metric.reading(metric.datatype)
        instant_us(metric.timestamp_ms)


@few_examples(200)
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(message: bytes) -> None:
    try_to_read(message)


@few_examples(100)
@given(st.lists(metrics(), min_size=1, max_size=3), st.data())
def test_a_message_that_is_cut_or_changed_is_read_or_refused(
    written: list[dict[str, Any]], data: st.DataObject
) -> None:
    message = bytearray(payload(1, *written, timestamp=5))
    place = data.draw(st.integers(0, len(message) - 1))
    message[place] ^= data.draw(st.integers(1, 255))
    try_to_read(bytes(message))
    try_to_read(bytes(message[:place]))


def test_the_command_for_a_rebirth_is_what_the_library_reads() -> None:
    message = PayloadMessage.FromString(rebirth_command(1_790_000_000_000))
    (metric,) = message.metrics
    assert (metric.name, metric.datatype, metric.boolean_value) == ("Node Control/Rebirth", 11, True)
    assert message.timestamp == metric.timestamp == 1_790_000_000_000
