"""The same readings as bodies, by each way of being written to. A producer's sensors are read at one instant,
then again a step later.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.gateways import Load

Instants = tuple[int, NDArray[np.int64], NDArray[np.float64]]
"""The first sensor's number; times (n); values (n, sensors)."""


@dataclass(frozen=True)
class PeerLoad(Load):
    """Readings of converters (counts of 12 bits), or with noise in every bit of a double.

    Attributes:
        has_noise: the latter.
    """

    has_noise: bool = True

    def columns(
        self, producer: int, base_us: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
        """A wave, and what lies on it."""
        channel, t_us, wave = super().columns(producer, base_us)
        noise = np.random.default_rng(870 + producer).normal(0, 0.1, wave.size)
        value = wave + noise if self.has_noise else np.rint(2048 + 1000 * wave + 30 * noise)
        return channel, t_us, value

    def instants(self, producer: int, base_us: int) -> Instants:
        """The same, a row for each instant; those of the last one may be left out."""
        _, t_us, value = self.columns(producer, base_us)
        sensors = self.sensors(producer)
        rows = value.size // len(sensors)
        used = rows * len(sensors)
        return sensors.start, t_us[: used : len(sensors)], value[:used].reshape(rows, len(sensors))


def line_a_reading(instants: Instants) -> bytes:
    """Line protocol, a sensor a tag."""
    first, t_us, value = instants
    lines = (
        f"r,s=s{first + number} v={each} {t_ns}"
        for t_ns, row in zip((t_us * 1000).tolist(), value.tolist(), strict=True)
        for number, each in enumerate(row)
    )
    return "\n".join(lines).encode()


def line_an_instant(instants: Instants) -> bytes:
    """Line protocol, a sensor a field."""
    first, t_us, value = instants
    lines = (
        "r " + ",".join(f"s{first + number}={each}" for number, each in enumerate(row)) + f" {t_ns}"
        for t_ns, row in zip((t_us * 1000).tolist(), value.tolist(), strict=True)
    )
    return "\n".join(lines).encode()


def json_a_sensor(instants: Instants) -> bytes:
    """VictoriaMetrics' own: a sensor's values and times a line, in milliseconds."""
    first, t_us, value = instants
    times = (t_us // 1000).tolist()
    lines = (
        json.dumps(
            {"metric": {"__name__": "r", "s": f"s{first + number}"}, "values": values, "timestamps": times}
        )
        for number, values in enumerate(value.T.tolist())
    )
    return "\n".join(lines).encode()


FORMS: Mapping[str, Callable[[Instants], bytes]] = {
    "a line a reading": line_a_reading,
    "a line an instant": line_an_instant,
    "JSON a sensor": json_a_sensor,
}
