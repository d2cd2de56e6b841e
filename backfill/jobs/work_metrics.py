"""Metrics of the work that waits in the database and in the broker, asked for at each scrape.

So none says what was so once. While the database, or the broker, does not answer, its numbers are absent.
"""

from collections.abc import Callable, Iterator, Mapping

import psycopg
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.errors import Unavailable
from barograph.plain_words import error_text

MAX_COUNTED = 100_000
BACKLOG = {
    "waiting": ("barograph_rollup_windows_waiting", f"Dirty windows, counted up to {MAX_COUNTED:,}"),
    "held": ("barograph_rollup_windows_held", "Those of them that are put aside because they failed"),
    "oldest_s": ("barograph_rollup_oldest_window_seconds", "Age of the oldest dirty window"),
    "undelivered_s": (
        "barograph_webhook_oldest_waiting_seconds",
        "Time since a message became due that waits for its webhook, of webhooks that take messages",
    ),
}
OF_KINDS = {
    "backfill": ("barograph_backfills", "Backfills: open ones, and those that ended in the last hour"),
    "import": ("barograph_imports", "Imports: open ones, and those that ended in the last hour"),
    "export": ("barograph_exports", "Exports: open ones, and those that ended in the last hour"),
    "artifact": (
        "barograph_artifacts",
        f"Files of runs on their way, damaged on it, or missing, counted up to {MAX_COUNTED:,}",
    ),
    "delivery": (
        "barograph_webhook_deliveries",
        f"Messages to webhooks that wait, or ended in the last hour, counted up to {MAX_COUNTED:,}",
    ),
}
HELD = ("barograph_held_work", "Rows of work that are put aside because they failed, by kind of work")
QUEUE = ("barograph_queue_messages", "Messages that wait in a queue of the broker")
log = structlog.stdlib.get_logger(__name__)


class WaitingWorkMetrics(Collector):
    """Gauges of work that is rows."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Their names, for which nobody is asked."""
        for name, text in BACKLOG.values():
            yield GaugeMetricFamily(name, text)
        yield from _families().values()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Their values now."""
        try:
            backlog, counts = self._ask()
        except psycopg.Error as error:
            log.warning("no numbers of waiting work: the database does not answer", error=error_text(error))
            return
        for column, (name, text) in BACKLOG.items():
            yield GaugeMetricFamily(name, text, value=backlog[column])
        families = _families()
        for row in counts:
            families[row["kind"]].add_metric([row["status"]], row["count"])
        yield from families.values()

    def _ask(self) -> tuple[DictRow, list[DictRow]]:
        parameters = {"max_rows": MAX_COUNTED}
        with open_connection(self._database_url, Role.METRICS) as connection:
            (backlog,) = connection.execute(query("metrics.backlog"), parameters).fetchall()
            return backlog, connection.execute(query("metrics.work"), parameters).fetchall()


class QueueMetrics(Collector):
    """Gauges of work that is messages.

    Args:
        count_messages: of each queue; raises Unavailable.
    """

    def __init__(self, count_messages: Callable[[], Mapping[str, int]]) -> None:
        self._count_messages = count_messages

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yields the metric's name."""
        yield GaugeMetricFamily(*QUEUE, labels=["queue"])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The queues now."""
        family = GaugeMetricFamily(*QUEUE, labels=["queue"])
        try:
            for name, count in self._count_messages().items():
                family.add_metric([name], count)
        except Unavailable as error:
            log.warning("no numbers of queues: the broker does not answer", error=error_text(error))
        yield family


def _families() -> dict[str, GaugeMetricFamily]:
    families = {
        kind: GaugeMetricFamily(name, text, labels=["status"]) for kind, (name, text) in OF_KINDS.items()
    }
    return families | {"held": GaugeMetricFamily(*HELD, labels=["kind"])}
