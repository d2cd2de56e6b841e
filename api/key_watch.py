"""Watches that the API's processes know each other's signing keys.

A token signed by one that does not would be refused by the next process it comes to: every second request
401, and nobody knows why. So a process that finds an older one with a key unknown to it is not ready.

Why: decision 123.
"""

import socket
from contextlib import suppress
from uuid import uuid4

import psycopg
import structlog

from api.edge.transaction import begin
from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.errors import Unavailable
from barograph.identity.signing_keys import SigningKeys
from barograph.program.kept_loop import KeptLoop, check_loops

EVERY_S = 5.0
ADVICE = (
    "set BAROGRAPH_SIGNING_KEY to the same for all of them, or give them one data directory; if the key was "
    "changed, stop the others or let BAROGRAPH_FORMER_SIGNING_KEY name theirs"
)
log = structlog.stdlib.get_logger(__name__)


class SigningKeyWatch:
    """Notes the key of its process in the database, and looks at those of older processes."""

    def __init__(self, pool: Pool, keys: SigningKeys) -> None:
        self._pool = pool
        self._keys = keys
        self._id = uuid4()
        self._complaint: str | None = "has not looked for other processes yet"
        self._loop = KeptLoop("watch_signing_keys", EVERY_S)

    async def run(self) -> None:
        """Looks for ever."""
        await self._loop.keep(self.compare_keys)

    async def compare_keys(self) -> None:
        """Notes the key that signs here, and compares those that sign elsewhere."""
        parameters = {"id": self._id, "host": socket.gethostname(), "key_id": self._keys.newest.id}
        async with begin(self._pool) as connection:
            await connection.execute(query("api_process.note"), parameters)
            cursor = await connection.execute(query("api_process.elders"), {"id": self._id})
            strangers = [row["host"] for row in await cursor.fetchall() if not self._has_key(row["key_id"])]
        complaint = None
        if strangers:
            complaint = f"the API's process on {strangers[0]} signs with a key unknown here; {ADVICE}"
        if complaint is not None and complaint != self._complaint:
            log.error(complaint)
        self._complaint = complaint

    async def leave(self) -> None:
        """The process ends; those that stay need not know its key."""
        with suppress(psycopg.Error):
            async with begin(self._pool) as connection:
                await connection.execute(query("api_process.leave"), {"id": self._id})

    def check(self) -> None:
        """Raises where an older process has a key unknown here.

        Raises:
            Unavailable: says what to do.
        """
        check_loops([self._loop])
        if self._complaint is not None:
            raise Unavailable(self._complaint)

    def _has_key(self, key_id: str) -> bool:
        return self._keys.find(key_id) is not None
