"""Metrics of what a program runs in: its disk, and the limits that its settings set."""

import math
import shutil
from pathlib import Path

from prometheus_client import Gauge

from barograph.settings import Settings

FREE = Gauge("barograph_disk_free_bytes", "Room on the disk of the data directory")
SIZE = Gauge("barograph_disk_size_bytes", "Size of the disk of the data directory")
LIMIT = Gauge(
    "barograph_limit", "What a setting of this program allows, in the unit of its name", ["setting"]
)
# What something else that is shown fills, or what alerts compare with.
LIMITS = (
    "database_pool_size",
    "questions_at_once",
    "question_memory_bytes",
    "exports_at_once",
    "live_max_streams",
    "parsers",
    "imports_at_once",
    "export_jobs_at_once",
    "ingest_committers",
    "ingest_queue_bytes",
    "ingest_max_sockets",
    "ingest_max_frame_bytes",
    "ingest_window",
)


def show_disk(settings: Settings) -> None:
    """Looks at the disk at each scrape. NaN where the data directory is not there."""
    FREE.set_function(lambda: _look_at(settings.data_dir)[0])
    SIZE.set_function(lambda: _look_at(settings.data_dir)[1])


def show_limits(settings: Settings) -> None:
    """Shows the settings; they are read once."""
    for name in LIMITS:
        LIMIT.labels(name).set(getattr(settings, name))


def _look_at(folder: Path) -> tuple[float, float]:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return math.nan, math.nan
    return usage.free, usage.total
