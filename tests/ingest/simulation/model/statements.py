"""What statements that read catalogs find in the model, and cursors that hold it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import dict_row

from barograph.database.queries import query
from barograph.times import SECOND_US
from tests.ingest.simulation.laws import MAX_AGE_US
from tests.ingest.simulation.model.state import DatabaseState, ModelProject, ModelSensor

Parameters = Mapping[str, Any]


class Found(NamedTuple):
    """Rows, by position."""

    names: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


NOTHING = Found((), ())


class ModelCursor:
    """What a statement gave."""

    def __init__(
        self, found: Found = NOTHING, rowcount: int | None = None, *, are_named: bool = False
    ) -> None:
        self.rowcount = len(found.rows) if rowcount is None else rowcount
        self._names = found.names
        self._rows: list[Any] = (
            [dict(zip(found.names, row, strict=True)) for row in found.rows]
            if are_named
            else list(found.rows)
        )

    @property
    def description(self) -> list[SimpleNamespace]:
        """The columns."""
        return [SimpleNamespace(name=name) for name in self._names]

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:  # noqa: ANN401  # a row of either kind
        return self._rows[0] if self._rows else None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


def is_named(row_factory: object) -> bool:
    """Whether rows are dicts."""
    return row_factory is dict_row


_SENSORS = ("sensor_id", "public_id", "key", "accepts", "registering")
_VALIDITY = ("sensor_id", "profile_id", "from_us", "to_us", "content_hash")
_LIMITS = ("sensor_id", "limit_id", "low", "high", "hysteresis", "delay_us", "from_us", "to_us")
_PROJECT = ("id", "catalog_version", "catalog_stamp", "max_age_s", "raw_from")


class CatalogStatements:
    """Those of `catalog.sql` that read."""

    def __init__(self) -> None:
        self._by_text: dict[str, Callable[[DatabaseState, Parameters], Found]] = {
            query("catalog.project"): lambda state, wanted: _projects(state, [wanted["project_id"]]),
            query("catalog.projects"): lambda state, wanted: _projects(state, wanted["project_ids"]),
            query("catalog.changed"): _changed,
            query("catalog.sensors"): _sensors,
            query("catalog.some_sensors"): _sensors,
            query("catalog.validity"): _validity,
            query("catalog.some_validity"): _validity,
            query("catalog.limits"): _limits,
            query("catalog.some_limits"): _limits,
            query("catalog.profiles"): _profiles,
            query("catalog.tokens"): _valid_tokens,
        }

    def find(self, statement: str, state: DatabaseState, wanted: Parameters) -> Found | None:
        """What it finds; None for another statement."""
        finding = self._by_text.get(statement)
        return None if finding is None else finding(state, wanted)


def _projects(state: DatabaseState, project_ids: Sequence[int]) -> Found:
    there = [state.projects[each] for each in project_ids if each in state.projects]
    return Found(
        _PROJECT, [(each.id, each.version, each.stamp, MAX_AGE_US // SECOND_US, None) for each in there]
    )


def _valid_tokens(state: DatabaseState, wanted: Parameters) -> Found:
    rows = [(token_id(rig), None, None, None) for rig in sorted(state.projects[wanted["project_id"]].rigs)]
    return Found(("id", "expires_at", "sensors", "producers"), rows)


def token_id(rig: int) -> UUID:
    """Of a rig's token."""
    return UUID(int=rig + 1)


def _changed(state: DatabaseState, wanted: Parameters) -> Found:
    changes = state.projects[wanted["project_id"]].changes
    known = (wanted["version"], wanted["stamp"])
    is_later = any((each.version, each.stamp) == known for each in changes)
    since = {i for each in changes if each.version >= wanted["version"] for i in each.sensor_ids}
    return Found(("is_later", "sensor_ids"), [(is_later, sorted(since))])


def _wanted(project: ModelProject, wanted: Parameters) -> list[ModelSensor]:
    chosen = wanted.get("sensor_ids", project.sensors)
    return [project.sensors[i] for i in sorted(set(chosen)) if i in project.sensors]


def _sensors(state: DatabaseState, wanted: Parameters) -> Found:
    sensors = _wanted(state.projects[wanted["project_id"]], wanted)
    rows = [
        (each.id, each.public_id, each.key, each.accepts, each.status == "registering") for each in sensors
    ]
    return Found(_SENSORS, rows)


def _validity(state: DatabaseState, wanted: Parameters) -> Found:
    project = state.projects[wanted["project_id"]]
    rows = [
        (each.id, piece.profile_id, piece.from_us, piece.to_us, state.profiles[piece.profile_id].content_hash)
        for each in _wanted(project, wanted)
        for piece in project.validity.get(each.id, ())
    ]
    return Found(_VALIDITY, rows)


def _limits(state: DatabaseState, wanted: Parameters) -> Found:
    sensors = _wanted(state.projects[wanted["project_id"]], wanted)
    return Found(_LIMITS, [(sensor.id, *astuple(limit)) for sensor in sensors for limit in sensor.limits])


def _profiles(state: DatabaseState, wanted: Parameters) -> Found:
    rows = [
        (
            i,
            "linear",
            {"slope": state.profiles[i].slope, "offset": state.profiles[i].offset},
        )
        for i in wanted["ids"]
    ]
    return Found(("id", "kind", "payload"), rows)
