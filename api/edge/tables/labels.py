"""Names of physical values that are codes: each by the version of the profile that made the value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from fastapi import Query
from numpy.typing import NDArray

from api.edge.statements import fetch_rows
from barograph.database.connections import Connection
from conversion import InvalidProfile, compile_profile
from conversion.formulas.labels import Labels

LabelsIncluded = Annotated[
    list[Literal["labels"]],
    Query(max_length=1, description="labels: beside each value, what its profile calls it; null: nothing"),
]
NO_LABELS: list[Literal["labels"]] = []

LABELLED_KINDS = ("enumeration", "chain")
"""Those whose values may have names."""


@dataclass(frozen=True)
class ProfileLabels:
    """The labels that profile versions give.

    Attributes:
        by_profile: by the surrogate of a version.
        sensor_ids: surrogates of sensors that have such a version.
    """

    by_profile: Mapping[int, Labels] = field(default_factory=dict[int, Labels])
    sensor_ids: frozenset[int] = frozenset()

    def of(self, profile: NDArray[np.int32], value: NDArray[np.float64]) -> list[str | None]:
        """The name of each value; None where its version names none.

        Args:
            profile: int32[n], the version behind each; -1 for none.
            value: float64[n].
        """
        named: list[str | None] = [None] * value.size
        for profile_id, labels in self.by_profile.items():
            rows = np.flatnonzero(profile == profile_id)
            for row, text in zip(rows.tolist(), labels.of(value[rows]), strict=True):
                named[row] = text
        return named


async def fetch_labels(connection: Connection, sensor_ids: Iterable[int]) -> ProfileLabels:
    """Reads the labels of all profile versions of these sensors."""
    asked = {"sensor_ids": list(sensor_ids), "kinds": list(LABELLED_KINDS)}
    found, sensors = dict[int, Labels](), set[int]()
    for row in await fetch_rows(connection, "profile.labelled", asked):
        labels = _labels(row["kind"], row["payload"])
        if labels is not None:
            found[row["id"]] = labels
            sensors.add(row["sensor_id"])
    return ProfileLabels(found, frozenset(sensors))


def _labels(kind: str, payload: Mapping[str, object]) -> Labels | None:
    try:
        return compile_profile({"kind": kind, "payload": payload}).labels
    except InvalidProfile:  # valid when saved, and no longer
        return None
