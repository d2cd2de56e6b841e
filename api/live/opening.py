"""The live streams of one process: how many there may be, and how a watch of one begins."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from prometheus_client import Gauge
from starlette.requests import HTTPConnection

from api.edge.transaction import lend
from api.live.endings import GOING_AWAY, OpenStream
from api.live.hub import LiveHub
from api.live.joining import JoinedWatch, LiveCaller, asked_about, identify, join
from api.live.watch_requests import WatchRequest
from api.live.watches import LiveReceiver, Watch
from api.questions.asker import find_asker
from api.questions.questions import Questions
from api.rights.caller import credential_of
from barograph.database.connections import Connection, Pool
from barograph.errors import Unavailable
from barograph.settings import Settings

STREAMS = Gauge("barograph_live_streams", "Open live streams")


class LiveStreams:
    """The live streams of a process. `hub` follows the log for all of them."""

    def __init__(self, pool: Pool, questions: Questions, hub: LiveHub, settings: Settings) -> None:
        self.hub = hub
        self._pool, self._questions = pool, questions
        self._max_streams = settings.live_max_streams
        self._max_of_account = settings.live_max_streams_of_account
        self._open: Counter[UUID] = Counter()
        self._receivers: set[OpenStream] = set()
        self._is_closing = False

    @property
    def open_count(self) -> int:
        """How many streams are open."""
        return self._open.total()

    async def admit(self, connection: HTTPConnection) -> LiveCaller:
        """Admits who opens a stream.

        Raises:
            Unauthenticated, Forbidden, PasswordChangeRequired, SecondFactorRequired: nobody who may.
            Unavailable: there are too many, or the server goes away.
        """
        caller = await identify(self._pool, await credential_of(connection))
        if self._is_closing:
            raise Unavailable("the server goes away")
        if self._open.total() >= self._max_streams or self._open[caller.account_id] >= self._max_of_account:
            raise Unavailable("there are too many live streams", retry_after_s=10)
        return caller

    @contextmanager
    def counted(self, caller: LiveCaller, receiver: OpenStream) -> Generator[None]:
        """Counts a stream in while it lasts."""
        self._open[caller.account_id] += 1
        self._receivers.add(receiver)
        STREAMS.set(self._open.total())
        if self._is_closing:
            receiver.end(GOING_AWAY)
        try:
            yield
        finally:
            self._open[caller.account_id] -= 1
            self._receivers.discard(receiver)
            STREAMS.set(self._open.total())

    def close(self) -> None:
        """Ends all streams, those too that watch nothing at the moment, and takes no more."""
        self._is_closing = True
        for receiver in list(self._receivers):
            receiver.end(GOING_AWAY)

    async def join(self, caller: LiveCaller, wanted: WatchRequest) -> JoinedWatch:
        """Makes a watch of a request.

        Raises:
            Unauthenticated, PasswordChangeRequired, SecondFactorRequired: the log-in holds no more.
            Invalid: it can't be watched like this.
            Unavailable: no turn came in time.
        """

        async def ask(connection: Connection) -> JoinedWatch:
            return await join(connection, caller, wanted)

        async with lend(self._pool) as connection:
            asker = await find_asker(connection, caller.credential, asked_about(wanted))
        return await self._questions.answer(asker.taker, ask)

    def begin(self, receiver: LiveReceiver, wanted: WatchRequest, joined: JoinedWatch) -> Watch | None:
        """Sends the first patch, and follows the log from there on; None where there is nothing to watch."""
        if joined.picture is None:
            return None
        picture = self.hub.share(joined.picture)
        goes_on = joined.content is None and wanted.held is not None
        position = wanted.held[1] if goes_on and wanted.held is not None else joined.moment.position
        watch = Watch(receiver, wanted.id, picture, position, wanted.interval_s(picture.size_us))
        if joined.content is not None:
            watch.send_first(joined.content, joined.moment)
        self.hub.add(watch)
        return watch
