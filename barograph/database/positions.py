"""Positions: which transactions a snapshot of the database had seen.

`<server>:<snapshot>`, as in `b65a1f3c:795:799:795,797`: since when the server runs, and PostgreSQL's text of
a snapshot. What a later moment sees that an earlier one did not is told by transactions, not by numbers in
the order in which rows were made: transactions commit in another order.

Why: decision 300.
"""

import re
from dataclasses import dataclass
from typing import Any

from psycopg.rows import DictRow

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
        """The position in a row of the statement `live.position`."""
        position = cls.parse(f"{row['server_us']:x}:{row['snapshot']}")
        assert position is not None, row  # noqa: S101  # PostgreSQL writes what we read
        return position

    def __str__(self) -> str:
        return f"{self.server_us:x}:{self.snapshot}"

    @property
    def snapshot(self) -> str:
        """The snapshot as PostgreSQL writes it."""
        return f"{self.oldest}:{self.next}:{','.join(map(str, self.running))}"

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the statement that finds what came after it."""
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
class Moment:
    """The moment that a transaction sees.

    Attributes:
        now_us: the server's clock.
        horizon: the greatest transaction whose changes have left the log.
    """

    position: Position
    now_us: int
    horizon: int

    @classmethod
    def of(cls, row: DictRow) -> "Moment":
        """The moment in a row of the statement `live.position`."""
        return cls(Position.of(row), row["now_us"], row["horizon"])
