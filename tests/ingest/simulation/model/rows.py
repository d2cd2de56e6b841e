"""Rows as the storing transaction writes them: COPY's readings, and the dead letters."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from barograph.database.copy_format import EPOCH_2000_US, HEADER, TRAILER

_TYPES = {
    "time": ">i8",
    "raw": ">f8",
    "physical": ">f8",
    "sensor_id": ">i4",
    "profile_id": ">i4",
    "flags": ">i2",
}


class StoredRow(NamedTuple):
    """A row of `reading`, as far as laws look at it. Its number is its raw value."""

    number: int
    t_us: int
    physical: float | None
    sensor_id: int
    profile_id: int | None


class WrittenReject(NamedTuple):
    """A dead letter."""

    number: int
    code: str


def read_copied(piece: bytes) -> Iterator[StoredRow]:
    """The readings of a piece of the stream; rows of a piece have the same nulls."""
    if piece in {HEADER, TRAILER}:
        return
    present: list[bool] = []
    place = 2
    for kind in _TYPES.values():
        length = int.from_bytes(piece[place : place + 4], signed=True)
        present.append(length >= 0)
        assert length in {-1, int(kind[2:])}
        place += 4 + max(0, length)
    for row in np.frombuffer(piece, _row_type(tuple(present))):
        found = {name: row[name].item() for name, there in zip(_TYPES, present, strict=True) if there}
        yield StoredRow(
            round(found["raw"]),
            found["time"] + EPOCH_2000_US,
            found.get("physical"),
            found["sensor_id"],
            found.get("profile_id"),
        )


def read_rejects(block: Mapping[str, Any]) -> Iterator[WrittenReject]:
    """The letters of a block."""
    for value, kind in zip(block["value"].tolist(), block["kind"].tolist(), strict=True):
        yield WrittenReject(round(abs(value)), block["codes"][kind - 1])


@cache
def _row_type(present: tuple[bool, ...]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for (name, kind), there in zip(_TYPES.items(), present, strict=True):
        fields += [(f"{name}_length", ">i4"), *([(name, kind)] if there else [])]
    return np.dtype(fields)
