"""Patches: "of this channel, replace everything in [from, to) by these". Pure.

A patch says nothing of what was there before, so that patches can be repeated, merged and left out: the last
one about a time is right.

    BL01 | uint32 length of the header | header, JSON, padded to a multiple of 8 | float64 columns

The columns of a picture in buckets are t_us, first, min, max, last, count; of one in samples t_us and value.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

MAGIC = b"BL01"
BUCKET_COLUMNS = ("t_us", "first", "min", "max", "last", "count")
SAMPLE_COLUMNS = ("t_us", "value")


class PatchPiece(NamedTuple):
    """One range of one channel: `rows` buckets or samples, made of `readings` readings."""

    channel: int
    from_us: int
    to_us: int
    rows: int
    readings: int


@dataclass(frozen=True)
class PatchContent:
    """The content of a patch, whoever it is for.

    Attributes:
        columns: float64[n] each, the rows of all pieces one after the other; `t_us` comes first. A float64
            holds microseconds exactly until 2255.
    """

    pieces: Sequence[PatchPiece]
    columns: Mapping[str, NDArray[np.float64]]

    @property
    def rows(self) -> int:
        """The rows of all pieces."""
        return sum(piece.rows for piece in self.pieces)

    @cached_property
    def last_us(self) -> int:
        """The time of the last row; there is one."""
        return int(self.columns["t_us"].max())

    @cached_property
    def _body(self) -> bytes:
        return b"".join(column.astype("<f8").tobytes() for column in self.columns.values())

    @cached_property
    def _pieces(self) -> str:
        return json.dumps(self.pieces, separators=(",", ":"))

    @cached_property
    def _documents(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = []
        row = 0
        for piece in self.pieces:
            columns = {name: column[row : row + piece.rows] for name, column in self.columns.items()}
            whole = {"t_us": columns["t_us"].astype(np.int64)}
            if "count" in columns:
                whole["count"] = columns["count"].astype(np.int64)
            lists = {name: column.tolist() for name, column in (columns | whole).items()}
            documents.append(piece._asdict() | lists)
            row += piece.rows
        return documents

    def binary(self, watch: int, position: str, now_us: int, late: int) -> bytes:
        """The patch as a message of the WebSocket."""
        header = (
            f'{{"watch":{watch},"position":"{position}","server_us":{now_us},"late":{late},'
            f'"patches":{self._pieces}}}'
        ).encode()
        header += b" " * (-len(header) % 8)
        return MAGIC + struct.pack("<I", len(header)) + header + self._body

    def text(self, position: str, now_us: int, late: int) -> bytes:
        """The patch as the data of a server-sent event."""
        return to_json(
            {"position": position, "server_us": now_us, "late": late, "patches": self._documents},
            inf_nan_mode="null",
        )
