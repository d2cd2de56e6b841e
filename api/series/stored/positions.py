"""Labels of a moment for clients that watch: its position, and how the picture is drawn that they hold.

As in `b50000.6f1d20c3.b65a1f3c:795:799:795,797`.

Why: decision 300.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.series.stored.fetch import fetch_row
from barograph.database.connections import Connection
from barograph.database.positions import Moment, Position

PictureKind = Literal["buckets", "samples"]
_KINDS: Mapping[str, PictureKind] = {"b": "buckets", "s": "samples"}
_LABEL = re.compile(r"([bs])(\d{1,19})\.([0-9a-f]{8})\.(.*)", re.ASCII)


@dataclass(frozen=True)
class Drawing:
    """How a client's picture is drawn: what it holds goes on only in a picture that is drawn like this.

    Attributes:
        size_us: of its buckets; 1 for samples.
        shows: a digest of the layer, and of the sensors in their channels.
    """

    kind: PictureKind
    size_us: int
    shows: str

    @classmethod
    def of(cls, kind: PictureKind, size_us: int, sensors: Mapping[int, UUID], *, is_raw: bool) -> "Drawing":
        """Makes the drawing of sensors, by channel."""
        text = f"{is_raw} " + ",".join(f"{channel}={sensors[channel]}" for channel in sorted(sensors))
        return cls(kind, size_us, hashlib.sha256(text.encode()).hexdigest()[:8])

    def label(self, position: Position) -> str:
        """A position as a client is told it, and may come back with."""
        return f"{self.kind[0]}{self.size_us}.{self.shows}.{position}"

    @classmethod
    def parse(cls, text: str) -> "tuple[Drawing, Position] | None":
        """Parses a label; None if it is none."""
        match = _LABEL.fullmatch(text)
        position = Position.parse(match[4]) if match else None
        if match is None or position is None:
            return None
        return cls(_KINDS[match[1]], int(match[2]), match[3]), position


async def find_moment(connection: Connection) -> Moment:
    """Reads the moment of a REPEATABLE READ transaction: all that it reads is of this moment."""
    return Moment.of(await fetch_row(connection, "live.position", {}))
