"""Which profile versions made the values of an answer."""

from typing import Any

from api.series.summary import Columns, Scope
from api.statements import fetch_rows
from barograph.database import Connection


async def profiles_behind(
    connection: Connection, scope: Scope, summary: dict[int, Columns]
) -> list[dict[str, Any]]:
    """The versions, by sensor and number; none for raw values, which no profile made.

    Where each bucket's least version is also its greatest, the summary has named them all.
    """
    if scope.layer == "raw" or not summary:
        return []
    pairs = [
        pair
        for columns in summary.values()
        for pair in zip(columns["least_profile"], columns["greatest_profile"], strict=True)
    ]
    if all(least == greatest for least, greatest in pairs):
        used = {least for least, _ in pairs}
    else:
        rows = await fetch_rows(connection, "series.profiles_used", scope.parameters)
        used = {row["profile_id"] for row in rows}
    names = await fetch_rows(connection, "series.name_profiles", {"profile_ids": list(used - {None})})
    return [{name: row[name] for name in ("sensor_id", "profile_id", "number")} for row in names]
