"""How storing goes on after anything that can fail: the one place that decides it. Pure.

    what went wrong                    work that can be split    a piece alone
    somebody changes some catalogs     those projects apart      (waits for its turn)
    too many chunks for one commit     halves                    stored all the same
    the database refuses the data      halves                    into the dead letters
    too many locks                     halves                    again; at last into the dead letters
    it took too long                   halves                    again, with more time
    no database, deadlock, full disk   again                     again
    the dead letters are refused too   again                     again

"Again" lasts as long as the patience of the connection at hand, which raises the error in the end.
"""

from enum import Enum, auto

from barograph.database.failures import DATA_AT_FAULT, FailureKind, kind_of

MAX_CHUNKS = 32
"""Of one commit, unless a piece alone touches more. Each takes locks, for which there is little room."""
MAX_ALONE_ATTEMPTS = 8


class StoringFault(Enum):
    """A fault, as far as storing tells it apart from others."""

    HELD = auto()
    TOO_WIDE = auto()
    REFUSED = auto()
    CROWDED = auto()
    SLOW = auto()
    PASSING = auto()


class StoringStep(Enum):
    """The step that follows a fault."""

    SPLIT = auto()
    REFUSE = auto()
    AGAIN = auto()


def fault_of(error: Exception) -> StoringFault:
    """The fault behind an error of the database. Only a clock can tell that it was slow."""
    kind = kind_of(error)
    if kind in DATA_AT_FAULT:
        return StoringFault.REFUSED
    return StoringFault.CROWDED if kind is FailureKind.CROWDED else StoringFault.PASSING


def next_step(fault: StoringFault, *, is_alone: bool, is_refusing: bool, failures: int) -> StoringStep:
    """The table above.

    Args:
        is_alone: the work can't be split.
        is_refusing: the attempt was to put all of it into the dead letters.
        failures: how many attempts in a row have failed before this one, and were waited for.
    """
    if not is_alone and fault is not StoringFault.PASSING:
        return StoringStep.SPLIT
    is_hopeless = fault is StoringFault.CROWDED and failures >= MAX_ALONE_ATTEMPTS
    if not is_refusing and (fault is StoringFault.REFUSED or is_hopeless):
        return StoringStep.REFUSE
    return StoringStep.AGAIN
