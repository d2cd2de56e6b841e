"""The standby as a question's thread asks it.

Why: decision 780.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg
from prometheus_client import Counter

from api.edge.transaction import lend
from barograph.database.connections import Pool, create_pool
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.roles import ConnectionRole
from barograph.database.standby import POLL_S, StandbyRest

ANSWERED = Counter("barograph_questions_total", "Questions about readings, by who answered them", ["by"])
# A standby ends a question that is in the way of what it has to replay, and it may go at any time.
GOES_TO_PRIMARY = frozenset({FailureKind.OVERTAKEN, FailureKind.HELD, FailureKind.AWAY, FailureKind.LOST})


class QuestionStandby:
    """One thread's connection to the standby.

    Args:
        wait_s: how long a question waits for it.
        rest: of all threads.
    """

    def __init__(self, url: str, role: ConnectionRole[Any], wait_s: float, rest: StandbyRest) -> None:
        self.pool: Pool = create_pool(url, 1, replace(role, name="barograph-standby"))
        self._wait_s, self._rest = wait_s, rest

    async def holds_all(self, primary: Pool) -> bool:
        """Whether it holds whatever the primary has acknowledged by now."""
        if self._rest.is_on:
            return False
        async with lend(primary) as connection:
            cursor = await connection.execute(query("standby.position"))
            (position,) = await cursor.fetchall()
        try:
            async with asyncio.timeout(self._wait_s):
                if await self._replays(position):
                    return True
            self._rest.begin("it does not follow this primary")
        except TimeoutError:
            self._rest.begin(f"in {self._wait_s:g} s it did not catch up, or does not answer")
        except psycopg.Error as error:
            self._rest.begin(str(error))
        return False

    def passes_on(self, error: psycopg.Error) -> bool:
        """Whether the primary may have an answer where the standby has failed."""
        if kind_of(error) not in GOES_TO_PRIMARY:
            return False
        self._rest.begin(str(error))
        return True

    async def _replays(self, position: Mapping[str, Any]) -> bool:
        """False if it never will."""
        async with lend(self.pool) as connection:
            while True:
                cursor = await connection.execute(query("standby.state"), position)
                (state,) = await cursor.fetchall()
                if state["has_it"] or not state["follows"]:
                    return state["follows"]
                await asyncio.sleep(POLL_S)
