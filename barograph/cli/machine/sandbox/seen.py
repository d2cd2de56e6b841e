"""Reads the metrics of a sandbox's programs."""

import math
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

ASK_WITHIN_S = 10.0
EVERY_S = 1.0
SETTLED = "barograph_ingest_settle_seconds"
OLDEST_WINDOW = "barograph_rollup_oldest_window_seconds"


def read_metrics(url: str) -> list[Metric]:
    """Reads the metrics of a program.

    Raises:
        OSError: it does not answer.
    """
    with urlopen(f"{url}/metrics", timeout=ASK_WITHIN_S) as answer:  # noqa: S310  # a program of the sandbox
        return list(text_string_to_metric_families(answer.read().decode()))


def quantile_bound_s(metrics: Iterable[Metric], name: str, share: float) -> float:
    """The smallest bucket of a histogram that this share of all is at most in; NaN if there is none yet."""
    samples = [each for metric in metrics for each in metric.samples if each.name == f"{name}_bucket"]
    counts = sorted((float(each.labels["le"]), each.value) for each in samples)
    total = counts[-1][1] if counts else 0.0
    return next((bound for bound, count in counts if total and count >= share * total), math.nan)


@dataclass
class WatchedBacklog:
    """The oldest time that roll-ups did not hold yet, seconds; `unseen` counts looks without an answer."""

    oldest_s: float = 0.0
    unseen: int = 0

    def look(self, worker_url: str) -> None:
        """Looks once."""
        try:
            metrics = read_metrics(worker_url)
        except (OSError, URLError):
            self.unseen += 1
            return
        ages = [each.value for metric in metrics for each in metric.samples if each.name == OLDEST_WINDOW]
        self.oldest_s = max([self.oldest_s, *ages])


@contextmanager
def watched_backlog(worker_url: str) -> Generator[WatchedBacklog]:
    """Looks every second until the `with` block ends."""
    seen, over = WatchedBacklog(), threading.Event()

    def watch() -> None:
        while not over.wait(EVERY_S):
            seen.look(worker_url)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
