"""What all edges of the process share: the pool, the catalogs, the pipeline, and who is bound.

Why: decision 1041, decision 1281.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.errors import Unauthenticated, Unavailable
from barograph.program.fair_turns import FairTurns, TurnLimits
from barograph.program.kept_loop import KeptLoop, check_loops
from barograph.settings import Settings
from ingest.commits.pipeline import Pipeline
from ingest.messages.frames import Receipt
from ingest.messages.known_channels import KnownChannels, RequestChannels
from ingest.producers.bind import Binder
from ingest.producers.bound_producers import Registry
from ingest.producers.ingest_tokens import Sender

DRAIN_S = 10
# A database may hang without a word; what is read for others goes on, and whoever asks again finds it.
CATALOG_WAIT_S = 60


def _decoding_turns() -> FairTurns:
    """One message at a time: it takes the interpreter, and there is one."""
    return FairTurns("turn to be read", TurnLimits(1, 1, 1, waiting=10_000))


def _turns_at_waiting_for_room() -> FairTurns:
    """Few requests, for what they hold meanwhile counts nowhere; all others are told to come again."""
    return FairTurns("place to wait for room", TurnLimits(8, 4, 2, waiting=0))


@dataclass
class Gate:
    """The state that all edges share; one per process.

    Attributes:
        binder: takes producers over.
        decoding: turns at reading large messages.
        channels: what requests' names stand for.
        waiting_for_room: turns of requests at waiting until what they bring may wait for its commit.
    """

    settings: Settings
    pool: Pool
    cache: CatalogCache
    pipeline: Pipeline
    registry: Registry = field(default_factory=Registry)
    is_draining: bool = False
    loops: list[KeptLoop] = field(default_factory=list[KeptLoop])
    binder: Binder = field(init=False)
    decoding: FairTurns = field(default_factory=_decoding_turns)
    channels: RequestChannels = field(default_factory=RequestChannels)
    waiting_for_room: FairTurns = field(default_factory=_turns_at_waiting_for_room)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _loading: dict[int, asyncio.Future[Catalog]] = field(default_factory=dict[int, asyncio.Future[Catalog]])
    _refreshing: dict[int, asyncio.Future[Catalog]] = field(
        default_factory=dict[int, asyncio.Future[Catalog]]
    )

    def __post_init__(self) -> None:
        self.binder = Binder(self.pool)

    async def catalog_for(self, sender: Sender, channels: KnownChannels) -> Catalog:
        """The project's catalog, fresh enough to hold the sender's token and these sensors if they exist.

        Raises:
            Unauthenticated: the token was revoked since it was shown.
            Unavailable: it could not be read in time.
        """
        catalog = self.cache.cached(sender.project_id)
        if catalog is not None and sender.token_id in catalog.tokens and channels.are_known(catalog):
            return catalog
        return await _in_time(self._loaded_for(sender, channels.references))

    async def catalog_as_of(self, project_id: int, stamp: UUID) -> Catalog:
        """The project's catalog of this stamp, or a later one.

        A channel keeps for good what its name means at the bind. One that is known here may be older, as
        long as the notice of a change is under way, or lost.

        Raises:
            NotFound: the project is gone.
            Unavailable: it could not be read in time.
            psycopg.OperationalError: the database does not answer.
        """
        catalog = self.cache.cached(project_id)
        if catalog is not None and catalog.stamp == stamp:
            return catalog
        return await _in_time(self._refreshed(project_id))

    async def settled(self, receipt: asyncio.Future[Receipt]) -> Receipt:
        """Waits for a request's receipt.

        Raises:
            Unavailable: the process went away before the readings were stored.
        """
        gone = asyncio.create_task(self.gone.wait())
        try:
            await asyncio.wait({receipt, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if not receipt.done():
            raise Unavailable("going away before the readings were stored; send them again")
        return receipt.result()

    async def check_ready(self) -> None:
        """Raises unless readings could be stored now.

        Raises:
            Unavailable: the process is going away, or something has stopped that should not.
            psycopg.Error: the database does not answer.
        """
        if self.is_draining:
            raise Unavailable("going away")
        if not self.pipeline.is_working:
            raise Unavailable("a committer has ended, and is missed")
        # Before the loops, which are late because the database is away.
        async with self.pool.connection(timeout=2) as connection:
            await connection.execute(query("ingest.is_there"))
        check_loops(self.loops)

    async def finish(self) -> None:
        """Commits what was read and hands back its receipts; whoever waits still is told to go."""
        await self.pipeline.close(DRAIN_S)
        self.gone.set()

    async def _loaded_for(self, sender: Sender, references: Sequence[str]) -> Catalog:
        if self.cache.cached(sender.project_id) is None:
            await self._load(sender.project_id)
        return await asyncio.to_thread(self._catalog_for, sender, references)

    async def _refreshed(self, project_id: int) -> Catalog:
        """Read after this moment; one that is being read may have begun too early."""
        if project_id in self._refreshing:
            await asyncio.wait([self._refreshing[project_id]])
        return await self._shared(self._refreshing, project_id, self.cache.refresh)

    async def _load(self, project_id: int) -> None:
        """A project's catalog for the first time: once for all who wait for it.

        A large one takes seconds. Meanwhile each who came would hold a thread, and wait for a connection of
        the cache's few until it is refused.
        """
        await self._shared(self._loading, project_id, self.cache.get)

    async def _shared(
        self,
        under_way: dict[int, asyncio.Future[Catalog]],
        project_id: int,
        read: Callable[[int], Catalog],
    ) -> Catalog:
        """Reads in a thread, once for all who want it while it is under way."""
        reading = under_way.get(project_id)
        if reading is None:
            reading = asyncio.ensure_future(asyncio.to_thread(read, project_id))
            under_way[project_id] = reading
            reading.add_done_callback(lambda _: under_way.pop(project_id))
        return await asyncio.shield(reading)

    def _catalog_for(self, sender: Sender, references: Sequence[str]) -> Catalog:
        catalog = self.cache.get(sender.project_id)
        if sender.token_id in catalog.tokens and None not in map(catalog.slot, references):
            return catalog
        catalog = self.cache.refresh(sender.project_id)
        if sender.token_id not in catalog.tokens:
            raise Unauthenticated("the ingest token was revoked")
        return catalog


async def _in_time(reading: Awaitable[Catalog]) -> Catalog:
    try:
        async with asyncio.timeout(CATALOG_WAIT_S):
            return await reading
    except TimeoutError:
        raise Unavailable("the project's catalog can't be read; try again later") from None
