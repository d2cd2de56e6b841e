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
EXPIRY_CHECK_S = 1.0
RETRY_S = 1.0
log = structlog.stdlib.get_logger(__name__)


class Follower:
    """Keeps a process's catalogs fresh and its connections current. Many notices of one project make one
    refresh, so that bulk changes hold nothing up."""

    def __init__(self, gate: Gate, database_url: str) -> None:
        self._gate = gate
        self._database_url = database_url
        self._stale: set[int] = set()
        self._has_stale = asyncio.Event()

    async def run(self) -> None:
        """Works as long as the process."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._refresh_stale())
            tasks.create_task(self._expire_tokens())

    async def _follow(self) -> None:
        async for notice in listen(self._database_url, [CATALOG, BIND]):
            try:
                self._note(notice)
            except (ValueError, KeyError, TypeError) as error:
                log.warning("notice not understood", channel=notice.channel, error=str(error))

    def _note(self, notice: Notice) -> None:
        if notice.channel == BIND:
            bound = json.loads(notice.payload)
            self._gate.registry.note_bind(bound["id"], bound["epoch"])
            return
        known = set(self._gate.cache.project_ids())
        self._stale |= known & {int(notice.payload)} if notice.channel == CATALOG else known
        self._has_stale.set()

    async def _refresh_stale(self) -> None:
        while True:
            await self._has_stale.wait()
            self._has_stale.clear()
            stale, self._stale = self._stale, set()
            unread = [project_id for project_id in stale if not await self._refresh(project_id)]
            if unread:
                await asyncio.sleep(RETRY_S)
                self._stale.update(unread)
                self._has_stale.set()

    async def _refresh(self, project_id: int) -> bool:
        """Whether it could be read. Commits find out by themselves; idle sockets do only by this."""
        try:
            catalog = await asyncio.to_thread(self._gate.cache.refresh, project_id)
        except NotFound:
            self._gate.registry.end_project(project_id)
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("catalog not refreshed", project_id=project_id, error=str(error))
            return False
        else:
            self._gate.registry.note_catalog(catalog)
        return True

    async def _expire_tokens(self) -> None:
        """Ends the streams whose token has run out."""
        while True:
            await asyncio.sleep(EXPIRY_CHECK_S)
            for project_id in self._gate.registry.project_ids():
                catalog = self._gate.cache.known(project_id)
                if catalog is not None:
                    self._gate.registry.note_catalog(catalog)
