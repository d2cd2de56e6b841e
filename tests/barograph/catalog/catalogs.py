"""Catalogs made by hand, without a database."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import numpy as np

from barograph.alarms.limit_table import LimitColumns, LimitTable
from barograph.catalog.catalog import Catalog
from barograph.catalog.catalog_tokens import CatalogToken
from barograph.catalog.dependencies import NONE, Dependencies, find_dependencies
from barograph.catalog.timeline import BEGINNING_US, FOREVER_US, ProfilePiece, ProfileTimeline
from conversion import CompiledProfile, ProfileSet, compile_profile

PROJECT_ID = 5
TOKEN_ID = uuid4()
FIRST_SENSOR_ID = 100
FIRST_PROFILE_ID = 900


def linear(slope: float, offset: float = 0.0) -> CompiledProfile:
    return compile_profile({"kind": "linear", "payload": {"slope": slope, "offset": offset}})


def make_catalog(
    statuses: Sequence[str],
    profiles: Sequence[CompiledProfile] = (),
    pieces: Sequence[ProfilePiece] = (),
    *,
    max_age_us: int = 1_000_000,
    raw_from_us: int = BEGINNING_US,
    version: int = 1,
    token_sensors: frozenset[int] | None = None,
    limits: LimitColumns | None = None,
) -> Catalog:
    """Sensors s0, s1, … of these statuses; sensor and profile ids count from FIRST_…_ID."""
    keys = [f"s{slot}" for slot in range(len(statuses))]
    public_ids = [str(UUID(int=slot + 1)) for slot in range(len(statuses))]
    slots: Mapping[str, int] = {public: slot for slot, public in enumerate(public_ids)} | {
        key: slot for slot, key in enumerate(keys)
    }
    return Catalog(
        project_id=PROJECT_ID,
        version=version,
        stamp=UUID(int=version),
        max_age_us=max_age_us,
        raw_from_us=raw_from_us,
        slots=slots,
        sensor_ids=np.arange(len(statuses), dtype=np.int32) + FIRST_SENSOR_ID,
        public_ids=public_ids,
        keys=keys,
        accepts=np.array([status in {"registering", "active"} for status in statuses], np.bool_),
        registering=np.array([status == "registering" for status in statuses], np.bool_),
        timeline=ProfileTimeline(len(statuses), pieces),
        profiles=ProfileSet(profiles),
        profile_ids=np.arange(len(profiles), dtype=np.int32) + FIRST_PROFILE_ID,
        dependencies=_dependencies(len(statuses), profiles, pieces, slots),
        limits=LimitTable(len(statuses), limits) if limits else LimitTable.without_limits(len(statuses)),
        tokens={TOKEN_ID: CatalogToken(TOKEN_ID, FOREVER_US, token_sensors, None)},
    )


def _dependencies(
    sensors: int,
    profiles: Sequence[CompiledProfile],
    pieces: Sequence[ProfilePiece],
    slots: Mapping[str, int],
) -> Dependencies:
    owner = {piece.profile: piece.slot for piece in pieces}
    numbers = range(len(profiles))
    return find_dependencies(
        owners=[owner.get(number, 0) for number in numbers],
        needed=[[slots.get(channel, NONE) for channel in profiles[number].channels] for number in numbers],
        max_age_us=[round(profile.max_age_s * 1_000_000) for profile in profiles],
        slots=sensors,
    )
