"""Who connects to PostgreSQL for what, and how long each may wait or hold: one table of all connections.

Each role waits only so long for a connection, and misses within half a minute a server that vanishes without
a word; the kernel's default is two hours. Times are UTC. `synchronous_commit` is left to the operator, or
raised (`barograph/database/durable.py`), never lowered for what is stored.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.rows import DictRow, RowFactory, TupleRow, dict_row, tuple_row

Row = TypeVar("Row")
KEEPALIVE: dict[str, Any] = {
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# An odd number of milliseconds, which nobody has set as a default.
PROBE_TIMEOUT_MS = 29_983


@dataclass(frozen=True, kw_only=True)
class ConnectionRole(Generic[Row]):
    """The settings that a connection begins with. A timeout that is None is the server's.

    Attributes:
        name: `application_name`, by which `pg_stat_activity` tells connections apart.
        is_durable: COMMIT comes back without doubt.
        takes_arrays: NumPy's arrays go and come.
        reads_archive: its statements may be about archived readings, in transactions that only read.
        prepare_after: uses of a statement before the server keeps its plan; None: it plans each anew.
    """

    name: str
    rows: RowFactory[Row]
    connect_s: int = 5
    statement_s: float | None = None
    lock_s: float | None = None
    transaction_s: float | None = None
    idle_in_transaction_s: float | None = None
    isolation: psycopg.IsolationLevel | None = None
    autocommit: bool = False
    is_durable: bool = False
    takes_arrays: bool = False
    reads_archive: bool = False
    prepare_after: int | None = 5

    def arguments(self, **timeouts_s: float) -> dict[str, Any]:
        """Keyword arguments of the driver's `connect`.

        Args:
            timeouts_s: as the fields that end in `_s`, instead of the role's.
        """
        return {
            "application_name": self.name,
            "autocommit": self.autocommit,
            "connect_timeout": self.connect_s,
            "options": self._options(timeouts_s),
            "prepare_threshold": self.prepare_after,
            **KEEPALIVE,
        }

    def _options(self, instead_s: dict[str, float]) -> str:
        timeouts_s = {
            "statement_timeout": instead_s.get("statement_s", self.statement_s),
            "lock_timeout": self.lock_s,
            "transaction_timeout": instead_s.get("transaction_s", self.transaction_s),
            "idle_in_transaction_session_timeout": self.idle_in_transaction_s,
        }
        said = [f"-c {name}={round(s * 1000)}ms" for name, s in timeouts_s.items() if s is not None]
        return " ".join(["-c timezone=UTC", *said])


class Role:
    """Every connection's role."""

    # Pools of the API, where a request is a transaction, and of ingest's edges, where a statement is one:
    # to begin and to end it would be two more round trips for each body that comes.
    # What a request asks, the next ones ask too, and to plan it often takes longer than to answer it.
    REQUESTS = ConnectionRole[DictRow](
        name="barograph",
        rows=dict_row,
        statement_s=30,
        is_durable=True,
        takes_arrays=True,
        reads_archive=True,
        prepare_after=1,
    )
    EDGES = ConnectionRole[DictRow](
        name="barograph",
        rows=dict_row,
        statement_s=15,
        autocommit=True,
        is_durable=True,
        takes_arrays=True,
    )
    # Questions about readings, each in a thread of its own.
    QUESTIONS = ConnectionRole[DictRow](
        name="barograph-questions",
        rows=dict_row,
        statement_s=30,
        is_durable=True,
        takes_arrays=True,
        reads_archive=True,
        prepare_after=1,
    )
    # What changes of the readings, for those who watch.
    LIVE = ConnectionRole[DictRow](
        name="barograph-live",
        rows=dict_row,
        statement_s=15,
        is_durable=True,
        takes_arrays=True,
        reads_archive=True,
    )
    # A process that is paused in mid-transaction must not hold its producers for ever.
    STORE = ConnectionRole[Any](
        name="barograph-store",
        rows=tuple_row,
        transaction_s=10,
        idle_in_transaction_s=10,
        autocommit=True,
        is_durable=True,
        takes_arrays=True,
        prepare_after=1,
    )
    CATALOG = ConnectionRole[DictRow](name="barograph-catalog", rows=dict_row)
    NOTICES = ConnectionRole[TupleRow](name="barograph-listen", rows=tuple_row, autocommit=True)
    # Claims of rows. Each statement is planned for its own times: only then are chunks left out.
    WORK = ConnectionRole[DictRow](
        name="barograph-work",
        rows=dict_row,
        statement_s=30,
        transaction_s=60,
        idle_in_transaction_s=10,
        isolation=psycopg.IsolationLevel.REPEATABLE_READ,
        autocommit=True,
        takes_arrays=True,
        prepare_after=None,
    )
    # What is left to do: the same statement again and again, whose plan the server keeps.
    SCHEDULE = ConnectionRole[DictRow](
        name="barograph-schedule", rows=dict_row, statement_s=30, autocommit=True, prepare_after=1
    )
    HOUSEKEEPING = ConnectionRole[DictRow](
        name="barograph-housekeeping",
        rows=dict_row,
        statement_s=50,
        idle_in_transaction_s=10,
        autocommit=True,
    )
    # Who holds a chunk longer than its lock is waited for meets us again at the next run.
    RETENTION = ConnectionRole[DictRow](
        name="barograph-retention",
        rows=dict_row,
        statement_s=30,
        lock_s=2,
        idle_in_transaction_s=10,
        autocommit=True,
        prepare_after=None,
    )
    # A file of old readings is a transaction, and so is what makes rows of it again.
    ARCHIVE = ConnectionRole[DictRow](
        name="barograph-archive",
        rows=dict_row,
        lock_s=60,
        isolation=psycopg.IsolationLevel.REPEATABLE_READ,
        autocommit=True,
        takes_arrays=True,
        prepare_after=None,
    )
    # All readings of a question, whole: a page of them in a statement, all in one snapshot.
    EXPORTS = ConnectionRole[DictRow](
        name="barograph-exports",
        rows=dict_row,
        statement_s=60,
        isolation=psycopg.IsolationLevel.REPEATABLE_READ,
        takes_arrays=True,
        prepare_after=None,
    )
    # Which export a worker makes, and how far it is. Its lock ends with the connection.
    EXPORT_JOBS = ConnectionRole[DictRow](
        name="barograph-export-jobs", rows=dict_row, statement_s=30, autocommit=True
    )
    # Who carries events holds a lock as long as the connection; each statement stands alone.
    EVENTS = ConnectionRole[DictRow](
        name="barograph-events",
        rows=dict_row,
        statement_s=15,
        transaction_s=30,
        idle_in_transaction_s=10,
        autocommit=True,
    )
    # A chunk may take an hour.
    COLUMNSTORE = ConnectionRole[DictRow](name="barograph-columnstore", rows=dict_row, autocommit=True)
    AUDIT = ConnectionRole[DictRow](name="barograph-audit", rows=dict_row)
    METRICS = ConnectionRole[DictRow](name="barograph-metrics", rows=dict_row, connect_s=2, statement_s=2)
    COMMAND = ConnectionRole[TupleRow](name="barograph-command", rows=tuple_row)
    DOCTOR = ConnectionRole[DictRow](name="barograph-doctor", rows=dict_row)
    # Whoever backs up holds a lock as long as the connection; each statement stands alone.
    BACKUP = ConnectionRole[DictRow](name="barograph-backup", rows=dict_row, autocommit=True)
    # Each migration sets its own timeouts.
    SETUP = ConnectionRole[TupleRow](name="barograph-setup", rows=tuple_row, autocommit=True)
    PROBE = ConnectionRole[TupleRow](
        name="barograph-probe", rows=tuple_row, connect_s=2, statement_s=2, autocommit=True
    )
    POOLER_PROBE = ConnectionRole[TupleRow](
        name="barograph-probe",
        rows=tuple_row,
        statement_s=PROBE_TIMEOUT_MS / 1000,
        autocommit=True,
        prepare_after=None,
    )
