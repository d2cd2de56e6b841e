"""Live pictures as server-sent events, for `curl -N` and scripts: the same patches, in JSON."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated
from uuid import UUID

import psycopg
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from pydantic_core import to_json

from api.edge.answers.media_types import Media
from api.edge.routing.route import PREFIX, CheckedRoute
from api.live.endings import NOTHING_LEFT, StreamEnding, ending_of
from api.live.joining import JoinedWatch, LiveCaller
from api.live.opening import LiveStreams
from api.live.patches import PatchContent
from api.live.watch_requests import DEFAULT_COLUMNS, DEFAULT_RATE_HZ, MAX_COLUMNS, MAX_RATE_HZ, WatchRequest
from api.live.watches import LiveReceiver, Watch
from api.rights.caller import Proof
from api.rights.grants import PHYSICAL_ONLY
from api.sensors.references import SensorReference
from api.series.asked.named_sensors import MAX_SENSORS
from api.series.asked.wanted_values import Layer
from barograph.database.positions import Moment
from barograph.errors import BarographError, FieldError, Forbidden, Invalid, NotFound, fault_text

RETRY_MS = 1000
# What a request line has room for, beside the sensors.
MAX_SINCE = 4000


class EventsRoute(CheckedRoute):
    """A route whose answer goes on."""

    media_types = (Media.EVENTS, Media.JSON)


router = APIRouter(prefix=PREFIX, tags=["live"], route_class=EventsRoute)


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def watch_live(
    request: Request,
    proof: Proof,  # noqa: ARG001  # says in the document who may call; the stream looks again and again
    sensor: Annotated[
        list[SensorReference],
        Query(max_length=MAX_SENSORS, description="Id, or key with `project`. Repeat for several"),
    ],
    window: Annotated[
        str, Query(max_length=30, description="How much time, up to now, is watched", examples=["60s"])
    ] = "60s",
    columns: Annotated[
        int, Query(ge=1, le=MAX_COLUMNS, description="How many buckets there is room for")
    ] = DEFAULT_COLUMNS,
    layer: Annotated[Layer, Query(description="Physical values or raw ones")] = "physical",
    rate_hz: Annotated[
        float, Query(gt=0, le=MAX_RATE_HZ, description="The most patches in a second")
    ] = DEFAULT_RATE_HZ,
    project: Annotated[UUID | None, Query(description="Whose sensors the keys name")] = None,
    since: Annotated[
        str | None,
        Query(max_length=MAX_SINCE, description="The id of the last event seen, to go on from there"),
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=MAX_SINCE)] = None,
) -> StreamingResponse:
    """A stream of patches, of which the first is the whole window.

    Events: `watching` says what is shown, in larger buckets than asked for where these would cost too much;
    `patch` replaces ranges, and its `id` is the position up to which the window now holds; `alive` comes
    every five seconds in which nothing has changed; `end` says why the stream ends.
    """
    streams: LiveStreams = request.app.state.live_streams
    caller = await streams.admit(request)
    wanted = _read_wanted(
        {
            "sensors": sensor,
            "project": project,
            "from": f"-{window}",
            "columns": columns,
            "layer": layer,
            "rate_hz": rate_hz,
            "since": last_event_id or since,
        }
    )
    joined = await streams.join(caller, wanted)
    if joined.picture is None:
        raise _nothing_shown(joined, sensor)
    stream = EventStream(streams, caller, wanted)
    return StreamingResponse(
        stream.events(joined),
        media_type=Media.EVENTS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _nothing_shown(joined: JoinedWatch, names: Sequence[str]) -> BarographError:
    """Why none of the sensors is watched: as `/series` would say it of them."""
    if all(channel["error"] == "forbidden" for channel in joined.channels):
        return Forbidden(PHYSICAL_ONLY)
    return NotFound(f"there is no such sensor: {', '.join(names)}")


class EventStream(LiveReceiver):
    """The stream of one response. Its next patch is made only when the one before has gone out."""

    def __init__(self, streams: LiveStreams, caller: LiveCaller, wanted: WatchRequest) -> None:
        self.owner = caller.owner
        self._streams, self._caller, self._wanted = streams, caller, wanted
        self._waiting: list[bytes] = []
        self._news = asyncio.Event()
        self._watch: Watch | None = None
        self._is_over = False
        self._is_to_be_drawn_again = False

    @property
    def has_credit(self) -> bool:
        return not self._waiting

    def take_patch(self, watch: Watch, content: PatchContent, moment: Moment, late: int) -> None:
        position = watch.label(moment.position)
        self._put(_event("patch", content.text(position, moment.now_us, late), position))

    def take_alive(self, watch: Watch, moment: Moment) -> None:
        if not self._waiting:
            position = watch.label(moment.position)
            said = {"position": position, "server_us": moment.now_us}
            self._put(_event("alive", to_json(said), position))

    def draw_again(self, watch: Watch) -> None:  # noqa: ARG002  # there is one
        self._is_to_be_drawn_again = True
        self._news.set()

    def end(self, ending: StreamEnding) -> None:
        if not self._is_over:
            self._is_over = True
            said = {"code": ending.slug, "detail": ending.detail, "close": ending.close}
            self._put(_event("end", to_json(said)))

    async def events(self, joined: JoinedWatch) -> AsyncGenerator[bytes]:
        """The body of the response."""
        with self._streams.counted(self._caller, self):
            yield f"retry: {RETRY_MS}\n\n".encode()
            self._show(joined)
            try:
                while True:
                    async for event in self._events():
                        yield event
                    if self._is_over:
                        return
                    await self._draw()
            finally:
                self._forget()

    def _show(self, joined: JoinedWatch) -> None:
        """Says what is shown, and follows it."""
        if joined.picture is None:
            self.end(NOTHING_LEFT)
        elif not self._is_over:
            self._put(_event("watching", to_json(joined.description)))
            self._watch = self._streams.begin(self, self._wanted, joined)

    async def _draw(self) -> None:
        """Shows the same otherwise, from the whole window on, or says why that can't be."""
        self._forget()
        self._is_to_be_drawn_again = False
        self._wanted = self._wanted.model_copy(update={"since": None})
        try:
            self._show(await self._streams.join(self._caller, self._wanted))
        except (BarographError, psycopg.Error) as error:
            self.end(ending_of(error))

    def _forget(self) -> None:
        if self._watch is not None:
            self._streams.hub.remove(self._watch)
            self._watch = None

    async def _events(self) -> AsyncGenerator[bytes]:
        """Yields the events that wait, until no more come of this picture."""
        while True:
            while self._waiting:
                yield self._waiting[0]
                del self._waiting[0]
            if self._is_over or self._is_to_be_drawn_again:
                return
            await self._news.wait()
            self._news.clear()

    def _put(self, event: bytes) -> None:
        self._waiting.append(event)
        self._news.set()


def _read_wanted(asked: dict[str, object]) -> WatchRequest:
    try:
        return WatchRequest.model_validate({"id": 0, **asked})
    except ValidationError as error:
        faults = [FieldError(f"/query/{each['loc'][0]}", fault_text(each["msg"])) for each in error.errors()]
        raise Invalid("the request does not fit its schema", faults) from error


def _event(name: str, data: bytes, position: str | None = None) -> bytes:
    head = f"event: {name}\n" + (f"id: {position}\n" if position is not None else "")
    return head.encode() + b"data: " + data + b"\n\n"
