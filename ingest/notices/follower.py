"""Acts on notices from elsewhere: catalogs that moved, producers that somebody else bound."""

import asyncio
import json
import time
from uuid import UUID

import structlog
from prometheus_client import Gauge

from barograph.errors import NotFound
from barograph.plain_words import error_text
from barograph.program.kept_loop import KeptLoop
from barograph.program.listening import Notice, listen
from ingest.edges.gate import Gate

CATALOG = "barograph_catalog"
BIND = "barograph_bind"
EXPIRY_CHECK_S = 1.0
STALE = Gauge(
    "barograph_ingest_catalog_stale_seconds",
    "Time since a catalog was told to have changed that has not been read since, the oldest",
)
log = structlog.stdlib.get_logger(__name__)


class Follower:
    """Keeps a process's catalogs fresh and its connections current. Many notices of one project make one
    refresh, so that bulk changes hold nothing up."""

    def __init__(self, gate: Gate, database_url: str) -> None:
        self._gate = gate
        self._database_url = database_url
        # By project, since when.
        self._stale: dict[int, float] = {}
        self._has_stale = asyncio.Event()
        self._listening = KeptLoop("listen")
        self._refreshing = KeptLoop("refresh_catalogs")
        self._expiring = KeptLoop("expire_tokens", EXPIRY_CHECK_S)
        STALE.set_function(lambda: self.stale_s)

    @property
    def loops(self) -> list[KeptLoop]:
        """The loops that must go on. One project whose catalog can't be read keeps no other waiting."""
        return [self._listening, self._expiring]

    @property
    def stale_s(self) -> float:
        """The seconds since the stalest catalog became stale."""
        now_s = time.monotonic()
        return now_s - min(self._stale.values(), default=now_s)

    async def run(self) -> None:
        """Works as long as the process."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._refresh_stale())
            tasks.create_task(self._expiring.keep(self._expire_tokens))

    async def _follow(self) -> None:
        async for notice in listen(self._database_url, [CATALOG, BIND], self._listening):
            try:
                self._note(notice)
            except Exception as error:  # noqa: BLE001  # anybody may send one
                log.warning("notice not understood", channel=notice.channel, error=error_text(error))

    def _note(self, notice: Notice) -> None:
        if notice.channel == BIND:
            bound = json.loads(notice.payload)
            self._gate.registry.note_bind(UUID(bound["public_id"]), bound["epoch"])
            return
        known = set(self._gate.cache.project_ids())
        for project_id in known & {int(notice.payload)} if notice.channel == CATALOG else known:
            self._stale.setdefault(project_id, time.monotonic())
        self._has_stale.set()

    async def _refresh_stale(self) -> None:
        """Reads catalogs that are stale.

        One that can't be read stays stale, and is tried again after a pause.
        """
        while True:
            await self._has_stale.wait()
            self._has_stale.clear()
            with self._refreshing.turn():
                await self._refresh_all()
            if self._stale:
                await asyncio.sleep(self._refreshing.pause_s if self._refreshing.failures else 0)
                self._has_stale.set()

    async def _refresh_all(self) -> None:
        failures: list[Exception] = []
        for project_id in list(self._stale):
            try:
                await self._refresh(project_id)
            except Exception as error:  # noqa: BLE001  # the other projects come first
                failures.append(error)
        if failures:
            raise failures[-1]

    async def _refresh(self, project_id: int) -> None:
        """Commits find out by themselves; idle sockets do only by this."""
        since_s = self._stale.pop(project_id, time.monotonic())
        try:
            catalog = await asyncio.to_thread(self._gate.cache.refresh, project_id)
        except NotFound:
            self._gate.registry.end_project(project_id)
        except BaseException:
            self._stale[project_id] = since_s
            raise
        else:
            self._gate.registry.note_catalog(catalog)

    async def _expire_tokens(self) -> None:
        """Ends the streams whose token has run out."""
        for project_id in self._gate.registry.project_ids():
            catalog = self._gate.cache.cached(project_id)
            if catalog is not None:
                self._gate.registry.note_catalog(catalog)
