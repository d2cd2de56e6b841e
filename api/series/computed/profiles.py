"""Which profile versions made the values of an answer.

What is read names the least and the greatest version of each sensor. Only where the sensor has others
between the two is it looked at more closely: tier by tier, and only at buckets of which the same is true.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from psycopg.rows import DictRow

from api.edge.statements import fetch_rows
from api.series.line.parts import Integers
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.fetch import fetch_profile_pairs, fetch_profiles_of_readings
from api.series.stored.gather import Collected
from api.series.stored.plan import COARSE_US, FINE_US
from barograph.database.connections import Connection
from barograph.times import SECOND_US


async def profiles_behind(connection: Connection, scope: Scope, collected: Collected) -> list[dict[str, Any]]:
    """The versions, by sensor and number; none for raw values, which no profile made."""
    names = await versions_behind(connection, scope, collected)
    return [{name: row[name] for name in ("sensor_id", "profile_id", "number")} for row in names]


async def versions_behind(connection: Connection, scope: Scope, collected: Collected) -> list[DictRow]:
    """The same, with their surrogates (`id`)."""
    if scope.is_raw or not collected.profiles:
        return []
    used = {end for each in collected.profiles for end in (each.lowest, each.highest)}
    if any(each.lowest < each.highest for each in collected.profiles):
        used |= await _others(connection, scope, collected, used)
    return await fetch_rows(connection, "series.name_profiles", {"profile_ids": list(used)})


async def _others(connection: Connection, scope: Scope, collected: Collected, used: set[int]) -> set[int]:
    """Versions that were used, beside the least and greatest of what was read."""
    versions = await _versions(connection, scope)
    doubtful = [track for track, known in versions.items() if _has_between(known, used)]
    if not doubtful:
        return set()
    found: set[int] = set()
    tracks = scope.line.tracks(np.array(doubtful, np.int64))
    closer = {tier_us: spans.intersect(tracks) for tier_us, spans in collected.tiers.items()}
    # All versions of readings as they were believed earlier are named already, and stand in no column.
    raw = collected.raw.intersect(tracks) if scope.as_of is None else Spans.none()
    finest = [(tier_us, 0) for tier_us in (COARSE_US[-1], SECOND_US, *FINE_US)]
    for tier_us, finer_us in [*pairwise(COARSE_US), *finest]:
        pairs = await fetch_profile_pairs(connection, scope, tier_us, closer.get(tier_us, Spans.none()))
        found |= {end for pair in pairs for end in (pair.lowest, pair.highest)}
        mixed = np.array(
            [pair.position for pair in pairs if _between(versions[pair.track], pair.lowest, pair.highest)],
            np.int64,
        )
        spans = Spans.of(mixed, mixed + tier_us)
        if finer_us:
            closer[finer_us] = Spans.union([closer.get(finer_us, Spans.none()), spans])
        else:
            raw = Spans.union([raw, spans.subtract(scope.gone)])
    return found | await fetch_profiles_of_readings(connection, scope, raw)


async def _versions(connection: Connection, scope: Scope) -> Mapping[int, Integers]:
    """The ids of each track's versions, ascending."""
    rows = await fetch_rows(connection, "series.versions", {"sensor_ids": scope.sensor_ids})
    of_sensors = {row["sensor_id"]: np.array(row["ids"], np.int64) for row in rows}
    tracks = enumerate(scope.sensor_ids.tolist())
    return {track: of_sensors[sensor_id] for track, sensor_id in tracks if sensor_id in of_sensors}


def _has_between(known: Integers, used: set[int]) -> bool:
    """Whether one that is not known to be used lies between two that are."""
    held = np.isin(known, list(used))
    places = np.flatnonzero(held)
    return places.size > 1 and not held[places[0] : places[-1]].all()


def _between(known: Integers, lowest: int, highest: int) -> bool:
    return bool(((known > lowest) & (known < highest)).any())
