"""The live streams of one process: how many there may be, and how a watch of one begins."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from prometheus_client import Gauge
from starlette.requests import HTTPConnection

from api.live.hub import LiveHub
from api.live.joining import JoinedWatch, LiveCaller, identify, join, turn_taker
from api.live.watches import LiveReceiver, Watch
from api.live.wishes import WatchWish
from api.questions.questions import Questions
from api.rights.caller import credential_of
from barograph.database.connections import Connection, Pool
from barograph.errors import Unavailable
from barograph.settings import Settings

STREAMS = Gauge("barograph_live_streams", "Open live streams")


class LiveStreams:
    """One for each process. `hub` follows the log for all of them."""

    def __init__(self, pool: Pool, questions: Questions, hub: LiveHub, settings: Settings) -> None:
        self.hub = hub
        self._pool, self._questions = pool, questions
        self._most, self._most_of_account = settings.live_max_streams, settings.live_max_streams_of_account
        self._open: Counter[UUID] = Counter()

    async def admit(self, connection: HTTPConnection) -> LiveCaller:
        """Who opens a stream.

        Raises:
            Unauthenticated, Forbidden, PasswordChangeRequired, SecondFactorRequired: nobody who may.
            Unavailable: there are too many, or the server goes away.
        """
        caller = await identify(self._pool, await credential_of(connection))
        if self.hub.is_closing:
            raise Unavailable("the server goes away")
        if self._open.total() >= self._most or self._open[caller.account.id] >= self._most_of_account:
            raise Unavailable("there are too many live streams", retry_after_s=10)
        return caller

    @contextmanager
    def counted(self, caller: LiveCaller) -> Generator[None]:
        """Counts a stream in while it lasts."""
        self._open[caller.account.id] += 1
        STREAMS.set(self._open.total())
        try:
            yield
        finally:
            self._open[caller.account.id] -= 1
            STREAMS.set(self._open.total())

    async def join(self, caller: LiveCaller, wish: WatchWish) -> JoinedWatch:
        """What the wish becomes.

        Raises:
            Invalid: it can't be watched like this.
            Unavailable: no turn came in time.
        """

        async def ask(connection: Connection) -> JoinedWatch:
            return await join(connection, caller, wish)

        return await self._questions.answer(await turn_taker(self._pool, caller, wish), ask)

    def begin(self, receiver: LiveReceiver, wish: WatchWish, joined: JoinedWatch) -> Watch | None:
        """Sends the first patch, and follows the log from there on; None where there is nothing to watch."""
        if joined.picture is None:
            return None
        picture = self.hub.share(joined.picture)
        resumed = wish.resumed
        goes_on = joined.content is None and resumed is not None
        position = resumed[1] if goes_on and resumed is not None else joined.moment.position
        watch = Watch(receiver, wish.id, picture, position, wish.interval_s(picture.size_us))
        if joined.content is not None:
            watch.send_first(joined.content, joined.moment)
        self.hub.add(watch)
        return watch
