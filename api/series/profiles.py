"""Which profile versions made the values of an answer."""

from collections.abc import Sequence
from typing import Any

from api.series.fetch import ProfileRange
from api.series.scope import Scope
from api.statements import fetch_rows
from barograph.database import Connection


async def profiles_behind(
    connection: Connection, scope: Scope, ranges: Sequence[ProfileRange]
) -> list[dict[str, Any]]:
    """The versions, by sensor and number; none for raw values, which no profile made.

    Where a lane's least version is also its greatest, the values have named them all.
    """
    if scope.is_raw or not ranges:
        return []
    used = {end for each in ranges for end in (each.least, each.greatest)}
    names = await fetch_rows(connection, "series.name_profiles", {"profile_ids": list(used)})
    return [{name: row[name] for name in ("sensor_id", "profile_id", "number")} for row in names]
