"""Positions: which transactions a moment of the database had seen.

`<server>:<snapshot>`, as in `b65a1f3c:795:799:795,797`: since when the server runs, and PostgreSQL's text of
a snapshot. What a later moment sees that an earlier one did not is told by transactions, not by numbers in
the order in which rows were made: transactions commit in another order.

A client is told a position with the drawing of what it holds: `b50000.6f1d20c3.b65a1f3c:795:799:795,797`.

Why: decision 300.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import DictRow

from api.series.stored.fetch import fetch_row
from barograph.database.connections import Connection

PictureKind = Literal["buckets", "samples"]
_KINDS: Mapping[str, PictureKind] = {"b": "buckets", "s": "samples"}
_LABEL = re.compile(r"([bs])(\d{1,19})\.([0-9a-f]{8})\.(.*)", re.ASCII)
_WRITTEN = re.compile(r"([0-9a-f]{1,16}):(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)", re.ASCII)


@dataclass(frozen=True)
class Position:
    """A moment.

    Attributes:
        server_us: when the server was started. A restored database has been started anew.
        oldest: the least transaction that was running; all before it had ended.
        next: the first that had not begun.
        running: those between them that were running.
    """

    server_us: int
    oldest: int
    next: int
    running: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """The position that a client names; None if it is none."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            return None
        running = tuple(int(each) for each in match[4].split(",") if each)
        return cls(int(match[1], 16), int(match[2]), int(match[3]), running)

    @classmethod
    def of(cls, row: DictRow) -> "Position":
        """Of a row of the statement `live.position`."""
        position = cls.parse(f"{row['server_us']:x}:{row['snapshot']}")
        assert position is not None, row  # noqa: S101  # PostgreSQL writes what we read
        return position

    def __str__(self) -> str:
        return f"{self.server_us:x}:{self.snapshot}"

    @property
    def snapshot(self) -> str:
        """As PostgreSQL writes it."""
        return f"{self.oldest}:{self.next}:{','.join(map(str, self.running))}"

    @property
    def parameters(self) -> dict[str, Any]:
        """For the statement that finds what came after it."""
        return {"next": str(self.next), "running": list(map(str, self.running))}

    def can_follow(self, earlier: "Position", horizon: int) -> bool:
        """Whether the log still holds all that came between.

        Args:
            earlier: where a client stands.
            horizon: the greatest transaction whose changes have left the log.
        """
        if earlier.server_us != self.server_us or earlier.next > self.next:
            return False
        ended = set(earlier.running).difference(self.running)
        return horizon < earlier.next and all(horizon < each for each in ended)


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
        """Of sensors by channel."""
        text = f"{is_raw} " + ",".join(f"{channel}={sensors[channel]}" for channel in sorted(sensors))
        return cls(kind, size_us, hashlib.sha256(text.encode()).hexdigest()[:8])

    def label(self, position: Position) -> str:
        """A position as a client is told it, and may come back with."""
        return f"{self.kind[0]}{self.size_us}.{self.shows}.{position}"

    @classmethod
    def parse(cls, text: str) -> "tuple[Drawing, Position] | None":
        """What a label tells; None if it is none."""
        match = _LABEL.fullmatch(text)
        position = Position.parse(match[4]) if match else None
        if match is None or position is None:
            return None
        return cls(_KINDS[match[1]], int(match[2]), match[3]), position


@dataclass(frozen=True)
class Moment:
    """Where a transaction stands.

    Attributes:
        now_us: the server's clock.
        horizon: the greatest transaction whose changes have left the log.
    """

    position: Position
    now_us: int
    horizon: int


async def find_moment(connection: Connection) -> Moment:
    """Of a transaction that is REPEATABLE READ: all that it reads is of this moment."""
    row = await fetch_row(connection, "live.position", {})
    return Moment(Position.of(row), row["now_us"], row["horizon"])
