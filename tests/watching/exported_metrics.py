"""What programs export, as the registry of a process that holds all of them knows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

import api.app
import backfill.app
import ingest.app
import ingest.mqtt.app
from backfill.jobs.backup_metrics import BackupMetrics
from backfill.jobs.work_metrics import QueueMetrics, WaitingWorkMetrics
from barograph.database.pool_metrics import POOLS

PROGRAMS = (api.app, backfill.app, ingest.app, ingest.mqtt.app)


@dataclass(frozen=True)
class ExportedMetric:
    """One metric, as its page names it: a counter with its `_total`."""

    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def row(self) -> str:
        """Of the page's tables."""
        labels = ", ".join(f"`{label}`" for label in self.labels)
        return f"| `{self.name}` | {self.type} | {labels} | {self.meaning} |"

    @property
    def series(self) -> set[str]:
        """The names that Prometheus knows it by."""
        if self.type != "histogram":
            return {self.name}
        return {f"{self.name}_{part}" for part in ("bucket", "count", "sum")}


def exported() -> list[ExportedMetric]:
    """All that are ours, by name."""
    ours = [metric for metric in starmap(_described, _families()) if metric.name.startswith("barograph_")]
    return sorted(ours, key=lambda metric: metric.name)


def _families() -> Iterator[tuple[Metric, tuple[str, ...]]]:
    """Each with its labels, which only private names tell."""
    for collector in set(vars(REGISTRY)["_collector_to_names"]):
        if isinstance(collector, MetricWrapperBase):
            yield from ((family, vars(collector)["_labelnames"]) for family in collector.describe())
    for collector in (POOLS, WaitingWorkMetrics(""), BackupMetrics(""), QueueMetrics(dict)):
        yield from ((family, vars(family)["_labelnames"]) for family in collector.describe())


def _described(family: Metric, labels: Sequence[str]) -> ExportedMetric:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return ExportedMetric(name, family.type, tuple(labels), family.documentation)
