"""Limits and alarms as the database holds them, and what the statements of a commit make of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from barograph.database.queries import query
from tests.ingest.simulation.limit_laws import ModelAlarm, WatchedLimits

Parameters = Mapping[str, Any]
NEVER_US = int(np.iinfo(np.int64).max)


@dataclass(eq=False)
class LimitTables:
    """All rows about limits that are committed.

    Attributes:
        standing: by limit, since when it is violated; None for one whose alarm is active.
        progress: by project, how far live readings had come in each commit.
        alarms: by limit.
        due: by project, the sensors and times of late readings that violate a limit.
        watched: no table, but what laws say that all this must be.
    """

    standing: dict[int, int | None] = field(default_factory=dict[int, int | None])
    progress: dict[int, tuple[bytes, ...]] = field(default_factory=dict[int, tuple[bytes, ...]])
    alarms: dict[int, tuple[ModelAlarm, ...]] = field(default_factory=dict[int, tuple[ModelAlarm, ...]])
    due: dict[int, frozenset[tuple[int, int]]] = field(default_factory=dict[int, frozenset[tuple[int, int]]])
    watched: WatchedLimits = field(default_factory=WatchedLimits)

    def copy(self) -> "LimitTables":
        """What a backup holds."""
        return LimitTables(
            dict(self.standing), dict(self.progress), dict(self.alarms), dict(self.due), self.watched.copy()
        )


LimitWrite = Callable[[LimitTables], None]


def take_progress(project_id: int, taken: tuple[bytes, ...]) -> LimitWrite:
    """These rows go."""

    def write(tables: LimitTables) -> None:
        left = list(tables.progress.get(project_id, ()))
        for each in taken:
            left.remove(each)
        tables.progress[project_id] = tuple(left)

    return write


def _add_progress(wanted: Parameters) -> LimitWrite:
    def write(tables: LimitTables) -> None:
        project_id: int = wanted["project_id"]
        tables.progress[project_id] = (*tables.progress.get(project_id, ()), wanted["newest"])

    return write


def _clear(wanted: Parameters) -> LimitWrite:
    def write(tables: LimitTables) -> None:
        for limit_id, at_us in _rows(wanted, "limit_id", "at_us"):
            tables.alarms[limit_id] = tuple(
                replace(each, cleared_us=at_us) if each.cleared_us is None else each
                for each in tables.alarms.get(limit_id, ())
            )

    return write


def _raise(wanted: Parameters) -> LimitWrite:
    def write(tables: LimitTables) -> None:
        for limit_id, since_us, raised_us, cleared_us in _rows(
            wanted, "limit_id", "since_us", "raised_us", "cleared_us"
        ):
            alarm = ModelAlarm(since_us, raised_us, None if cleared_us == NEVER_US else cleared_us)
            tables.alarms[limit_id] = (*tables.alarms.get(limit_id, ()), alarm)

    return write


def _keep_standing(wanted: Parameters) -> LimitWrite:
    def write(tables: LimitTables) -> None:
        for limit_id in wanted["fine"].tolist():
            tables.standing.pop(limit_id, None)
        for limit_id, since_us, is_raised in zip(
            wanted["limit_id"].tolist(), wanted["since_us"].tolist(), wanted["is_raised"], strict=True
        ):
            tables.standing[limit_id] = None if is_raised else since_us

    return write


def _queue(wanted: Parameters) -> LimitWrite:
    def write(tables: LimitTables) -> None:
        due = frozenset((sensor_id, t_us) for sensor_id, t_us in _rows(wanted, "sensor_id", "t_us"))
        tables.due[wanted["project_id"]] = tables.due.get(wanted["project_id"], frozenset()) | due

    return write


def _nothing(_: Parameters) -> LimitWrite:
    return lambda _: None


def _rows(wanted: Parameters, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(wanted[name].tolist() for name in names), strict=True))


LIMIT_WRITES: Mapping[str, Callable[[Parameters], LimitWrite]] = {
    query("limit_commit.add_progress"): _add_progress,
    query("limit_commit.clear"): _clear,
    query("limit_commit.raise"): _raise,
    query("limit_commit.keep_standing"): _keep_standing,
    query("limit_commit.queue_violations"): _queue,
    query("limit_commit.queue_touched"): _nothing,
}
"""By statement, what it does when its transaction is committed."""
