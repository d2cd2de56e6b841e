"""A committer's way to the database: opened again when it is lost, asked for less while it is slow."""

import threading
import time

import structlog
from prometheus_client import Counter, Histogram

from barograph.database.failures import FailureKind, kind_of
from barograph.plain_words import error_text
from barograph.readings.storing.store import Connection, connect
from barograph.readings.storing.storing_steps import StoringFault, fault_of

RETRIES = Counter("barograph_ingest_retries_total", "Commits tried again", ["reason"])
# From the beginning, for alerts: what a series begins with is no increase.
RETRIES.labels("refused")
COMMIT = Histogram("barograph_ingest_commit_seconds", "Time of a commit that went through")
log = structlog.stdlib.get_logger(__name__)

TIMEOUT_S = 10
LONGEST_TIMEOUT_S = 160
MIN_READINGS = 500
MAX_PAUSE_S = 2.0
# An attempt to connect costs little, and gateways wait for the first one that goes well.
MAX_PAUSE_WHILE_AWAY_S = 0.2


class Stopped(Exception):
    """The process is going away; nothing was acknowledged that isn't stored."""


class CommitterConnection:
    """A committer's connection, used by one thread at a time, with patience until `stop`.

    Attributes:
        failures: attempts that failed since the last that went well.
        batch_readings: how many readings to bring at once; fewer while the database is slow.
    """

    def __init__(self, database_url: str, batch_readings: int) -> None:
        self.failures = 0
        self.batch_readings = batch_readings
        self._max_readings = batch_readings
        self._database_url = database_url
        self._connection: Connection | None = None
        self._timeout_s = TIMEOUT_S
        self._began_s = 0.0
        self._is_slow = False
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Makes a wait for the database end with `Stopped`."""
        self._stopping.set()

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def connected(self) -> Connection:
        """The connection, opened if there is none."""
        self._began_s = time.monotonic()
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._database_url, transaction_timeout_s=self._timeout_s)
        return self._connection

    def succeeded(self) -> None:
        """Patience begins anew, and more may be brought at once."""
        COMMIT.observe(time.monotonic() - self._began_s)
        self.failures = 0
        self.batch_readings = min(self._max_readings, self.batch_readings * 5 // 4)

    def failed(self, error: Exception) -> StoringFault:
        """Finds the fault behind an error, and closes the connection unless the readings were refused."""
        # A transaction that takes too long may end in any way, such as a lost connection.
        self._is_slow = time.monotonic() - self._began_s > self._timeout_s - 1
        fault = fault_of(error)
        if fault is StoringFault.REFUSED:
            log.warning("storage refused a batch", error=error_text(error))
            RETRIES.labels("refused").inc()
            return fault
        self.close()
        if not self._is_slow:
            return fault
        RETRIES.labels("too-slow").inc()
        self.batch_readings = max(MIN_READINGS, self.batch_readings // 2)
        return StoringFault.SLOW

    def wait(self, error: Exception) -> None:
        """Waits a little longer each time, and after a frame that was too slow alone gives it more time.

        Raises:
            Stopped: `stop` was called.
        """
        if self._is_slow:
            self._timeout_s = min(LONGEST_TIMEOUT_S, self._timeout_s * 2)
        self.failures += 1
        is_away = kind_of(error) in {FailureKind.AWAY, FailureKind.LOST}
        longest_s = MAX_PAUSE_WHILE_AWAY_S if is_away else MAX_PAUSE_S
        delay_s = min(longest_s, 0.02 * 2 ** min(self.failures, 8))
        if self.failures.bit_count() == 1:  # the first, the second, the fourth, the eighth ...
            log.warning(
                "commit failed; trying again",
                error=error_text(error),
                failures=self.failures,
                delay_s=delay_s,
            )
        RETRIES.labels("database").inc()
        if self._stopping.wait(delay_s):
            raise Stopped from error
