"""What ingest must know of a project to take its readings: sensors, profiles, limits, tokens, bounds.

A `Catalog` is an immutable snapshot; a `CatalogCache` keeps the newest one per project. The cache is only
a cache: whoever stores readings asks, in its transaction and under the project's shared lock, for the catalog
that holds there, prepares by it, and stores. What the cache has is taken if its stamp is the database's; else
what changed since is read. NOTIFY merely makes that sooner.

Why: decision 4, decision 110, decision 850.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from prometheus_client import Histogram
from psycopg.rows import DictRow, dict_row

from barograph.alarms.limit_table import LimitTable
from barograph.catalog.catalog_columns import CatalogColumns, SensorColumns, ValidityColumns, place_of
from barograph.catalog.catalog_tokens import CatalogToken, read_tokens
from barograph.catalog.channel_slots import ChannelSlots
from barograph.catalog.dependencies import NONE, Dependencies
from barograph.catalog.profiles_in_force import ProfileCompiler, ProfilesInForce
from barograph.catalog.references import canonical
from barograph.catalog.sensor_names import Numbering, SensorNames
from barograph.catalog.timeline import BEGINNING_US, PieceColumns, ProfileTimeline
from barograph.database.connections import create_thread_pool
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.errors import NotFound
from barograph.times import to_us
from conversion import JoinedProfileSets, ProfileSet

HOLDS_NOWHERE = np.int32(np.iinfo(np.int32).min)
REFRESH = Histogram(
    "barograph_catalog_refresh_seconds", "Time to read what has changed of a project's catalog"
)


@dataclass(frozen=True)
class Catalog:
    """One version of a project's catalog. Sensors are numbered by slots, 0 … n - 1, in columns.

    Attributes:
        version: counts the changes of one database; another one may have the same number.
        stamp: of this state alone, whatever database holds it.
        sensor_ids: int32[n], ascending.
        profile_ids: int32[p], by number; HOLDS_NOWHERE for a profile that held before.
        tokens: each is the same object as long as it says the same.
        numbering: what has a slot in one catalog has it in all later ones of the same numbering.
    """

    project_id: int
    version: int
    stamp: UUID
    max_age_us: int
    raw_from_us: int
    slots: Mapping[str, int]
    sensor_ids: NDArray[np.int32]
    public_ids: Sequence[str]
    keys: Sequence[str]
    accepts: NDArray[np.bool_]
    registering: NDArray[np.bool_]
    timeline: ProfileTimeline
    profiles: ProfileSet | JoinedProfileSets
    profile_ids: NDArray[np.int32]
    dependencies: Dependencies
    limits: LimitTable
    tokens: Mapping[UUID, CatalogToken]
    numbering: Numbering = field(default_factory=Numbering)

    def slot(self, reference: str) -> int | None:
        """The slot of the sensor with this key or public id."""
        slot = self.slots.get(reference)
        return self.slots.get(canonical(reference)) if slot is None else slot

    def has_valid(self, token_id: UUID, now_us: int) -> bool:
        """Whether the token is neither revoked nor expired."""
        token = self.tokens.get(token_id)
        return token is not None and now_us < token.expires_at_us


@dataclass(frozen=True)
class _KnownCatalog:
    """A catalog, and what it takes to make the next one of it."""

    catalog: Catalog
    columns: CatalogColumns
    names: SensorNames
    profiles: ProfilesInForce
    channels: ChannelSlots


class _ChangedSensors(NamedTuple):
    """Ids of sensors that differ from a catalog that is known."""

    before: _KnownCatalog
    sensor_ids: NDArray[np.int32]


class CatalogCache:
    """The newest known catalog of each project; safe to use from several threads."""

    def __init__(self, database_url: str) -> None:
        self._pool = create_thread_pool(database_url, 2, Role.CATALOG)
        self._known: dict[int, _KnownCatalog] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._compiler = ProfileCompiler()

    def open(self) -> None:
        """Starts the connections; the database need not be there yet."""
        self._pool.open()

    def close(self) -> None:
        """Ends the connections."""
        self._pool.close()

    def project_ids(self) -> list[int]:
        """The projects whose catalog is known here."""
        return list(self._known)

    def cached(self, project_id: int) -> Catalog | None:
        """The newest known catalog, without asking the database."""
        known = self._known.get(project_id)
        return None if known is None else known.catalog

    def get(self, project_id: int) -> Catalog:
        """The newest known catalog, loaded if there is none.

        Raises:
            NotFound: no such project.
            psycopg.OperationalError: the database does not answer.
        """
        catalog = self.cached(project_id)
        return catalog if catalog is not None else self.refresh(project_id)

    def refresh(self, project_id: int) -> Catalog:
        """The catalog as it is in the database now."""
        with self._pool.connection() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return self.current(connection, project_id)

    def current(self, connection: psycopg.Connection[Any], project_id: int) -> Catalog:
        """The catalog as this transaction sees it. It reads what the cache lacks, and no more.

        Under the project's lock, or in one snapshot, it stays true until the transaction ends.

        Raises:
            NotFound: no such project.
        """
        return self._current(connection, project_id).catalog

    def all_current(
        self, connection: psycopg.Connection[Any], project_ids: Sequence[int]
    ) -> dict[int, Catalog]:
        """The catalogs of several projects, without projects that are gone."""
        rows = _rows(connection, "catalog.projects", {"project_ids": list(project_ids)})
        projects = {row["id"]: row for row in rows}
        for project_id in project_ids:
            if project_id not in projects:
                self._known.pop(project_id, None)
        return {each: self._known_as(connection, projects[each]).catalog for each in sorted(projects)}

    def with_holdings(
        self,
        connection: psycopg.Connection[Any],
        project_id: int,
        holdings: Sequence[Mapping[str, Any]],
    ) -> Catalog:
        """The catalog as it would be if these versions held there. Nothing changes, and nothing is kept.

        Args:
            connection: in a transaction, which sees the rest of it.
            project_id: the project's int4 id.
            holdings: parameters of `validity.take` and `validity.give`.
        """
        known = self._current(connection, project_id)
        with connection.transaction(force_rollback=True):
            for holding in holdings:
                connection.execute(query("validity.take"), holding)
                connection.execute(query("validity.give"), holding)
            sensor_ids = [holding["sensor_id"] for holding in holdings]
            columns = known.columns.read_again(connection, project_id, sensor_ids)
            changed = _ChangedSensors(known, np.array(sensor_ids, np.int32))
            return self._build(connection, _project(connection, project_id), columns, changed).catalog

    def _current(self, connection: psycopg.Connection[Any], project_id: int) -> _KnownCatalog:
        project = _project(connection, project_id)
        if project is None:
            self._known.pop(project_id, None)
            raise NotFound("there is no such project")
        return self._known_as(connection, project)

    def _known_as(self, connection: psycopg.Connection[Any], project: DictRow) -> _KnownCatalog:
        project_id = project["id"]
        with self._locks.setdefault(project_id, threading.Lock()):
            known = self._known.get(project_id)
            if known is None or known.catalog.stamp != project["catalog_stamp"]:
                with REFRESH.time():
                    columns, changed = _columns(connection, project_id, known)
                    known = self._known[project_id] = self._build(connection, project, columns, changed)
            return known

    def _build(
        self,
        connection: psycopg.Connection[Any],
        project: DictRow | None,
        columns: CatalogColumns,
        changed: _ChangedSensors | None,
    ) -> _KnownCatalog:
        if project is None:
            raise NotFound("there is no such project")
        sensors, validity = columns.sensors, columns.validity
        profiles = self._profiles(connection, validity, changed)
        names = _names(sensors, changed)
        channels = _channels(profiles, names, changed)
        slot, number = place_of(sensors.sensor_id, validity.sensor_id), profiles.numbers(validity.profile_id)
        owners = _owners(profiles, slot, number)
        catalog = Catalog(
            project_id=project["id"],
            version=project["catalog_version"],
            stamp=project["catalog_stamp"],
            max_age_us=project["max_age_s"] * 1_000_000,
            raw_from_us=BEGINNING_US if project["raw_from"] is None else to_us(project["raw_from"]),
            slots=names.slots,
            sensor_ids=sensors.sensor_id,
            public_ids=sensors.public_id.tolist(),
            keys=sensors.key.tolist(),
            accepts=sensors.accepts,
            registering=sensors.registering,
            timeline=_timeline(sensors, validity, slot, number),
            profiles=profiles.compiled,
            profile_ids=np.where(owners == NONE, HOLDS_NOWHERE, profiles.ids),
            dependencies=Dependencies.of(
                owners,
                profiles.needy,
                np.maximum(channels.needed, NONE),
                profiles.max_age_us,
                sensors.sensor_id.size,
            ),
            limits=columns.limits.table(sensors),
            tokens=read_tokens(
                connection, project["id"], None if changed is None else changed.before.catalog.tokens
            ),
            numbering=names.numbering,
        )
        return _KnownCatalog(catalog, columns, names, profiles, channels)

    def _profiles(
        self,
        connection: psycopg.Connection[Any],
        validity: ValidityColumns,
        changed: _ChangedSensors | None,
    ) -> ProfilesInForce:
        if changed is None:
            return self._compiler.compile(connection, validity)
        rows = validity.rows_of(np.unique(changed.sensor_ids))
        return self._compiler.compile_changed(connection, changed.before.profiles, validity, rows)


def _project(connection: psycopg.Connection[Any], project_id: int) -> DictRow | None:
    return next(iter(_rows(connection, "catalog.project", {"project_id": project_id})), None)


def _columns(
    connection: psycopg.Connection[Any], project_id: int, known: _KnownCatalog | None
) -> tuple[CatalogColumns, _ChangedSensors | None]:
    """The columns that are known, with what changed since; all columns, if the database is another one."""
    if known is not None:
        state = {"version": known.catalog.version, "stamp": known.catalog.stamp}
        (row,) = _rows(connection, "catalog.changed", {"project_id": project_id, **state})
        if row["is_later"]:
            columns = known.columns.read_again(connection, project_id, row["sensor_ids"])
            return columns, _ChangedSensors(known, np.array(row["sensor_ids"], np.int32))
    return CatalogColumns.read(connection, project_id), None


def _rows(connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, object]) -> list[DictRow]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(name), parameters).fetchall()


def _names(sensors: SensorColumns, changed: _ChangedSensors | None) -> SensorNames:
    if changed is None:
        return SensorNames.of(sensors)
    before = changed.before
    return before.names.after(before.columns.sensors, sensors, changed.sensor_ids)


def _timeline(
    sensors: SensorColumns, validity: ValidityColumns, slot: NDArray[np.int32], number: NDArray[np.int32]
) -> ProfileTimeline:
    holds = (slot >= 0) & (number >= 0)
    pieces = PieceColumns(slot[holds], number[holds], validity.from_us[holds], validity.to_us[holds])
    return ProfileTimeline(sensors.sensor_id.size, pieces)


def _channels(profiles: ProfilesInForce, names: SensorNames, changed: _ChangedSensors | None) -> ChannelSlots:
    if changed is None:
        return ChannelSlots.of(profiles, names)
    return changed.before.channels.after(profiles, names)


def _owners(
    profiles: ProfilesInForce, slot: NDArray[np.int32], number: NDArray[np.int32]
) -> NDArray[np.int32]:
    """int32[p]: the slot of each profile's sensor; NONE for a profile that is valid at no time any more."""
    owners = np.full(profiles.ids.size, NONE, np.int32)
    holds = (slot >= 0) & (number >= 0)
    owners[number[holds]] = slot[holds]
    return owners
