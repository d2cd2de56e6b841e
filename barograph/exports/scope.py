"""What an export holds: the sensors and times that a question stands for."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

Layer = Literal["physical", "raw", "both"]
Shape = Literal["long", "wide"]


class ExportFormat(StrEnum):
    """Forms of files. JSON is a document per line; Arrow is the file format of IPC."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def media_type(self) -> str:
        """The media type as IANA registers it, if it does."""
        return _MEDIA_TYPES[self]

    @property
    def suffix(self) -> str:
        """The suffix of file names."""
        return {"json": "jsonl"}.get(self, self.value)


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/jsonl",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.ARROW: "application/vnd.apache.arrow.file",
}


class ExportInterval(BaseModel):
    """An interval of one sensor, `[from_us, to_us)`; `sensor` is an index into the sensors of the scope."""

    model_config = ConfigDict(frozen=True)

    sensor: int
    from_us: int
    to_us: int


class ExportScope(BaseModel):
    """The scope of an export. It can be kept as JSON, for a job.

    Attributes:
        sensor_ids: surrogates, in the order of the file.
        intervals: those of a sensor neither overlap nor touch, and ascend.
        as_of: the time whose values are asked for; None: those of the file's own moment.
        sees_raw: whether raw values, and what would let one compute them, may be shown.
    """

    model_config = ConfigDict(frozen=True)

    sensor_ids: tuple[int, ...]
    intervals: tuple[ExportInterval, ...]
    layer: Layer
    shape: Shape
    format: ExportFormat
    sees_raw: bool
    as_of: datetime | None = None

    @property
    def has_raw(self) -> bool:
        """Whether raw values are in the file."""
        return self.layer != "physical"

    @property
    def has_physical(self) -> bool:
        """Whether physical values are."""
        return self.layer != "raw"

    @property
    def period(self) -> tuple[int, int] | None:
        """The time from the first instant to the last; None where there is nothing."""
        if not self.intervals:
            return None
        return min(each.from_us for each in self.intervals), max(each.to_us for each in self.intervals)


def joined(intervals: Sequence[ExportInterval]) -> tuple[ExportInterval, ...]:
    """The same times, each once: where capture sessions of a run overlap, readings are still one each."""
    found: list[ExportInterval] = []
    for each in sorted(intervals, key=lambda each: (each.sensor, each.from_us)):
        last = found[-1] if found else None
        if last is not None and last.sensor == each.sensor and each.from_us <= last.to_us:
            to_us = max(last.to_us, each.to_us)
            found[-1] = last.model_copy(update={"to_us": to_us})
        else:
            found.append(each)
    return tuple(found)
