"""Who may go on watching: looked at again each second, for all open streams in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.edge.statements import fetch_filtered
from api.edge.transaction import lend
from api.live.watches import StreamOwner, Watch
from barograph.database.connections import Pool


@dataclass(frozen=True)
class WatchNeed:
    """A need of a watch: its owner's log-in holds, and sees the project as far as the picture shows it."""

    owner: StreamOwner
    project_id: int
    is_raw: bool


@dataclass(frozen=True)
class Entitled:
    """Watches whose log-in holds, and those of them that may go on."""

    logged_in: frozenset[Watch]
    watches: frozenset[Watch]


async def find_entitled(pool: Pool, watches: Sequence[Watch]) -> Entitled:
    """Reads from the database who may see what now."""
    needs = {watch: _needs(watch) for watch in watches}
    sees = await find_held(pool, [need for each in needs.values() for need in each])
    logged_in = {watch for watch, each in needs.items() if any(need in sees for need in each)}
    entitled = {watch for watch, each in needs.items() if all(sees.get(need) for need in each)}
    return Entitled(frozenset(logged_in), frozenset(entitled))


async def find_held(pool: Pool, needs: Iterable[WatchNeed]) -> Mapping[WatchNeed, bool]:
    """Finds whose log-in holds, and whether the project may be seen; what several need is asked once."""
    asked = list(dict.fromkeys(needs))
    owners = [need.owner for need in asked]
    parameters = {
        "number": list(range(len(asked))),
        "account_id": [owner.account_id for owner in owners],
        "login_id": [owner.login_id for owner in owners],
        "session_hash": [owner.session_hash for owner in owners],
        "service_hash": [owner.service_hash for owner in owners],
        "project_id": [need.project_id for need in asked],
        "is_raw": [need.is_raw for need in asked],
    }
    async with lend(pool) as connection:
        rows = await fetch_filtered(connection, "live.entitled", parameters)
    return {asked[row["number"]]: row["sees_project"] for row in rows}


def _needs(watch: Watch) -> Sequence[WatchNeed]:
    owner, picture = watch.receiver.owner, watch.picture
    projects = {sensor.project_id for sensor in picture.sensors}
    return [WatchNeed(owner, project_id, picture.is_raw) for project_id in sorted(projects)]
