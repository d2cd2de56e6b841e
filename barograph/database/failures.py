"""What an error of the database means for whoever asked: the one place that decides it.

What to do then is the caller's: to halve a batch or to give up, to wait or to say 503. It is decided by
SQLSTATE, as the server says it; the driver sorts these into classes that mix what passes with what stays.

Why: decision 181.
"""

from enum import Enum

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from barograph.database.durable import Unconfirmed


class FailureKind(Enum):
    """Kinds that callers tell apart."""

    OVERTAKEN = "another transaction came first, and this one is rolled back"
    UNCONFIRMED = "whether it was committed for good is not known, as after a lost COMMIT"
    HELD = "somebody else holds a lock for longer than this one waits"
    LATE = "it took longer than it may, or was cancelled: less at once may help"
    CROWDED = "it needs too many locks, or too much memory: less at once may help"
    REPEATED = "a row like it exists already"
    REFUSED = "the data is at fault: without it, the rest goes well"
    AWAY = "the server goes, comes, lets nobody in or has no room: nobody's work can succeed now"
    LOST = "no answer, or no longer: it is away, or ended a connection that took too long"
    FAULTY = "a statement, the schema or the program is at fault"


DATA_AT_FAULT = frozenset({FailureKind.REPEATED, FailureKind.REFUSED})

# SQLSTATE, or its first two characters, which are its class.
_KINDS = {
    "08": FailureKind.AWAY,
    "08007": FailureKind.UNCONFIRMED,  # transaction_resolution_unknown
    "22": FailureKind.REFUSED,
    "23": FailureKind.REFUSED,
    "23505": FailureKind.REPEATED,  # unique_violation
    "23P01": FailureKind.REPEATED,  # exclusion_violation
    "25006": FailureKind.AWAY,  # read_only_sql_transaction: a standby, to which nobody can write
    "25P03": FailureKind.LATE,  # idle_in_transaction_session_timeout
    "25P04": FailureKind.LATE,  # transaction_timeout
    "28": FailureKind.AWAY,
    "40": FailureKind.OVERTAKEN,
    "40003": FailureKind.UNCONFIRMED,  # statement_completion_unknown
    "53": FailureKind.AWAY,
    "53200": FailureKind.CROWDED,  # out_of_memory, which is mostly the table of locks
    "54": FailureKind.REFUSED,
    "55006": FailureKind.HELD,  # object_in_use
    "55P03": FailureKind.HELD,  # lock_not_available
    "57": FailureKind.AWAY,
    "57014": FailureKind.LATE,  # query_canceled
    "58": FailureKind.AWAY,
    "P0001": FailureKind.REFUSED,  # raise_exception: a guard of ours
}


def kind_of(error: BaseException | None) -> FailureKind:
    """The meaning of an error; FAULTY too if it is none of the database."""
    match error:
        case Unconfirmed():
            return FailureKind.UNCONFIRMED
        case psycopg.Error() if state := error.sqlstate or error.diag.sqlstate:
            return _KINDS.get(state) or _KINDS.get(state[:2], FailureKind.FAULTY)
        case psycopg.DataError():  # the driver's own, before anything is sent
            return FailureKind.REFUSED
        case (
            PoolTimeout() | PoolClosed() | TooManyRequests() | psycopg.errors.ConnectionTimeout() | OSError()
        ):
            return FailureKind.AWAY
        case psycopg.OperationalError():
            return FailureKind.LOST
        case _:
            return FailureKind.FAULTY
