"""A request's readings as a frame, whatever they were sent as. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.readings.rejects.odd_readings import OddRows
from ingest.messages.body_options import BodyOptions
from ingest.messages.wire import FrameColumns

# A few kilobytes of Parquet may stand for billions.
MAX_READINGS = 200_000
# Characters of a heading that a refusal repeats.
MAX_SHOWN = 200
# Up to so many readings, a dict is faster than a join, which takes a quarter of a millisecond at least.
FEW = 2000


@dataclass(frozen=True)
class Body:
    """A request's readings as a frame whose channels are its sensors in the order of appearance.

    Attributes:
        historical: they are stored as others are, but say nothing about liveness.
        register_sensors: keys that no sensor has are to become sensors, as far as the project allows it.
        resume_at: its seq, if frames before it that the server does not have are gone.
    """

    producer: str | None
    seq: int | None
    references: Sequence[str]
    columns: FrameColumns
    historical: bool = False
    register_sensors: bool = False
    resume_at: int | None = None

    def with_options(self, options: BodyOptions) -> "Body":
        """The same readings under what the request says of them as a whole."""
        return replace(
            self,
            producer=options.producer,
            seq=options.seq,
            columns=replace(self.columns, seq=options.seq or 0),
            historical=options.historical,
            register_sensors=options.register_sensors,
            resume_at=options.resume_at,
        )

    @property
    def readable_references(self) -> list[str]:
        """The sensors that have a reading which can be read."""
        channel, odd = self.columns.channel, self.columns.odd
        if odd is not None:
            channel = channel[odd.codes(channel.size) == 0]
        channels: list[int] = np.unique(channel).tolist()
        return [self.references[each] for each in channels]


def to_body(
    sensor: pl.Series,
    t_us: NDArray[np.int64],
    value: NDArray[np.float64],
    odd: OddRows,
) -> Body:
    """The body of these columns; `sensor` is text without nulls."""
    channel, references = _few_channels(sensor) if sensor.len() <= FEW else _channels(sensor)
    readings = odd.readings()
    size_bytes = 20 * t_us.size + 64 + (0 if readings is None else readings.size_bytes)
    columns = FrameColumns(0, channel, t_us, value, size_bytes, readings)
    return Body(None, None, references, columns)


def _few_channels(sensor: pl.Series) -> tuple[NDArray[np.int32], list[str]]:
    """int32[n]: which of the names each reading is of; and the names, once each."""
    numbers: dict[str, int] = {}
    channel = [numbers.setdefault(name, len(numbers)) for name in sensor.to_list()]
    return np.array(channel, np.int32), list(numbers)


def _channels(sensor: pl.Series) -> tuple[NDArray[np.int32], list[str]]:
    """The same of any number of readings."""
    references = sensor.unique(maintain_order=True)
    channel = pl.DataFrame({"sensor": sensor}).join(
        pl.DataFrame({"sensor": references, "channel": np.arange(references.len(), dtype=np.int32)}),
        on="sensor",
        how="left",
        maintain_order="left",
    )["channel"]
    return channel.to_numpy(), references.to_list()


def to_instants(texts: pl.Series) -> pl.Series:
    """int64[n]: microseconds since 1970 of RFC 3339 texts; null for any other."""
    return texts.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False).to_physical()
