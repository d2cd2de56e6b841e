"""States of experiments, runs and capture sessions, and the moves between them.

The database decides: a move is an update of rows that are locked and still in the status that was looked
at, and its guards refuse what other rows forbid.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar

from barograph.errors import Conflict

Status = TypeVar("Status", bound=str)
Moves: TypeAlias = Mapping[Status, Sequence[Status]]

RunStatus = Literal["draft", "running", "finished", "failed", "archived"]
CaptureStatus = Literal["draft", "running", "succeeded", "failed", "backfilling", "archived"]

RUN_MOVES: Moves[RunStatus] = {
    "draft": ("running", "archived"),
    "running": ("finished", "failed"),
    "finished": ("archived",),
    "failed": ("archived",),
    "archived": (),
}
"""Of runs, and of experiments."""

CAPTURE_MOVES: Moves[CaptureStatus] = {
    "draft": ("running", "archived"),
    "running": ("succeeded", "failed"),
    "succeeded": ("archived",),
    "failed": ("archived",),
    "backfilling": (),
    "archived": (),
}
"""Of capture sessions, by people. Only backfills move them to `backfilling` and back, in the database."""


def check_move(noun: str, moves: Moves[Status], old: Status, new: Status) -> None:
    """Call with the row locked.

    Raises:
        Conflict: there is no such move; names those there are.
    """
    if new not in moves[old]:
        allowed = " or ".join(moves[old]) or "nothing else"
        raise Conflict(f"the {noun} is {old}; it can become {allowed}, not {new}")


def origins(moves: Moves[Status], new: Status) -> list[Status]:
    """The states from which something may become this."""
    return [old for old, allowed in moves.items() if new in allowed]
