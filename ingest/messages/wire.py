"""The WebSocket protocol's messages: bytes and text to typed values, and back. No I/O.

Binary frames are little-endian, column after column:

    0 "BG01"   4 uint32 n   8 uint64 seq   16 int32 channel[n], zeros up to a multiple of 8
    then int64 t_us[n], then float64 value[n]
"""

import struct
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from barograph.errors import fault_text
from barograph.readings.rejects.odd_readings import EXACT, OddReadings, OddRows
from ingest.messages.json_values import load_json, read_channels, read_times, read_values

MAGIC = b"BG01"
MAX_SEQ = 2**53 - 1
MAX_NAME = 500
MAX_SENSORS = 20_000
# Of a bind of as many sensors with as long keys, in JSON and UTF-8.
MAX_BIND_BYTES = 16 * 2**20
_HEADER = struct.Struct("<4sIQ")
T = TypeVar("T")


class ProtocolError(Exception):
    """A client's mistake, and the code that its socket is closed with."""

    def __init__(self, slug: str, detail: str, *, close: int = 4400, seq: int | None = None) -> None:
        super().__init__(detail)
        self.slug, self.detail, self.close, self.seq = slug, detail, close, seq


Text = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00]*$")]
ProducerName = Annotated[
    str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
]
"""Not blanks alone: people look for gateways by it."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class BindMessage(_Message):
    """Names the producer and the sensors of channels 0 … n - 1.

    `answer` says which channels to list, `agent` what program sends.
    """

    type: Literal["bind"]
    producer: ProducerName
    sensors: list[Text] = Field(max_length=MAX_SENSORS)
    historical: bool = False
    resume_at: int | None = Field(None, ge=1, le=MAX_SEQ)
    answer: Literal["all", "errors"] = "all"
    agent: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] | None = None


class DataMessage(_Message):
    """A frame as JSON. A value of null stands for one that is not a number, which JSON can't write."""

    type: Literal["data"]
    seq: int = Field(ge=1, le=MAX_SEQ)
    channel: list[int]
    t_us: list[int]
    value: list[float | None]


class SentDataMessage(_Message):
    """The same with values of whatever type: what is wrong with one costs its reading alone."""

    type: Literal["data"]
    seq: int = Field(ge=1, le=MAX_SEQ)
    channel: list[Any]
    t_us: list[Any]
    value: list[Any]


_SENT = TypeAdapter(SentDataMessage)
_BIND = TypeAdapter(BindMessage)
_DATA = TypeAdapter(DataMessage)


@dataclass(frozen=True, slots=True)
class FrameColumns:
    """A decoded frame: int32 channel[n], int64 t_us[n], float64 value[n], and what is odd about them."""

    seq: int
    channel: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    size_bytes: int
    odd: OddReadings | None = None


def decode_binary(message: bytes, max_readings: int) -> FrameColumns:
    """The columns, as views of the message.

    Raises:
        ProtocolError: not a frame of this protocol, or one with too many readings.
    """
    if len(message) < _HEADER.size or message[:4] != MAGIC:
        raise ProtocolError("malformed", "a binary frame starts with BG01, n and seq")
    _, n, seq = _HEADER.unpack_from(message)
    _check_size(n, seq, max_readings)
    times_at = _HEADER.size + (4 * n + 7) // 8 * 8
    values_at = times_at + 8 * n
    if len(message) != values_at + 8 * n:
        raise ProtocolError("malformed", f"{n} readings take {values_at + 8 * n} bytes, not {len(message)}")
    return FrameColumns(
        seq,
        np.frombuffer(message, "<i4", n, _HEADER.size),
        np.frombuffer(message, "<i8", n, times_at),
        np.frombuffer(message, "<f8", n, values_at),
        len(message),
    )


def decode_json(message: str, max_readings: int) -> FrameColumns:
    """The columns of a JSON frame, of which only the readings at fault are odd.

    Raises:
        ProtocolError: not a frame of this protocol, or one with too many readings.
    """
    try:
        data = _DATA.validate_json(message)
    except ValidationError as error:
        return _decode_loosely(message, max_readings, _malformed(error))
    n = _check_columns(data, max_readings)
    try:
        channel, t_us = np.array(data.channel, np.int32), np.array(data.t_us, np.int64)
    except OverflowError:
        return _decode_loosely(message, max_readings)
    value = np.array(data.value, np.float64)
    if (np.abs(value) >= EXACT).any():
        return _decode_loosely(message, max_readings)
    return FrameColumns(data.seq, channel, t_us, value, 20 * n + 64)


def _decode_loosely(message: str, max_readings: int, otherwise: ProtocolError | None = None) -> FrameColumns:
    """Value by value. What is no JSON raises the error that was found before."""
    try:
        sent = load_json(message)
    except ValueError as error:
        raise otherwise or ProtocolError("malformed", str(error)) from None
    try:
        data = _SENT.validate_python(sent)
    except ValidationError as error:
        raise _malformed(error) from None
    n = _check_columns(data, max_readings)
    odd = OddRows()
    channel = read_channels(data.channel, odd)
    t_us, value = read_times(data.t_us, odd), read_values(data.value, odd)
    readings = odd.readings()
    size_bytes = 20 * n + 64 + (0 if readings is None else readings.size_bytes)
    return FrameColumns(data.seq, channel, t_us, value, size_bytes, readings)


def _check_columns(data: "DataMessage | SentDataMessage", max_readings: int) -> int:
    """How many readings there are."""
    n = len(data.channel)
    _check_size(n, data.seq, max_readings)
    if not n == len(data.t_us) == len(data.value):
        raise ProtocolError("malformed", "channel, t_us and value differ in length", seq=data.seq)
    return n


def decode_bind(message: str | bytes) -> BindMessage:
    """The first message of a client.

    Raises:
        ProtocolError: something else came.
    """
    if isinstance(message, bytes):
        raise ProtocolError("malformed", "the first message is a bind, as text")
    return _parse(_BIND, message)


def _check_size(n: int, seq: int, max_readings: int) -> None:
    if not 1 <= seq <= MAX_SEQ:
        raise ProtocolError("malformed", f"seq runs from 1 to {MAX_SEQ}; this is {seq}")
    if n > max_readings:
        raise ProtocolError("too-big", f"a frame holds at most {max_readings} readings", close=1009, seq=seq)


def _parse(adapter: TypeAdapter[T], message: str) -> T:
    try:
        return adapter.validate_json(message)
    except ValidationError as error:
        raise _malformed(error) from None


def _malformed(error: ValidationError) -> ProtocolError:
    first = error.errors(include_url=False, include_input=False)[0]
    where, said = "/".join(str(part) for part in first["loc"]), fault_text(first["msg"])
    return ProtocolError("malformed", f"{where}: {said}" if where else said)
