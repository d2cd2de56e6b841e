"""What an edge node has said of its metrics in its births: names, aliases, types. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.mqtt.sparkplug.payload import SparkplugMetric

SEQUENCE = 256


@dataclass(frozen=True, slots=True)
class BornMetric:
    """A metric as its birth described it."""

    device: str
    name: str
    datatype: int | None


@dataclass
class EdgeNode:
    """One edge node, with its devices.

    Attributes:
        by_alias: unique across the node and its devices.
        by_name: by device and name.
        seq: of the last message; None when that is not known.
        has_changed: whether its births have, since they were kept.
    """

    by_alias: dict[int, BornMetric] = field(default_factory=dict[int, BornMetric])
    by_name: dict[tuple[str, str], BornMetric] = field(default_factory=dict[tuple[str, str], BornMetric])
    seq: int | None = None
    has_changed: bool = False

    def is_next(self, seq: int | None) -> bool:
        """Notes a message's number; False if messages before it are missing."""
        if seq is None:
            return True
        before, self.seq = self.seq, seq
        return before is None or seq == (before + 1) % SEQUENCE

    def take_birth(
        self, device: str, metrics: Sequence[SparkplugMetric]
    ) -> list[tuple[BornMetric, BornMetric]]:
        """Learns the metrics of the node (no device) or of a device; returns those whose alias changed."""
        changed: list[tuple[BornMetric, BornMetric]] = []
        self.forget(device)
        for metric in metrics:
            if metric.name is None:
                continue
            born = BornMetric(device, metric.name, metric.datatype)
            self.by_name[device, metric.name] = born
            if metric.alias is not None:
                before = self.by_alias.get(metric.alias)
                if before is not None and (before.device, before.name) != (device, metric.name):
                    changed.append((before, born))
                self.by_alias[metric.alias] = born
        self.has_changed = True
        return changed

    def forget(self, device: str) -> None:
        """Drops what is known of the node itself (no device) or of a device, except what an alias meant."""
        self.by_name = {key: born for key, born in self.by_name.items() if key[0] != device}
        self.has_changed = True

    def die(self) -> None:
        """Nothing that was said in births holds any more."""
        self.by_alias, self.by_name, self.seq = {}, {}, None
        self.has_changed = True

    def text(self) -> str:
        """All that was said in births."""
        aliases = [[alias, *_row(born)] for alias, born in self.by_alias.items()]
        return json.dumps({"aliases": aliases, "names": [_row(born) for born in self.by_name.values()]})

    @classmethod
    def from_text(cls, text: str) -> "EdgeNode":
        """The node as it was kept."""
        kept = json.loads(text)
        names = [BornMetric(*row) for row in kept["names"]]
        return cls(
            {alias: BornMetric(*row) for alias, *row in kept["aliases"]},
            {(born.device, born.name): born for born in names},
        )


def _row(born: BornMetric) -> list[str | int | None]:
    return [born.device, born.name, born.datatype]
