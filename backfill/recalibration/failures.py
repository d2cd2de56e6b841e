"""Handles work that fails: it is begun again at once, or later, or noted with its reason.

What passes by itself is raised as it is. What doesn't is raised as an error that says what it was about, and
why, to whoever notes it.
"""

from backfill.recalibration.rewrite import RowsMoved
from barograph.database.failures import FailureKind, kind_of
from barograph.plain_words import error_text

MAX_REASON_CHARACTERS = 1000
# What was committed without the standby's word shows up as done in the next try.
AGAIN = frozenset({FailureKind.OVERTAKEN, FailureKind.UNCONFIRMED})


class WindowFailed(Exception):
    """A window's transaction failed, for a reason that doesn't pass by itself."""

    def __init__(self, window_id: int, reason: str) -> None:
        super().__init__(f"window {window_id}: {reason}")
        self.window_id = window_id
        self.reason = reason


class DueFailed(Exception):
    """Readings that are due could not be converted, for a reason that doesn't pass by itself."""

    def __init__(self, due_id: int, reason: str) -> None:
        super().__init__(f"due {due_id}: {reason}")
        self.due_id = due_id
        self.reason = reason


def is_passing(error: BaseException) -> bool:
    """Whether somebody else was at the same rows: the next try sees what they left."""
    return isinstance(error, RowsMoved) or kind_of(error) in AGAIN


def is_away(error: BaseException) -> bool:
    """Whether the database is away, or has no room, so that nobody's work can succeed.

    A connection that was lost is no sign of that: it is how a transaction ends that takes too long.
    """
    return kind_of(error) is FailureKind.AWAY


def passes(error: BaseException) -> bool:
    """Whether it is nobody's fault here: it is tried again, at once or later."""
    return is_passing(error) or is_away(error)


def describe(error: BaseException) -> str:
    """The reason to show people."""
    return error_text(error)[:MAX_REASON_CHARACTERS]
