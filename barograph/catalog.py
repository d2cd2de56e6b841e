"""What ingest must know of a project to take its readings: sensors, profiles in force, tokens, bounds.

A `Catalog` is an immutable snapshot; a `CatalogCache` keeps the newest one per project. The cache is only
a cache: each commit compares the snapshot's version with the database's under the project's shared lock,
and asks for a fresh one when it moved. NOTIFY merely makes that sooner.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg.rows import DictRow, dict_row

from barograph.auxiliary import NONE, Dependencies, find_dependencies
from barograph.database import VIGILANT, ThreadPool
from barograph.errors import NotFound
from barograph.queries import query
from barograph.references import canonical
from barograph.timeline import BEGINNING_US, FOREVER_US, Piece, Timeline
from barograph.times import SECOND_US, to_us
from conversion import CompiledProfile, InvalidProfile, ProfileSet, compile_profile

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Token:
    """What an ingest token may do. `sensors` and `producers` are None where it is not limited."""

    id: UUID
    expires_at_us: int
    sensor_ids: frozenset[int] | None
    producers: tuple[str, ...] | None


@dataclass(frozen=True)
class Catalog:
    """One version of a project's catalog. Sensors are numbered by slots, 0 … n - 1, in columns."""

    project_id: int
    version: int
    max_age_us: int
    raw_from_us: int
    slots: Mapping[str, int]
    sensor_ids: NDArray[np.int32]
    public_ids: Sequence[UUID]
    keys: Sequence[str]
    accepts: NDArray[np.bool_]
    registering: NDArray[np.bool_]
    timeline: Timeline
    profiles: ProfileSet
    profile_ids: NDArray[np.int32]
    dependencies: Dependencies
    tokens: Mapping[UUID, Token]

    def slot(self, reference: str) -> int | None:
        """The slot of the sensor with this key or public id."""
        return self.slots.get(canonical(reference))

    def has_valid(self, token_id: UUID, now_us: int) -> bool:
        """Whether the token is neither revoked nor expired."""
        token = self.tokens.get(token_id)
        return token is not None and now_us < token.expires_at_us


class CatalogCache:
    """The newest known catalog of each project; safe to use from several threads.

    Profiles never change once saved, so each is compiled once in the life of the process.
    """

    def __init__(self, database_url: str) -> None:
        self._pool = ThreadPool(
            database_url,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "options": "-c timezone=UTC", **VIGILANT},
            min_size=0,
            max_size=2,
            timeout=5,
            reconnect_timeout=5,
            open=False,
        )
        self._catalogs: dict[int, Catalog] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._compiled: dict[int, CompiledProfile | None] = {}

    def open(self) -> None:
        """Starts the connections; the database need not be there yet."""
        self._pool.open()

    def close(self) -> None:
        """Ends the connections."""
        self._pool.close()

    def project_ids(self) -> list[int]:
        """The projects whose catalog is known here."""
        return list(self._catalogs)

    def known(self, project_id: int) -> Catalog | None:
        """The newest known catalog, without asking the database."""
        return self._catalogs.get(project_id)

    def get(self, project_id: int) -> Catalog:
        """The newest known catalog, loaded if there is none.

        Raises:
            NotFound: no such project.
            psycopg.OperationalError, psycopg_pool.PoolTimeout: the database does not answer.
        """
        catalog = self._catalogs.get(project_id)
        return catalog if catalog is not None else self.refresh(project_id)

    def refresh(self, project_id: int, beyond: int | None = None) -> Catalog:
        """The catalog as it is in the database now.

        Args:
            project_id: the project's int4 id.
            beyond: the version that proved stale; if another thread has fetched a newer one meanwhile,
                that one will do.
        """
        with self._locks.setdefault(project_id, threading.Lock()):
            known = self._catalogs.get(project_id)
            if known is not None and beyond is not None and known.version > beyond:
                return known
            catalog = self._load(project_id)
            self._catalogs[project_id] = catalog
            return catalog

    def knows(self, project_id: int, references: Sequence[str]) -> bool:
        """Whether any of these keys or ids, unknown to the snapshot, is a sensor by now."""
        with self._pool.connection() as connection:
            row = connection.execute(
                query("catalog.any_sensor"), {"project_id": project_id, "references": list(references)}
            ).fetchone()
        return row is not None

    def supposing(self, project_id: int, holdings: Sequence[Mapping[str, Any]]) -> Catalog:
        """The catalog as it would be if these versions held there. Nothing changes, and nothing is kept.

        Args:
            project_id: the project's int4 id.
            holdings: parameters of `validity.take` and `validity.give`.
        """
        with self._pool.connection() as connection, connection.transaction(force_rollback=True):
            for holding in holdings:
                connection.execute(query("validity.take"), holding)
                connection.execute(query("validity.give"), holding)
            return self._read(connection, project_id)

    def _load(self, project_id: int) -> Catalog:
        with self._pool.connection() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return self._read(connection, project_id)

    def _read(self, connection: psycopg.Connection[DictRow], project_id: int) -> Catalog:
        parameters = {"project_id": project_id}
        project = connection.execute(query("catalog.project"), parameters).fetchone()
        if project is None:
            self._catalogs.pop(project_id, None)
            raise NotFound("there is no such project")
        sensors = connection.execute(query("catalog.sensors"), parameters).fetchall()
        pieces = connection.execute(query("catalog.pieces"), parameters).fetchall()
        tokens = connection.execute(query("catalog.tokens"), parameters).fetchall()
        return self._build(project, sensors, pieces, tokens)

    def _build(
        self, project: DictRow, sensors: list[DictRow], pieces: list[DictRow], tokens: list[DictRow]
    ) -> Catalog:
        slot_of = {row["id"]: slot for slot, row in enumerate(sensors)}
        references = _references(sensors)
        compiled = self._compile(pieces)
        number_of = {profile_id: number for number, profile_id in enumerate(compiled)}
        return Catalog(
            project_id=project["id"],
            version=project["catalog_version"],
            max_age_us=project["max_age_s"] * 1_000_000,
            raw_from_us=_bound_us(project["raw_from"], BEGINNING_US),
            slots=references,
            sensor_ids=np.array([row["id"] for row in sensors], np.int32),
            public_ids=[row["public_id"] for row in sensors],
            keys=[row["key"] for row in sensors],
            accepts=np.array([row["status"] in {"registering", "active"} for row in sensors], np.bool_),
            registering=np.array([row["status"] == "registering" for row in sensors], np.bool_),
            timeline=Timeline(len(sensors), _timeline_pieces(pieces, slot_of, number_of)),
            profiles=ProfileSet(list(compiled.values())),
            profile_ids=np.array(list(compiled), np.int32),
            dependencies=_dependencies(pieces, compiled, slot_of, references),
            tokens={row["id"]: _token(row) for row in tokens},
        )

    def _compile(self, pieces: list[DictRow]) -> dict[int, CompiledProfile]:
        """The compiled profiles in force, by id."""
        compiled: dict[int, CompiledProfile] = {}
        for row in pieces:
            profile_id = row["profile_id"]
            if profile_id not in self._compiled:
                self._compiled[profile_id] = _compile_stored(row)
            profile = self._compiled[profile_id]
            if profile is not None:
                compiled[profile_id] = profile
        return compiled


