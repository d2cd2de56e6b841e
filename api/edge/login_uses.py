"""When log-ins were last used: noted in memory with each request, and written down once in a while.

Why: decision 242.
"""

import time
from uuid import UUID

from api.edge.statements import run
from api.edge.transaction import begin
from barograph.database.connections import Pool
from barograph.program.kept_loop import KeptLoop

EVERY_S = 30.0


class LoginUses:
    """Log-ins that this process has seen since it last wrote them down. Noted from any thread."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen_s: dict[UUID, float] = {}
        self._loop = KeptLoop("write_login_uses", EVERY_S)

    def note(self, login_id: UUID) -> None:
        """Notes that it is used now.

        Only for log-ins that have proved themselves, so that strangers fill no memory.
        """
        self._seen_s[login_id] = time.time()

    async def run(self) -> None:
        """Writes for ever."""
        await self._loop.keep(self.write)

    async def write(self) -> None:
        """Writes down what has been noted. What can't be written is noted still."""
        seen = dict(self._seen_s)
        if not seen:
            return
        uses = {"login_ids": list(seen), "seen_s": list(seen.values())}
        async with begin(self._pool) as connection:
            await run(connection, "login.note_uses", uses)
        for login_id, at_s in seen.items():
            if self._seen_s.get(login_id) == at_s:
                self._seen_s.pop(login_id, None)
