"""Labels of the values of an answer, each by the profile that made it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.edge.tables.labels import ProfileLabels, fetch_labels
from api.series.answers.answer import AskedSeries
from api.series.computed.profiles import versions_behind
from api.series.line.parts import Floats, Integers
from api.series.line.spans import Spans
from api.series.stored.costs import TooCostly
from api.series.stored.gather import Collected
from api.series.stored.slices import read_all
from barograph.database.connections import Connection

# Values of sensors whose labels changed, of which each reading is looked up.
MAX_LOOKED_UP = 20_000


@dataclass(frozen=True)
class AnswerLabels:
    """Labels of values of an answer.

    Attributes:
        versions: by track, the versions behind its values.
    """

    asked: AskedSeries
    labels: ProfileLabels
    versions: Sequence[Sequence[int]]

    @classmethod
    async def fetch(cls, connection: Connection, asked: AskedSeries, collected: Collected) -> "AnswerLabels":
        """Reads the labels of what was collected for the answer."""
        sensors = asked.selection.sensors
        labels = await fetch_labels(connection, [sensor["id"] for sensor in sensors])
        rows = await versions_behind(connection, asked.scope, collected)
        versions = [
            [row["id"] for row in rows if row["sensor_id"] == sensor["public_id"]] for sensor in sensors
        ]
        return cls(asked, labels, versions)

    async def of(
        self, connection: Connection, track: NDArray[np.integer], t_us: Integers, value: Floats
    ) -> list[str | None]:
        """The label of each value; None where its profile names none.

        Raises:
            TooCostly: labels of too many values depend on which version made them.
        """
        profile = np.full(value.size, -1, np.int32)
        is_unclear = np.zeros(value.size, np.bool_)
        for number, versions in enumerate(self.versions):
            rows = np.flatnonzero(track == number)
            profile[rows] = versions[0] if versions else -1
            is_unclear[rows] = self._differ(versions, value[rows])
        rows = np.flatnonzero(is_unclear)
        if rows.size > MAX_LOOKED_UP:
            raise TooCostly(
                f"labels of more than {MAX_LOOKED_UP:,} values depend on which profile made them; ask for "
                "fewer points or a shorter period"
            )
        profile[rows] = await self._look_up(connection, track[rows], t_us[rows], value[rows])
        return self.labels.of(profile, value)

    def _differ(self, versions: Sequence[int], value: Floats) -> NDArray[np.bool_]:
        """Whether versions name a value differently."""
        named = [self.labels.of(np.full(value.size, each, np.int32), value) for each in versions]
        differ = [[text != first for text, first in zip(texts, named[0], strict=True)] for texts in named[1:]]
        return np.logical_or.reduce(np.array(differ, np.bool_).reshape(len(differ), value.size), axis=0)

    async def _look_up(
        self, connection: Connection, track: NDArray[np.integer], t_us: Integers, value: Floats
    ) -> list[int]:
        """The version behind each, by its reading; -1 where that is gone."""
        scope = self.asked.scope
        position = scope.line.position(track.astype(np.int64), t_us)
        instants = Spans.of(position, position + 1)
        readings = await read_all(connection, scope, instants, takes_profiles=True)
        columns = (readings.position.tolist(), readings.value.tolist(), readings.profile.tolist())
        found = {(each, number): profile for each, number, profile in zip(*columns, strict=True)}
        return [found.get(each, -1) for each in zip(position.tolist(), value.tolist(), strict=True)]
