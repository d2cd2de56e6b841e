"""`GET /events`: what happens in a project, as it happens, as server-sent events that can be resumed."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from api.edge.answers.media_types import Media
from api.edge.routing.route import PREFIX
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import begin
from api.events.feed import EventFeed, EventPage, find_gone
from api.events.routes import AskedType, Event, EventType
from api.live.endings import StreamEnding
from api.live.entitlement import WatchNeed
from api.live.event_stream import MAX_SINCE, RETRY_MS, EventsRoute
from api.live.joining import LiveCaller
from api.live.opening import LiveStreams
from api.rights.caller import Proof
from api.rights.grants import PROJECT_ACCESS
from api.series.stored.positions import find_moment
from barograph.database.positions import Moment
from barograph.errors import FieldError, Invalid
from barograph.events.cursor import EventCursor
from barograph.times import format_time, to_us

ALIVE_S = 15.0
NO_TYPES: list[AskedType] = []
router = APIRouter(prefix=PREFIX, tags=["events"], route_class=EventsRoute)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_events(
    request: Request,
    proof: Proof,
    project: Annotated[UUID, Query(description="Whose events")],
    type: Annotated[  # noqa: A002  # as the list of events calls it
        list[AskedType], Query(max_length=50, description="Repeat for several: any of them")
    ] = NO_TYPES,
    from_: Annotated[
        AskedTime | None,
        Query(
            alias="from", description="Begin with events of this time or later; by default with the next one"
        ),
    ] = None,
    since: Annotated[
        str | None,
        Query(max_length=MAX_SINCE, description="The id of the last event seen, to go on from there"),
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=MAX_SINCE)] = None,
) -> StreamingResponse:
    """A stream of what happens in the project. None is missed and none comes twice, after any cut; when the
    database was started anew meanwhile, those of the last minutes come again. Each has an `id` in its `data`.

    An event `gone` comes first if some that should be told are not kept any more, and says until when.
    """
    streams: LiveStreams = request.app.state.live_streams
    feed: EventFeed = request.app.state.event_feed
    caller = await streams.admit(request)
    async with begin(feed.pool, is_read=True) as connection:
        grant = await PROJECT_ACCESS.grant("viewer", project, proof, connection)
        moment = await find_moment(connection)
        cursor = _cursor(last_event_id or since, from_, moment)
        begun = cursor.begun(moment)
        gone_until = await find_gone(connection, grant.project_id, begun)
        if gone_until is not None:
            cursor = begun.once_more()
    need = WatchNeed(caller.owner, grant.project_id, is_raw=False)
    stream = EventFeedStream(feed, need, cursor, frozenset(type), gone_until)
    return StreamingResponse(
        stream.events(streams, caller),
        media_type=Media.EVENTS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class EventFeedStream:
    """The stream of one response. It is given more only when what it had has gone out.

    Args:
        gone_until: what should be told has gone up to then.
    """

    def __init__(
        self,
        feed: EventFeed,
        need: WatchNeed,
        cursor: EventCursor,
        types: frozenset[EventType],
        gone_until: datetime | None,
    ) -> None:
        self.need = need
        self.cursor = cursor
        self._feed, self._types, self._gone_until = feed, types, gone_until
        self._waiting: list[bytes] = []
        self._news = asyncio.Event()
        self._said_s = time.monotonic()
        self._is_over = False

    @property
    def has_room(self) -> bool:
        return not self._waiting

    def take(self, page: EventPage) -> None:
        self.cursor = page.after
        told = [
            _message(Event.model_validate(row), after)
            for row, after in page.events
            if not self._types or row["type"] in self._types
        ]
        if page.gone_until is not None and page.gone_until != self._gone_until:
            # Of what is read yet, some went meanwhile.
            self._gone_until = page.gone_until
            told.insert(0, _gone_message(page.gone_until))
        now_s = time.monotonic()
        if not told and now_s - self._said_s >= ALIVE_S:
            # A comment, with the place: whoever is cut in a quiet time goes on from here.
            told = [f": alive\nid: {self.cursor}\n\n".encode()]
        if told:
            self._said_s = now_s
            self._put(told)

    def end(self, ending: StreamEnding) -> None:
        if not self._is_over:
            self._is_over = True
            said = {"code": ending.slug, "detail": ending.detail, "close": ending.close}
            self._put([b"event: end\ndata: " + to_json(said) + b"\n\n"])

    async def events(self, streams: LiveStreams, caller: LiveCaller) -> AsyncGenerator[bytes]:
        """The body of the response."""
        with streams.counted(caller, self):
            yield f"retry: {RETRY_MS}\nid: {self.cursor}\n\n".encode()
            if self._gone_until is not None:
                yield _gone_message(self._gone_until)
            self._feed.add(self)
            try:
                while not (self._is_over and not self._waiting):
                    await self._news.wait()
                    self._news.clear()
                    while self._waiting:
                        yield self._waiting[0]
                        del self._waiting[0]
            finally:
                self._feed.remove(self)

    def _put(self, told: list[bytes]) -> None:
        self._waiting += told
        self._news.set()


def _cursor(named: str | None, from_: AskedTime | None, moment: Moment) -> EventCursor:
    if named is not None:
        return _resumed(named)
    return EventCursor.at(moment) if from_ is None else EventCursor(max(0, to_us(from_)), None)


def _resumed(text: str) -> EventCursor:
    cursor = EventCursor.parse(text)
    if cursor is None:
        raise Invalid(
            "since is no id of an event", [FieldError("/query/since", "as `id` of the stream says")]
        )
    return cursor


def _gone_message(until: datetime) -> bytes:
    return b"event: gone\ndata: " + to_json({"until": format_time(until)}) + b"\n\n"


def _message(event: Event, after: EventCursor) -> bytes:
    return f"id: {after}\ndata: ".encode() + event.model_dump_json().encode() + b"\n\n"
