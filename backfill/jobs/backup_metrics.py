"""Metrics of backups, asked for at each scrape. Absent where there is none, or the database is away."""

from collections.abc import Iterator

import psycopg
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.plain_words import error_text

NUMBERS = {
    "age_s": ("barograph_backup_age_seconds", "Age of the newest backup of which nothing wrong is known"),
    "size_bytes": ("barograph_backup_size_bytes", "Size of its archive, without files beside the database"),
    "verified_age_s": ("barograph_backup_verified_age_seconds", "Time since it was restored to look at it"),
    "backups": ("barograph_backups", "Backups that the database knows of"),
    "faulty": ("barograph_backups_faulty", "Those of them that a verification found faults in"),
    "wal_age_s": (
        "barograph_backup_wal_age_seconds",
        "Age of the newest moment by which all that was committed is with the backups",
    ),
    "is_streaming": ("barograph_backup_stream_active", "1 while somebody receives WAL for backups"),
    "behind_bytes": ("barograph_backup_stream_behind_bytes", "WAL that backups do not have yet"),
}
log = structlog.stdlib.get_logger(__name__)


class BackupMetrics(Collector):
    """Gauges of backups."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Their names, for which nobody is asked."""
        for name, text in NUMBERS.values():
            yield GaugeMetricFamily(name, text)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Their values now."""
        try:
            state = self._ask()
        except psycopg.Error as error:
            log.warning("no numbers of backups: the database does not answer", error=error_text(error))
            return
        for column, (name, text) in NUMBERS.items():
            if (value := state[column]) is not None:
                yield GaugeMetricFamily(name, text, value=float(value))

    def _ask(self) -> DictRow:
        with open_connection(self._database_url, Role.METRICS) as connection:
            (state,) = connection.execute(query("backup.state")).fetchall()
        return state
