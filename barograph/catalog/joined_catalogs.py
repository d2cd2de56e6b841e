"""Joins the catalogs of several projects, so that one commit's readings of all of them are prepared at once.

A call of NumPy takes about a microsecond, however little it is given, and preparing takes hundreds. Prepared
by itself, a project with one reading costs as much as one with a thousand.

Why: decision 940.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from barograph.alarms.limit_table import LimitTable
from barograph.catalog.catalog import Catalog
from barograph.catalog.dependencies import find_dependencies
from barograph.catalog.timeline import BEGINNING_US, ProfileTimeline
from conversion import JoinedProfileSets

# Columns are laid side by side for each commit. From so many sensors on that costs more than it saves.
MAX_SENSORS = 1000


@dataclass(frozen=True)
class JoinedCatalogs:
    """Catalogs whose sensors and profiles are numbered project by project. A single one stays as it is.

    Attributes:
        catalog: all of them. Of several it is no project's: it has no tokens and no names, and bounds no age.
        parts: each of them, and the slot of its first sensor, by project.
    """

    catalog: Catalog
    parts: Mapping[int, tuple[Catalog, int]]

    @classmethod
    def of(cls, catalogs: Sequence[Catalog]) -> "JoinedCatalogs":
        """Joins the catalogs of different projects. Several must be such as can be joined."""
        sizes = [each.sensor_ids.size for each in catalogs]
        firsts: list[int] = np.cumsum([0, *sizes[:-1]]).tolist()
        parts = {each.project_id: (each, first) for each, first in zip(catalogs, firsts, strict=True)}
        return cls(catalogs[0] if len(catalogs) == 1 else _side_by_side(catalogs, sum(sizes)), parts)

    def oldest_us(self, project_ids: Sequence[int], now_us: int) -> NDArray[np.int64]:
        """int64[n]: before when each of these projects takes no reading."""
        oldest_us = {
            project_id: max(now_us - part.max_age_us, part.raw_from_us)
            for project_id, (part, _) in self.parts.items()
        }
        return np.array([oldest_us[each] for each in project_ids], np.int64)


def can_be_joined(catalog: Catalog) -> bool:
    """Whether the catalog is small, without limits, and no sensor needs another one."""
    return (
        catalog.sensor_ids.size <= MAX_SENSORS
        and catalog.dependencies.are_none
        and not catalog.limits.are_any
    )


def _side_by_side(catalogs: Sequence[Catalog], sensors: int) -> Catalog:
    profiles = [each.profile_ids.size for each in catalogs]
    return Catalog(
        project_id=0,
        version=0,
        stamp=UUID(int=0),
        max_age_us=0,
        raw_from_us=BEGINNING_US,
        slots={},
        sensor_ids=np.concatenate([each.sensor_ids for each in catalogs]),
        public_ids=list(chain.from_iterable(each.public_ids for each in catalogs)),
        keys=(),
        accepts=np.concatenate([each.accepts for each in catalogs]),
        registering=np.concatenate([each.registering for each in catalogs]),
        timeline=ProfileTimeline.side_by_side([each.timeline for each in catalogs], profiles),
        profiles=JoinedProfileSets([each.profiles for each in catalogs]),
        profile_ids=np.concatenate([each.profile_ids for each in catalogs]),
        dependencies=find_dependencies([], [], [], 0),
        limits=LimitTable.without_limits(sensors),
        tokens={},
    )
