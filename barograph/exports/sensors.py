"""How a file of an export describes its sensors: keys, units, and the profile versions behind its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.connections import ThreadConnection
from barograph.database.queries import query
from barograph.exports.scope import ExportScope


@dataclass(frozen=True)
class ExportedSensor:
    """A sensor as files describe it.

    Attributes:
        profiles: its versions, by their numbers. Without payloads where raw values are hidden, for with
            them one could compute these.
        timeline: which version holds when, as `[number, from, to]`; null is for ever.
    """

    public_id: str
    key: str
    input_unit: str
    output_unit: str
    profiles: Sequence[dict[str, Any]]
    timeline: Sequence[Sequence[Any]]

    @property
    def document(self) -> dict[str, Any]:
        """The sensor for metadata of files."""
        return {
            "id": self.public_id,
            "key": self.key,
            "input_unit": self.input_unit,
            "output_unit": self.output_unit,
            "profiles": list(self.profiles),
            "timeline": list(self.timeline),
        }


@dataclass(frozen=True)
class ExportedSensors:
    """All sensors of a scope, in its order.

    Attributes:
        profile_ids: int32[p], ascending: surrogates of versions.
        numbers: int32[p], what people call these.
    """

    every: Sequence[ExportedSensor]
    profile_ids: NDArray[np.int32]
    numbers: NDArray[np.int32]

    @cached_property
    def keys(self) -> Sequence[str]:
        """The key of each sensor."""
        return [each.key for each in self.every]

    def numbers_of(self, profile_id: NDArray[np.int32]) -> NDArray[np.int32]:
        """The numbers that people know these versions by; -1 where there is none."""
        if not self.profile_ids.size:
            return np.full(profile_id.size, -1, np.int32)
        place = np.searchsorted(self.profile_ids, profile_id).clip(max=self.profile_ids.size - 1)
        return np.where(self.profile_ids[place] == profile_id, self.numbers[place], -1).astype(np.int32)


def read_sensors(connection: ThreadConnection, scope: ExportScope) -> ExportedSensors:
    """The sensors of a scope, in the snapshot of its readings."""
    parameters = {"sensor_ids": list(scope.sensor_ids), "sees_raw": scope.sees_raw}
    rows = connection.execute(query("export.sensors"), parameters).fetchall()
    found = [
        ExportedSensor(
            row["public_id"],
            row["key"],
            row["input_unit"],
            row["output_unit"],
            row["profiles"],
            row["timeline"],
        )
        for row in rows
    ]
    ids = np.array([each for row in rows for each in row["profile_ids"]], np.int32)
    numbers = np.array([each["number"] for row in rows for each in row["profiles"]], np.int32)
    order = np.argsort(ids)
    return ExportedSensors(found, ids[order], numbers[order])
