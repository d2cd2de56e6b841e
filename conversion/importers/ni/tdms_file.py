"""The properties of a TDMS file's objects, or of its .tdms_index. Readings are not looked at.

Each segment begins with a lead-in of 28 bytes, and may hold descriptions of objects: a path such as
`/'Group'/'Channel'`, how its raw data lie, and named properties. Later segments add to or replace properties.
Source: NI, TDMS File Format Internal Structure.
"""

import struct
from collections.abc import Iterator

from conversion.errors import ImportRefused

MAX_BYTES = 64 * 2**20


_LEAD_IN = struct.Struct("<4sIIQQ")
_METADATA, _BIG_ENDIAN = 1 << 1, 1 << 6
_NO_DATA, _AS_BEFORE = 0xFFFFFFFF, 0
_DAQMX = {0x69120000, 0x69130000, 0x00001269, 0x00001369}
_STRING, _TIMESTAMP = 0x20, 0x44
_FORMATS = {
    1: "b",
    2: "h",
    3: "i",
    4: "q",
    5: "B",
    6: "H",
    7: "I",
    8: "Q",
    9: "f",
    10: "d",
    0x19: "f",
    0x1A: "d",
    0x21: "?",
}


def read(content: bytes) -> dict[str, dict[str, object]]:
    """Properties by object path, in the order of the file.

    Raises:
        ImportRefused: the bytes are no TDMS, longer than 64 MiB, or end within a description.
    """
    if len(content) > MAX_BYTES:
        raise ImportRefused("TDMS", f"is longer than {MAX_BYTES:,} bytes")
    if content[:4] not in {b"TDSm", b"TDSh"}:
        raise ImportRefused("TDMS", "is no TDMS file")
    objects: dict[str, dict[str, object]] = {}
    for path, properties in _described(content):
        objects.setdefault(path, {}).update(properties)
    return objects


def _described(content: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    """The objects of each segment. No byte is read twice: a segment begins after what was read before."""
    is_index = content[:4] == b"TDSh"
    at = 0
    while at + _LEAD_IN.size <= len(content):
        _, contents, _, next_offset, raw_offset = _LEAD_IN.unpack_from(content, at)
        if content[at : at + 4] != content[:4]:
            raise ImportRefused("TDMS", f"has no segment at byte {at}")
        if contents & _METADATA:
            reader = _Reader(content, at + _LEAD_IN.size, ">" if contents & _BIG_ENDIAN else "<")
            yield from reader.objects()
            at = max(reader.at, at + _LEAD_IN.size + (raw_offset if is_index else next_offset))
        else:
            at += _LEAD_IN.size + (0 if is_index else next_offset)


class _Reader:
    """Values one after the other."""

    def __init__(self, content: bytes, at: int, order: str) -> None:
        self._content, self.at, self._order = content, at, order

    def objects(self) -> Iterator[tuple[str, dict[str, object]]]:
        for _ in range(self._number("I")):
            path = self._string()
            self._skip_raw_index()
            yield path, dict(self._property() for _ in range(self._number("I")))

    def _property(self) -> tuple[str, object]:
        name, data_type = self._string(), self._number("I")
        if data_type == _STRING:
            return name, self._string()
        if data_type == _TIMESTAMP:
            self._skip(16)
            return name, ""
        if data_type not in _FORMATS:
            raise ImportRefused("TDMS", f"property {name} is of type {data_type:#x}, which is not known")
        return name, self._number(_FORMATS[data_type])

    def _skip_raw_index(self) -> None:
        length = self._number("I")
        if length in _DAQMX:
            self._skip(16)
            # Each scaler is five numbers of 4 bytes, the last of them for lines of a port shorter by 3.
            self._skip(self._number("I") * (17 if length in {0x69130000, 0x00001369} else 20))
            self._skip(self._number("I") * 4)
        elif length not in {_NO_DATA, _AS_BEFORE}:
            self._skip(length - 4)

    def _string(self) -> str:
        length = self._number("I")
        start = self.at
        self._skip(length)
        return self._content[start : self.at].decode("utf-8", "replace")

    def _number(self, code: str) -> int:
        layout = struct.Struct(self._order + code)
        start = self.at
        self._skip(layout.size)
        return layout.unpack_from(self._content, start)[0]

    def _skip(self, count: int) -> None:
        self.at += count
        if count < 0 or self.at > len(self._content):
            raise ImportRefused("TDMS", "ends within a description")
