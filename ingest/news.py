"""Acts on notices from elsewhere: catalogs that moved, producers that somebody else bound."""

import asyncio
import json

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from barograph.errors import NotFound
from barograph.notices import Notice, listen
from ingest.gate import Gate

CATALOG = "barograph_catalog"
BIND = "barograph_bind"
log = structlog.stdlib.get_logger(__name__)


async def follow(gate: Gate, database_url: str) -> None:
    """Runs as long as the process."""
    async for notice in listen(database_url, [CATALOG, BIND]):
        try:
            await _act(gate, notice)
        except (psycopg.Error, PoolTimeout, ValueError, KeyError) as error:
            log.warning("notice not acted upon", channel=notice.channel, error=str(error))


async def _act(gate: Gate, notice: Notice) -> None:
    if notice.channel == BIND:
        bound = json.loads(notice.payload)
        gate.registry.note_bind(bound["id"], bound["epoch"])
    elif notice.channel == CATALOG:
        await _refresh(gate, int(notice.payload))
    else:
        for project_id in gate.cache.project_ids():
            await _refresh(gate, project_id)


async def _refresh(gate: Gate, project_id: int) -> None:
    if project_id not in gate.cache.project_ids():
        return
    try:
        catalog = await asyncio.to_thread(gate.cache.refresh, project_id)
    except NotFound:
        gate.registry.end_project(project_id)
    else:
        gate.registry.note_catalog(catalog)


async def expire(gate: Gate) -> None:
    """Ends, once a second, the streams whose token has run out."""
    while True:
        await asyncio.sleep(1)
        for project_id in gate.registry.project_ids():
            catalog = gate.cache.known(project_id)
            if catalog is not None:
                gate.registry.note_catalog(catalog)
