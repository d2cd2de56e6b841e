"""Counts and logs what happens to a WebSocket: refused, bound or not, and how it ended."""

from collections.abc import Generator
from contextlib import contextmanager

import structlog
from prometheus_client import Counter

from barograph.errors import BarographError
from ingest.producers.producer_stream import Ending, Producer

REFUSALS = Counter(
    "barograph_ingest_socket_refusals_total", "WebSockets refused before they were open", ["status"]
)
BINDS = Counter("barograph_ingest_binds_total", "Binds, by what became of them", ["result"])
CLOSES = Counter(
    "barograph_ingest_socket_closes_total",
    "WebSockets that ended, by who ended them and close code",
    ["by", "code"],
)
# From the beginning, for alerts: what a series begins with is no increase.
for _status in (401, 403):
    REFUSALS.labels(_status)
for _result in ("forbidden", "token-revoked"):
    BINDS.labels(_result)
CLOSES.labels("server", "4409")
# Those that clients have reason to send. They may send any other.
CLIENT_CODES = range(1000, 1016)
LOST = 1006
log = structlog.stdlib.get_logger(__name__)


def note_refusal(error: BarographError) -> None:
    """The upgrade is refused."""
    REFUSALS.labels(error.status).inc()
    log.info("socket refused", status=error.status, reason=error.detail)


class SocketObserver:
    """Is told what happens to one connection."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id
        self._name: str | None = None
        self._producer: Producer | None = None
        self._by, self._code, self._seq = "client", str(LOST), None

    @contextmanager
    def observed(self) -> Generator[None]:
        """Every line of the log names the project meanwhile; the last one says how the connection ended."""
        with structlog.contextvars.bound_contextvars(project=self._project_id):
            try:
                yield
            finally:
                CLOSES.labels(self._by, self._code).inc()
                log.info(
                    "socket closed",
                    producer=self._name,
                    by=self._by,
                    code=self._code,
                    last_seq=None if self._producer is None else self._producer.last_seq,
                    seq=self._seq,
                )

    def note_bind(self, name: str) -> None:
        """Notes that it asks for this producer."""
        self._name = name

    def note_bound(self, producer: Producer) -> None:
        """Notes that it streams from here on."""
        self._producer = producer
        BINDS.labels("bound").inc()
        log.info("producer bound", producer=self._name, last_seq=producer.last_seq)

    def note_bind_failed(self, ending: Ending) -> None:
        """The bind came to nothing."""
        BINDS.labels(ending.slug).inc()

    def note_left(self, code: int) -> None:
        """The client has ended it."""
        self._by, self._code = "client", str(code) if code in CLIENT_CODES else "other"

    def note_ended(self, ending: Ending) -> None:
        """We end it."""
        self._by, self._code, self._seq = "server", str(ending.close), ending.seq
