"""The ten questions, which each peer puts in its own words, and how many values an answer holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from barograph.times import HOUR_US, SECOND_US
from benchmarks.query import FAST_HZ

POINTS = 2000
RAW_READINGS = 10_000
FEW_SENSORS, MANY_SENSORS = 20, 100


@dataclass(frozen=True)
class Ask:
    """How a question is asked, and how many values its answer holds; only the former is timed."""

    fetch: Callable[[], bytes]
    count: Callable[[bytes], int]


@dataclass(frozen=True)
class Period:
    """The period of the questions: a day of slow sensors, in which one sensor is fast for an hour."""

    day_us: int
    share: int

    @property
    def hour_us(self) -> int:
        return self.day_us + 12 * HOUR_US

    @property
    def moment_us(self) -> int:
        """So long lie `RAW_READINGS` of the fast sensor."""
        return RAW_READINGS * SECOND_US * self.share // FAST_HZ

    @property
    def names(self) -> Mapping[str, str]:
        """The names that people read."""
        hz = FAST_HZ // self.share
        return {
            "last": "last value of a sensor",
            "lasts": "last values of 200 sensors",
            "plot": f"1 h at {hz:,} Hz in 2,000 buckets: mean, min, max",
            "raw": f"{RAW_READINGS:,} readings of it",
            "day": f"{FEW_SENSORS} sensors, 1 day in minutes: mean",
            "percentile": f"95th percentile of 1 h at {hz:,} Hz",
            "percentiles": "95th percentile of each minute of a day",
            "totals": f"{MANY_SENSORS} sensors, 1 day: mean, min, max, count, stddev",
            "export": f"every reading of 1 h at {hz:,} Hz, as a file",
            "as_of": f"{FEW_SENSORS} sensors, 1 day in minutes, as believed earlier",
        }


BUCKET_US = HOUR_US // POINTS
