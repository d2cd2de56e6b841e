"""Data frames: columns of readings to a WebSocket message, and back.

A binary frame is little-endian, column after column:

    offset 0       "BG01"
           4       uint32 n
           8       uint64 seq
          16       int32 channel[n], zeros up to a multiple of 8
                   int64 t_us[n]
                   float64 value[n]
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from barograph_client.errors import MalformedMessage

MAGIC = b"BG01"
MAX_SEQ = 2**53 - 1

_HEADER = struct.Struct("<4sIQ")
_PADDING = b"\0" * 4


@dataclass(frozen=True, slots=True)
class Frame:
    """Readings in the order they were taken.

    Attributes:
        seq: 1 to 2^53 - 1, rising by one from frame to frame of a producer.
        channel: int32[n], positions in the list of sensors that was bound.
        t_us: int64[n], microseconds since 1970 UTC.
        value: float64[n], raw.
    """

    seq: int
    channel: npt.NDArray[np.int32]
    t_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if not 1 <= self.seq <= MAX_SEQ:
            raise ValueError(f"seq is {self.seq}, it must lie between 1 and 2^53 - 1")
        if not self.channel.shape == self.t_us.shape == self.value.shape == (self.n,):
            raise ValueError("channel, t_us and value must be columns of one length")
        if (types := _types(self)) != ("i4", "i8", "f8"):
            raise ValueError(f"channel, t_us and value are int32, int64 and float64; these are {types}")

    @property
    def n(self) -> int:
        """How many readings."""
        return len(self.channel)


def _types(frame: Frame) -> tuple[str, ...]:
    """Kind and size, in whatever byte order: what is written must not be cut to fit."""
    return tuple(column.dtype.str[1:] for column in (frame.channel, frame.t_us, frame.value))


def encode_binary(frame: Frame) -> bytes:
    """24 bytes a reading, or 20 and padding for few."""
    return b"".join(
        (
            _HEADER.pack(MAGIC, frame.n, frame.seq),
            frame.channel.astype("<i4", copy=False).tobytes(),
            _PADDING if frame.n % 2 else b"",
            frame.t_us.astype("<i8", copy=False).tobytes(),
            frame.value.astype("<f8", copy=False).tobytes(),
        )
    )


def with_seq(message: bytes, seq: int) -> bytes:
    """The same binary frame under another number."""
    return b"".join((message[:8], seq.to_bytes(8, "little"), message[16:]))


def encode_json(frame: Frame) -> str:
    """Larger and slower, but readable. JSON has no NaN nor infinity: either becomes null."""
    value = [v if math.isfinite(v) else None for v in frame.value.tolist()]
    columns = {"channel": frame.channel.tolist(), "t_us": frame.t_us.tolist(), "value": value}
    return json.dumps({"type": "data", "seq": frame.seq, **columns}, separators=(",", ":"))


def decode(message: bytes | str) -> Frame:
    """A frame of either form; the binary one's columns are read-only views of the message.

    Raises:
        MalformedMessage: it is neither.
    """
    try:
        return _decode_binary(message) if isinstance(message, bytes) else _decode_json(message)
    except (ValueError, KeyError, TypeError, OverflowError, struct.error) as error:
        raise MalformedMessage(f"not a data frame: {error}") from error


def _decode_binary(message: bytes) -> Frame:
    magic, n, seq = _HEADER.unpack_from(message)
    t_us_at = _HEADER.size + (4 * n + 7) // 8 * 8
    value_at = t_us_at + 8 * n
    if magic != MAGIC or len(message) != value_at + 8 * n:
        raise ValueError(f"{len(message)} bytes that claim to hold {n} readings")
    return Frame(
        seq,
        np.frombuffer(message, "<i4", n, _HEADER.size),
        np.frombuffer(message, "<i8", n, t_us_at),
        np.frombuffer(message, "<f8", n, value_at),
    )


def _decode_json(message: str) -> Frame:
    data: dict[str, Any] = json.loads(message)
    if data["type"] != "data":
        raise ValueError(f"type is {data['type']!r}")
    return Frame(
        data["seq"],
        np.array(data["channel"], np.int32),
        np.array(data["t_us"], np.int64),
        np.array(data["value"], np.float64),  # null becomes NaN
    )
