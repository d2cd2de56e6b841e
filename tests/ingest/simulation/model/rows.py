"""Rows as the storing transaction writes them: the readings of both COPYs, and the dead letters."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from barograph.database.copy_format import EPOCH_2000_US, HEADER, TRAILER
from barograph.times import SECOND_US

_ROW = {
    "time": ">i8",
    "raw": ">f8",
    "physical": ">f8",
    "sensor_id": ">i4",
    "profile_id": ">i4",
    "flags": ">i2",
}
_BLOCK = {"first_time": ">i8", "last_time": ">i8", "sensor_id": ">i4", "profile_id": ">i4"}
# Of each array of a block: its elements' oid and type.
_ARRAYS = {"time": (1184, ">i8"), "raw": (701, ">f8"), "physical": (701, ">f8"), "flags": (21, ">i2")}


class StoredRow(NamedTuple):
    """A reading, as far as laws look at it. Its number is its raw value."""

    number: int
    t_us: int
    physical: float | None
    sensor_id: int
    profile_id: int | None


class WrittenReject(NamedTuple):
    """A dead letter."""

    number: int
    code: str


def read_rows(piece: bytes) -> Iterator[StoredRow]:
    """The readings of a piece of the stream; rows of a piece have the same nulls."""
    if piece in {HEADER, TRAILER}:
        return
    lengths = _first_lengths(piece, len(_ROW))
    assert all(length in {-1, _width(kind)} for length, kind in zip(lengths, _ROW.values(), strict=True))
    for row in np.frombuffer(piece, _row_type(lengths)):
        found = {name: row[name].item() for name, size in zip(_ROW, lengths, strict=True) if size >= 0}
        yield StoredRow(
            round(found["raw"]),
            found["time"] + EPOCH_2000_US,
            found.get("physical"),
            found["sensor_id"],
            found.get("profile_id"),
        )


def read_blocks(piece: bytes) -> Iterator[StoredRow]:
    """The readings of a piece of the other stream; its blocks have the same nulls, and one length.

    What no constraint of the table holds is asserted: each is of one second, in order, and says its bounds.
    """
    if piece in {HEADER, TRAILER}:
        return
    lengths = _first_lengths(piece, len(_BLOCK) + len(_ARRAYS))
    block_type = _block_type(lengths)
    blocks = np.frombuffer(piece, block_type)
    size = block_type["time"].shape[0]
    for name, (oid, kind) in _ARRAYS.items():
        if name in (block_type.names or ()):
            assert (blocks[f"{name}_head"] == (1, 0, oid, size, 1)).all(), name
            assert (blocks[name]["length"] == _width(kind)).all(), name
    for block in blocks:
        times = (block["time"]["value"].astype(np.int64) + EPOCH_2000_US).tolist()
        assert times == sorted(times)
        assert times[0] // SECOND_US == times[-1] // SECOND_US
        bounds = [block["first_time"].item() + EPOCH_2000_US, block["last_time"].item() + EPOCH_2000_US]
        assert bounds == [times[0], times[-1]]
        sensor_id = block["sensor_id"].item()
        profile_id = block["profile_id"].item() if lengths[3] >= 0 else None
        physical = block["physical"]["value"].tolist() if lengths[6] >= 0 else [None] * size
        for raw, t_us, value in zip(block["raw"]["value"].tolist(), times, physical, strict=True):
            yield StoredRow(round(raw), t_us, value, sensor_id, profile_id)


def read_rejects(block: Mapping[str, Any]) -> Iterator[WrittenReject]:
    """The letters of a block."""
    for value, kind in zip(block["value"].tolist(), block["kind"].tolist(), strict=True):
        yield WrittenReject(round(abs(value)), block["codes"][kind - 1])


def _first_lengths(piece: bytes, fields: int) -> tuple[int, ...]:
    """The length of each field of the first row; -1 is NULL."""
    assert int.from_bytes(piece[:2]) == fields
    lengths: list[int] = []
    place = 2
    for _ in range(fields):
        lengths.append(int.from_bytes(piece[place : place + 4], signed=True))
        place += 4 + max(0, lengths[-1])
    return tuple(lengths)


def _width(kind: str) -> int:
    return int(kind[2:])


@cache
def _row_type(lengths: tuple[int, ...]) -> np.dtype[np.void]:
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for (name, kind), length in zip(_ROW.items(), lengths, strict=True):
        fields += [(f"{name}_length", ">i4"), *([(name, kind)] if length >= 0 else [])]
    return np.dtype(fields)


@cache
def _block_type(lengths: tuple[int, ...]) -> np.dtype[np.void]:
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for (name, kind), length in zip(_BLOCK.items(), lengths[: len(_BLOCK)], strict=True):
        fields += [(f"{name}_length", ">i4"), *([(name, kind)] if length >= 0 else [])]
    for (name, (_, kind)), length in zip(_ARRAYS.items(), lengths[len(_BLOCK) :], strict=True):
        fields.append((f"{name}_length", ">i4"))
        if length >= 0:
            element = np.dtype([("length", ">i4"), ("value", kind)])
            size, rest = divmod(length - 20, element.itemsize)
            assert size > 0
            assert not rest
            fields += [(f"{name}_head", (">i4", 5)), (name, (element, size))]
    return np.dtype(fields)
