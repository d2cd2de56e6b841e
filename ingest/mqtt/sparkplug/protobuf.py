"""The wire format of Protocol Buffers, as far as Sparkplug needs it. Pure.

Why: decision 600.
"""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10
_UINT64 = 2**64 - 1


class MalformedProtobuf(Exception):
    """These bytes are no message of Protocol Buffers"""


class WireField(NamedTuple):
    """A field; its value is an integer of up to 64 bits, or bytes."""

    number: int
    kind: int
    value: int | bytes


def read_fields(message: bytes) -> Iterator[WireField]:
    """All fields of a message, in their order.

    Raises:
        MalformedProtobuf: it can't be read to its end.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if not number:
            raise MalformedProtobuf("a field without a number")
        value, place = _value(message, place, kind)
        yield WireField(number, kind, value)


def _value(message: bytes, place: int, kind: int) -> tuple[int | bytes, int]:
    match kind:
        case 0:
            return _varint(message, place)
        case 1 | 5:
            end = place + (8 if kind == FIXED64 else 4)
            return int.from_bytes(_cut(message, place, end), "little"), end
        case 2:
            size, place = _varint(message, place)
            return _cut(message, place, place + size), place + size
        case _:
            raise MalformedProtobuf(f"a field of kind {kind}")


def _cut(message: bytes, place: int, end: int) -> bytes:
    if end > len(message):
        raise MalformedProtobuf("it ends within a field")
    return message[place:end]


def _varint(message: bytes, place: int) -> tuple[int, int]:
    number = 0
    for count in range(_MAX_VARINT_BYTES):
        if place + count >= len(message):
            raise MalformedProtobuf("it ends within a number")
        byte = message[place + count]
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number & _UINT64, place + count + 1
    raise MalformedProtobuf("a number of more than 64 bits")


def write_varint(number: int) -> bytes:
    """A number of up to 64 bits."""
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def write_number(field: int, number: int) -> bytes:
    """A field that holds a number."""
    return write_varint(field << 3 | VARINT) + write_varint(number)


def write_bytes(field: int, value: bytes) -> bytes:
    """A field that holds bytes, a text or a message."""
    return write_varint(field << 3 | BYTES) + write_varint(len(value)) + value