def _compile_stored(row: DictRow) -> CompiledProfile | None:
    """None, loudly, if a profile that was valid when saved no longer is; raw is stored all the same."""
    try:
        return compile_profile({"kind": row["kind"], "payload": row["payload"]})
    except InvalidProfile as error:
        log.error("stored profile does not compile", profile_id=row["profile_id"], errors=str(error))  # noqa: TRY400  # the message says all
        return None


def _references(sensors: list[DictRow]) -> dict[str, int]:
    """Slots by public id and by key; a key that looks like another sensor's id wins."""
    by_id = {str(row["public_id"]): slot for slot, row in enumerate(sensors)}
    return by_id | {row["key"]: slot for slot, row in enumerate(sensors)}


def _timeline_pieces(
    pieces: list[DictRow], slot_of: Mapping[int, int], number_of: Mapping[int, int]
) -> list[Piece]:
    return [
        Piece(
            slot_of[row["sensor_id"]],
            number_of[row["profile_id"]],
            _bound_us(row["valid_from"], BEGINNING_US),
            _bound_us(row["valid_to"], FOREVER_US),
        )
        for row in pieces
        if row["profile_id"] in number_of
    ]


def _dependencies(
    pieces: list[DictRow],
    compiled: Mapping[int, CompiledProfile],
    slot_of: Mapping[int, int],
    references: Mapping[str, int],
) -> Dependencies:
    owner = {row["profile_id"]: slot_of[row["sensor_id"]] for row in pieces}
    profiles = compiled.values()
    return find_dependencies(
        owners=[owner[profile_id] for profile_id in compiled],
        needed=[[references.get(channel, NONE) for channel in profile.channels] for profile in profiles],
        max_age_us=[round(profile.max_age_s * SECOND_US) for profile in profiles],
        slots=len(slot_of),
    )


def _bound_us(time: datetime | None, unbounded: int) -> int:
    return unbounded if time is None else to_us(time)


def _token(row: DictRow) -> Token:
    return Token(
        id=row["id"],
        expires_at_us=_bound_us(row["expires_at"], FOREVER_US),
        sensor_ids=None if row["sensors"] is None else frozenset(row["sensors"]),
        producers=None if row["producers"] is None else tuple(row["producers"]),
    )
