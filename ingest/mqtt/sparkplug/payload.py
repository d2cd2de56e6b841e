"""Sparkplug B's payload: metrics with their types and times. Pure.

payload: timestamp 1, metrics 2, seq 3
metric:  name 1, alias 2, timestamp 3, datatype 4, is_historical 5, is_transient 6, is_null 7, values 10 to 19
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from ingest.mqtt.sparkplug.protobuf import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    MalformedProtobuf,
    WireField,
    read_fields,
    write_bytes,
    write_number,
)

_INT64 = 2**63


class UnreadableSparkplug(Exception):
    """This is no payload of Sparkplug B"""


class DataType(IntEnum):
    """The data type of a metric, as Sparkplug numbers it."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    PROPERTYSET = 20
    PROPERTYSETLIST = 21
    INT8ARRAY = 22
    INT16ARRAY = 23
    INT32ARRAY = 24
    INT64ARRAY = 25
    UINT8ARRAY = 26
    UINT16ARRAY = 27
    UINT32ARRAY = 28
    UINT64ARRAY = 29
    FLOATARRAY = 30
    DOUBLEARRAY = 31
    BOOLEANARRAY = 32
    STRINGARRAY = 33
    DATETIMEARRAY = 34


_BITS = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_UNSIGNED = {DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64, DataType.DATETIME}
_KNOWN = {each.value for each in DataType}
# What a value is taken for whose type nobody has told.
_BY_FIELD = {
    10: DataType.UINT32,
    11: DataType.UINT64,
    12: DataType.FLOAT,
    13: DataType.DOUBLE,
    14: DataType.BOOLEAN,
    15: DataType.STRING,
}
_TEXTS = {DataType.STRING, DataType.TEXT, DataType.UUID}
# The fields that hold values, and the kind of each on the wire.
_VALUES = {10: VARINT, 11: VARINT, 12: FIXED32, 13: FIXED64, 14: VARINT} | dict.fromkeys(range(15, 20), BYTES)


@dataclass(slots=True)
class SparkplugMetric:
    """One metric.

    Attributes:
        value: of the last of the fields 10 to 19; None if there is none.
        value_field: its number.
    """

    name: str | None = None
    alias: int | None = None
    timestamp_ms: int | None = None
    datatype: int | None = None
    is_historical: bool = False
    is_null: bool = False
    value: int | bytes | None = None
    value_field: int = 0

    def reading(self, datatype: int | None) -> float | bool | str | None:
        """The number that it stands for; a text, in words, for what is none."""
        if self.is_null or self.value is None:
            return None
        kind = self._kind(datatype)
        match self.value:
            case bytes() as text if kind in _TEXTS and self.value_field == 15:
                return text.decode("utf-8", "replace")
            case int() as number if kind is not None and self.value_field <= 14:
                return self._number(kind, number)
            case _:
                return f"Sparkplug {_type_name(datatype)} is no number"

    def _kind(self, datatype: int | None) -> DataType | None:
        """The type to read the value as: the declared one, or else that of its field."""
        if datatype in _KNOWN and datatype:
            return DataType(datatype)
        return _BY_FIELD.get(self.value_field)

    def _number(self, kind: DataType, number: int) -> float | bool | str:
        match self.value_field:
            case 12:
                return struct.unpack("<f", number.to_bytes(4, "little"))[0]
            case 13:
                return struct.unpack("<d", number.to_bytes(8, "little"))[0]
            case 14:
                return number != 0
            case _:
                pass
        if kind in _BITS:
            bits = _BITS[kind]
            number &= 2**bits - 1
            return number - 2**bits if number >> bits - 1 else number
        if kind in _UNSIGNED or kind in {DataType.FLOAT, DataType.DOUBLE}:
            return number
        return bool(number) if kind is DataType.BOOLEAN else f"Sparkplug {kind.name} is no number"


@dataclass(slots=True)
class SparkplugPayload:
    """A message's content."""

    timestamp_ms: int | None = None
    seq: int | None = None
    metrics: Sequence[SparkplugMetric] = field(default_factory=list[SparkplugMetric])


def read_payload(message: bytes) -> SparkplugPayload:
    """The content of a message.

    Raises:
        UnreadableSparkplug: it is none.
    """
    try:
        return _payload(message)
    except MalformedProtobuf as error:
        raise UnreadableSparkplug(str(error)) from None


def _payload(message: bytes) -> SparkplugPayload:
    payload, metrics = SparkplugPayload(), list[SparkplugMetric]()
    for each in read_fields(message):
        match each.number:
            case 1:
                payload.timestamp_ms = _int(each)
            case 2:
                metrics.append(_metric(_bytes(each)))
            case 3:
                payload.seq = _int(each)
            case _:
                pass
    payload.metrics = metrics
    return payload


def _metric(message: bytes) -> SparkplugMetric:
    metric = SparkplugMetric()
    for each in read_fields(message):
        if each.number in _VALUES:
            _check_kind(each, _VALUES[each.number])
            metric.value, metric.value_field = each.value, each.number
        else:
            _describe(metric, each)
    return metric


def _describe(metric: SparkplugMetric, each: WireField) -> None:
    match each.number:
        case 1:
            metric.name = _bytes(each).decode("utf-8", "replace")
        case 2:
            metric.alias = _int(each)
        case 3:
            metric.timestamp_ms = _int(each)
        case 4:
            metric.datatype = _int(each)
        case 5:
            metric.is_historical = bool(_int(each))
        case 7:
            metric.is_null = bool(_int(each))
        case _:
            pass


def _int(each: WireField) -> int:
    _check_kind(each, VARINT)
    assert isinstance(each.value, int)  # noqa: S101 - what its kind says
    return each.value


def _bytes(each: WireField) -> bytes:
    _check_kind(each, BYTES)
    assert isinstance(each.value, bytes)  # noqa: S101 - what its kind says
    return each.value


def _check_kind(each: WireField, kind: int) -> None:
    if each.kind != kind:
        raise MalformedProtobuf(f"field {each.number} is of kind {each.kind}, not {kind}")


def _type_name(datatype: int | None) -> str:
    if datatype is None:
        return "value"
    return DataType(datatype).name if datatype in _KNOWN else f"data type {datatype}"


def instant_us(timestamp_ms: int | None) -> int | None:
    """Microseconds since 1970 UTC; None where there is no time, or none that 64 bits hold."""
    if timestamp_ms is None or timestamp_ms * 1000 >= _INT64:
        return None
    return timestamp_ms * 1000


def rebirth_command(now_ms: int) -> bytes:
    """The command that makes an edge node tell all its metrics again."""
    metric = write_bytes(1, b"Node Control/Rebirth") + write_number(3, now_ms)
    metric += write_number(4, DataType.BOOLEAN) + write_number(14, 1)
    return write_number(1, now_ms) + write_bytes(2, metric)
