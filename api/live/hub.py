"""The hub: one tail of the log of changes for all who watch through this process.

tick: one transaction ── where are we, what changed since each position
                      └─ the ranges of all who may be sent something, read once ─▶ patches

It works only while somebody watches. A tick takes at most a quarter of the time: what takes long comes less
often, and says the same.

Why: decision 300.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakValueDictionary

from prometheus_client import Gauge, Histogram

from api.edge.transaction import begin
from api.live.changes import fetch_changes
from api.live.endings import LOGGED_OUT, NOT_YOURS
from api.live.entitlement import find_entitled
from api.live.patches import PatchContent
from api.live.pictures import Picture, PictureChanges
from api.live.reading import PatchDemand, read_patches
from api.live.watches import Watch, sensors_of
from api.questions.threads import QuestionThread
from api.series.stored.costs import TooCostly
from api.series.stored.positions import find_moment
from barograph.archive.shelf import ArchiveUnreadable
from barograph.archive.statements import ask_prepared
from barograph.database.connections import Connection
from barograph.database.positions import Moment, Position
from barograph.database.roles import Role
from barograph.program.kept_loop import KeptLoop

TICK_S = 0.1
# Of the time that a tick took: as long the next one waits, but not longer than this.
REST = 3
MAX_REST_S = 2.0
RIGHTS_S = 1.0
# What one picture's readings may fail by, while those of others can be read.
FAILS_ALONE = (TooCostly, ArchiveUnreadable)
WATCHES = Gauge("barograph_live_watches", "Pictures that clients watch")
TICK = Histogram("barograph_live_tick_seconds", "Time of one look at what has changed")


@dataclass(frozen=True)
class _Read:
    """The outcome of one tick's reading."""

    moment: Moment
    due: Sequence[Watch]
    contents: Sequence[PatchContent]
    failed: Sequence[Watch] = ()


class LiveHub:
    """The hub of live pictures; one for each process."""

    def __init__(self, database_url: str) -> None:
        # A thread of its own, as questions have: what a tick computes holds up no request.
        self._thread = QuestionThread("live", database_url, Role.LIVE)
        self._pictures: WeakValueDictionary[Hashable, Picture] = WeakValueDictionary()
        self._watches: set[Watch] = set()
        self._wake = asyncio.Event()
        self._loop = KeptLoop("live")

    def share(self, picture: Picture) -> Picture:
        """One that others watch already, if there is one that shows the same."""
        return self._pictures.setdefault(picture.likeness, picture)

    def add(self, watch: Watch) -> None:
        """Follows the log for it, from its position on."""
        self._watches.add(watch)
        WATCHES.set(len(self._watches))
        self._wake.set()

    def remove(self, watch: Watch) -> None:
        """Forgets it."""
        self._watches.discard(watch)
        WATCHES.set(len(self._watches))

    async def run(self) -> None:
        """Follows the log for ever."""
        await self._thread.open()
        try:
            await self._follow()
        finally:
            await self._thread.close()

    async def _follow(self) -> None:
        checked_s = 0.0
        while True:
            await self._somebody_watches()
            began_s = time.monotonic()
            with self._loop.turn():
                if began_s - checked_s >= RIGHTS_S:
                    await self._check_rights()
                    checked_s = began_s
                await self._tick()
            took_s = time.monotonic() - began_s
            TICK.observe(took_s)
            pause_s = max(TICK_S - took_s, min(REST * took_s, MAX_REST_S))
            await asyncio.sleep(max(pause_s, self._loop.pause_s) if self._loop.failures else pause_s)

    async def _somebody_watches(self) -> None:
        while not self._watches:
            self._wake.clear()
            await self._wake.wait()

    async def _tick(self) -> None:
        watches = list(self._watches)
        read = await self._thread.run(lambda: self._look_prepared(watches)).result()
        now_s = time.monotonic()
        # A watch may have ended meanwhile, and another one have taken its number.
        for watch in self._watches.intersection(read.failed):
            self._draw_again(watch)
        for watch, content in zip(read.due, read.contents, strict=True):
            if watch in self._watches:
                watch.send(content, read.moment, now_s)
                if watch.is_dense:
                    self._draw_again(watch)
        for watch in self._watches.intersection(watches):
            watch.say_alive(read.moment, now_s)

    def _draw_again(self, watch: Watch) -> None:
        self.remove(watch)
        watch.receiver.draw_again(watch)

    async def _look_prepared(self, watches: Sequence[Watch]) -> _Read:
        return await ask_prepared(self._thread.pool, partial(self._look, watches))

    async def _look(self, watches: Sequence[Watch]) -> _Read:
        """Reads what has changed and what to send of it, at one moment. Runs in the hub's thread."""
        async with begin(self._thread.pool, is_read=True) as connection:
            moment = await find_moment(connection)
            await self._note_changes(connection, watches, moment)
            return await self._read(connection, watches, moment)

    async def _note_changes(self, connection: Connection, watches: Iterable[Watch], moment: Moment) -> None:
        for position, group in _by_position(watches).items():
            if position == moment.position:
                continue
            if not moment.position.can_follow(position, moment.horizon):
                for watch in group:
                    watch.begin_again(moment)
                continue
            changes = await fetch_changes(connection, position, sensors_of(group))
            seen: dict[Picture, PictureChanges] = {}
            for watch in group:
                picture = watch.picture
                if picture not in seen:
                    seen[picture] = PictureChanges(picture, changes, moment.now_us)
                watch.note(seen[picture], moment)

    async def _read(self, connection: Connection, watches: Sequence[Watch], moment: Moment) -> _Read:
        """Ranges of those who may be sent something; what several wait for, once."""
        now_s = time.monotonic()
        due = [watch for watch in watches if watch.is_due(now_s)]
        # Who waits for the same, waits for the same object.
        demands = {id(watch.waiting): PatchDemand(watch.picture, watch.waiting) for watch in due}
        if not demands:
            return _Read(moment, [], [])
        try:
            read = await read_patches(connection, list(demands.values()))
        except FAILS_ALONE:
            return await self._read_each(connection, due, moment)
        contents = dict(zip(demands, read, strict=True))
        return _Read(moment, due, [contents[id(watch.waiting)] for watch in due])

    async def _read_each(self, connection: Connection, due: Sequence[Watch], moment: Moment) -> _Read:
        """One by one, where all together fail. What fails by itself is drawn again: coarser, if it costs too
        much; and whose files can't be read, hears it.
        """
        served: list[Watch] = []
        contents: list[PatchContent] = []
        failed: list[Watch] = []
        for watch in due:
            try:
                contents += await read_patches(connection, [PatchDemand(watch.picture, watch.waiting)])
                served.append(watch)
            except FAILS_ALONE:
                failed.append(watch)
        return _Read(moment, served, contents, failed)

    async def _check_rights(self) -> None:
        """Ends the streams of those who may not see any more what they watch."""
        watches = list(self._watches)
        entitled = await self._thread.run(lambda: find_entitled(self._thread.pool, watches)).result()
        for watch in watches:
            if watch not in entitled.watches:
                watch.receiver.end(NOT_YOURS if watch in entitled.logged_in else LOGGED_OUT)


def _by_position(watches: Iterable[Watch]) -> dict[Position, list[Watch]]:
    groups: defaultdict[Position, list[Watch]] = defaultdict(list)
    for watch in watches:
        groups[watch.position].append(watch)
    return groups
