"""Who may go on watching: looked at again each second, for all open streams in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.edge.statements import fetch_filtered
from api.edge.transaction import lend
from api.live.watches import Watch
from barograph.database.connections import Pool


@dataclass(frozen=True)
class Entitled:
    """Watches whose log-in holds, and those of them that may go on."""

    logged_in: frozenset[Watch]
    watches: frozenset[Watch]


async def find_entitled(pool: Pool, watches: Sequence[Watch]) -> Entitled:
    """As the database says now."""
    asked = [(watch, project_id) for watch in watches for project_id in _projects(watch)]
    owners = [watch.receiver.owner for watch, _ in asked]
    parameters = {
        "number": list(range(len(asked))),
        "account_id": [owner.account_id for owner in owners],
        "login_id": [owner.login_id for owner in owners],
        "session_hash": [owner.session_hash for owner in owners],
        "service_hash": [owner.service_hash for owner in owners],
        "project_id": [project_id for _, project_id in asked],
        "is_raw": [watch.picture.is_raw for watch, _ in asked],
    }
    async with lend(pool) as connection:
        rows = await fetch_filtered(connection, "live.entitled", parameters)
    sees: dict[int, bool] = {row["number"]: row["sees_project"] for row in rows}
    refused = {watch for number, (watch, _) in enumerate(asked) if not sees.get(number)}
    logged_in = {asked[number][0] for number in sees}
    return Entitled(frozenset(logged_in), frozenset(watches) - refused)


def _projects(watch: Watch) -> set[int]:
    return {sensor.project_id for sensor in watch.picture.sensors}
