"""Stored readings converted again, each by the version that made its value, whether it holds anywhere or not.

A reading that had no version has none afterwards: nobody has asked for another calibration.
"""

from dataclasses import dataclass, replace

import numpy as np
import structlog
from numpy.typing import NDArray
from psycopg.rows import DictRow, dict_row

from backfill.recalibration.rewrite import convert_by_profiles, merge_values
from barograph.catalog.catalog import Catalog
from barograph.catalog.dependencies import NONE, find_dependencies
from barograph.catalog.references import canonical
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.readings.preparing.auxiliaries import Auxiliaries
from barograph.readings.preparing.convert import Accepted, convert, is_rounded
from barograph.readings.storing.store import Connection
from barograph.readings.storing.stored_auxiliaries import fetch_auxiliaries
from barograph.times import SECOND_US
from conversion import CompiledProfile, InvalidProfile, ProfileSet, compile_profile

log = structlog.stdlib.get_logger(__name__)


def convert_as_made(
    connection: Connection, catalog: Catalog, columns: ReadingColumns, is_asked: NDArray[np.bool_]
) -> ReadingColumns:
    """The same readings, those that are asked for by their own versions and the auxiliaries of now.

    Args:
        connection: asked for versions that hold nowhere any more, and for auxiliaries.
        columns: all readings of their sensors and time that there will be, sorted by sensor.
    """
    known = _numbers(catalog, columns.profile_id)
    is_unknown = (columns.profile_id >= 0) & (known < 0)
    new = columns
    if (is_asked & ~is_unknown).any():
        new = merge_values(
            new, convert_by_profiles(connection, catalog, columns, known), is_asked & ~is_unknown
        )
    rows = np.flatnonzero(is_asked & is_unknown)
    if not rows.size:
        return new
    past = _with_versions(connection, catalog, np.unique(columns.profile_id[rows]))
    numbers = _numbers(past, columns.profile_id)
    rows = rows[numbers[rows] >= 0]  # what can't be compiled any more is left as it is
    made = _convert_beside(connection, past, columns, rows, numbers[rows])
    whole = new.take(np.arange(new.t_us.size))
    whole.physical[rows], whole.flags[rows] = made.physical, made.flags
    return whole


def _convert_beside(
    connection: Connection,
    past: Catalog,
    columns: ReadingColumns,
    rows: NDArray[np.intp],
    profile: NDArray[np.int32],
) -> ReadingColumns:
    """Converts some of the readings by these profiles; all replace what is stored of their sensors."""
    slot = np.searchsorted(past.sensor_ids, columns.sensor_id).astype(np.int32)
    part = columns.take(rows)
    readings = Accepted(slot[rows], part.t_us, part.raw, profile, is_rounded(part.flags))
    need = past.dependencies.needs(profile, readings.t_us)
    stored = fetch_auxiliaries(connection, past.sensor_ids, need)
    is_replaced = np.isin(stored.slot, slot)
    is_replaced &= (stored.t_us >= columns.t_us.min()) & (stored.t_us <= columns.t_us.max())
    kept = np.flatnonzero(~is_replaced)
    known = Auxiliaries(
        stored.slot[kept], stored.t_us[kept], stored.raw[kept], stored.physical[kept], stored.slots
    )
    return convert(past, readings, known.and_these(slot, columns.t_us, columns.raw, columns.physical))


@dataclass(frozen=True)
class VersionNeeds:
    """The other sensors that a version reads, as its profile names them, and how old their values may be."""

    channels: frozenset[str] = frozenset()
    max_age_s: float = 0

    def exceed(self, others: "VersionNeeds") -> bool:
        """Whether an auxiliary may come late for this version that means nothing to the other."""
        return bool(self.channels) and (
            not self.channels <= others.channels or self.max_age_s > others.max_age_s
        )


def find_needs(connection: Connection, profile_ids: NDArray[np.int32]) -> dict[int, VersionNeeds]:
    """The needs of these versions, which may be valid at no time any more."""
    return {
        row["profile_id"]: VersionNeeds(frozenset(profile.channels), profile.max_age_s)
        for row in _fetch(connection, profile_ids)
        if (profile := _compile(row)) is not None
    }


def _numbers(catalog: Catalog, profile_id: NDArray[np.int32]) -> NDArray[np.int32]:
    """int32[n]: the numbers of these profiles in the catalog, -1 where it lacks them."""
    if catalog.profile_ids.size == 0:
        return np.full(profile_id.size, -1, np.int32)
    order = np.argsort(catalog.profile_ids)
    ids = catalog.profile_ids[order]
    place = np.minimum(np.searchsorted(ids, profile_id), ids.size - 1)
    return np.where(ids[place] == profile_id, order[place], -1).astype(np.int32)


def _with_versions(connection: Connection, catalog: Catalog, profile_ids: NDArray[np.int32]) -> Catalog:
    """The catalog with these versions in the place of those that hold."""
    rows = _fetch(connection, profile_ids)
    compiled = {row["profile_id"]: profile for row in rows if (profile := _compile(row)) is not None}
    slot_of = {int(sensor_id): slot for slot, sensor_id in enumerate(catalog.sensor_ids)}
    return replace(
        catalog,
        profiles=ProfileSet(list(compiled.values())),
        profile_ids=np.array(list(compiled), np.int32),
        dependencies=find_dependencies(
            owners=[slot_of[row["sensor_id"]] for row in rows if row["profile_id"] in compiled],
            needed=[
                [catalog.slots.get(canonical(name), NONE) for name in each.channels]
                for each in compiled.values()
            ],
            max_age_us=[round(each.max_age_s * SECOND_US) for each in compiled.values()],
            slots=catalog.sensor_ids.size,
        ),
    )


def _fetch(connection: Connection, profile_ids: NDArray[np.int32]) -> list[DictRow]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("recalibration_undo.versions"), {"profile_ids": profile_ids}).fetchall()


def _compile(row: DictRow) -> CompiledProfile | None:
    try:
        return compile_profile({"kind": row["kind"], "payload": row["payload"]})
    except InvalidProfile as error:
        log.error("stored profile does not compile", profile_id=row["profile_id"], errors=str(error))  # noqa: TRY400  # the message says all
        return None
