"""The events of projects as they happen: one tail for all streams of this process.

tick: one transaction ── for each place in a project where streams stand: what came after it, told once
each second ── whose log-in holds, and who may still see the project

A stream that has not sent what it was given gets no more, so a slow client costs one page.

Why: decision 480.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from psycopg.rows import DictRow

from api.edge.statements import fetch_filtered
from api.edge.transaction import begin
from api.live.endings import LOGGED_OUT, NOT_YOURS, OpenStream
from api.live.entitlement import WatchNeed, find_held
from api.series.stored.positions import find_moment
from barograph.database.connections import Connection, Pool
from barograph.database.positions import Moment
from barograph.events.cursor import EventCursor
from barograph.program.kept_loop import KeptLoop

TICK_S = 0.2
RIGHTS_S = 1.0
PAGE = 500


@dataclass(frozen=True)
class EventPage:
    """A page of events at a place.

    Attributes:
        events: with the place after each.
        after: the place after all of them.
        gone_until: some that should be told may have gone up to then; None: none has.
    """

    events: Sequence[tuple[DictRow, EventCursor]]
    after: EventCursor
    gone_until: datetime | None


class EventReader(OpenStream, Protocol):
    """A client's end of a stream of events."""

    need: WatchNeed
    cursor: EventCursor

    @property
    def has_room(self) -> bool:
        """Whether it has sent what it was given."""
        ...

    def take(self, page: EventPage) -> None:
        """Sends events, or nothing, and stands after them."""
        ...


class EventFeed:
    """The feed of events; one for each process."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._readers: set[EventReader] = set()
        self._wake = asyncio.Event()
        self._loop = KeptLoop("events")

    def add(self, reader: EventReader) -> None:
        """Tells it what comes after its cursor."""
        self._readers.add(reader)
        self._wake.set()

    def remove(self, reader: EventReader) -> None:
        """Forgets it."""
        self._readers.discard(reader)

    async def run(self) -> None:
        """Goes on for ever."""
        checked_s = 0.0
        while True:
            await self._somebody_reads()
            with self._loop.turn():
                if time.monotonic() - checked_s >= RIGHTS_S:
                    await self._check_rights()
                    checked_s = time.monotonic()
                await self._tick()
            await asyncio.sleep(max(TICK_S, self._loop.pause_s) if self._loop.failures else TICK_S)

    async def _somebody_reads(self) -> None:
        while not self._readers:
            self._wake.clear()
            await self._wake.wait()

    async def _tick(self) -> None:
        groups = _by_place(reader for reader in self._readers if reader.has_room)
        if not groups:
            return
        async with begin(self.pool, is_read=True) as connection:
            moment = await find_moment(connection)
            for (project_id, cursor), readers in groups.items():
                begun, gone_until = cursor.begun(moment), None
                if begun.is_far_behind(moment) and (
                    gone_until := await find_gone(connection, project_id, begun)
                ):
                    begun = begun.once_more()
                asked = {**begun.parameters, "project_id": project_id, "fetch": PAGE}
                rows = await fetch_filtered(connection, "event.follow", asked)
                page = _page(begun, moment, rows, gone_until)
                for reader in self._readers.intersection(readers):
                    reader.take(page)

    async def _check_rights(self) -> None:
        readers = list(self._readers)
        held = await find_held(self.pool, [reader.need for reader in readers])
        for reader in readers:
            if not held.get(reader.need):
                reader.end(NOT_YOURS if reader.need in held else LOGGED_OUT)


async def find_gone(connection: Connection, project_id: int, begun: EventCursor) -> datetime | None:
    """The time before which events that should be told are gone; None if none is."""
    asked = {**begun.parameters, "project_id": project_id}
    rows = await fetch_filtered(connection, "event.pruned", asked)
    return rows[0]["until"] if rows else None


def _page(
    begun: EventCursor, moment: Moment, rows: Sequence[DictRow], gone_until: datetime | None
) -> EventPage:
    places = [begun.after(count, row["position"], moment) for count, row in enumerate(rows, 1)]
    after = places[-1] if len(rows) == PAGE else begun.done(moment)
    events = list(zip(rows, [*places[:-1], after], strict=True)) if rows else []
    return EventPage(events, after, gone_until)


def _by_place(readers: Iterable[EventReader]) -> dict[tuple[int, EventCursor], list[EventReader]]:
    groups: defaultdict[tuple[int, EventCursor], list[EventReader]] = defaultdict(list)
    for reader in readers:
        groups[reader.need.project_id, reader.cursor].append(reader)
    return groups
