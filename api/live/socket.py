"""The WebSocket of live pictures: messages in JSON, patches in binary.

hello is not needed: watch -> watching, patch … | alive; ready grants the next; unwatch; error, close
"""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any

import psycopg
from fastapi import APIRouter, WebSocket
from prometheus_client import Counter
from starlette.websockets import WebSocketDisconnect

from api.edge.routing.route import PREFIX
from api.live.endings import StreamEnding, described, ending_of
from api.live.joining import LiveCaller
from api.live.opening import LiveStreams
from api.live.patches import PatchContent
from api.live.watch_requests import UnwatchMessage, WatchRequest, read_message
from api.live.watches import LiveReceiver, Watch
from barograph.database.positions import Moment
from barograph.database.refusals import translate
from barograph.errors import BarographError, Invalid, Unavailable
from barograph.program.kept_loop import end_tasks
from barograph.program.web import deny_socket

PATH = f"{PREFIX}/live/ws"
GRANTED_AT_FIRST = 2
MAX_CREDIT = 4
MAX_WATCHES = 32
REFUSALS = Counter(
    "barograph_live_refusals_total", "Live WebSockets refused before they were open", ["status"]
)
CLOSES = Counter(
    "barograph_live_closes_total", "Live WebSockets that ended, by our close code or `client`", ["code"]
)
router = APIRouter()


@router.websocket(PATH)
async def live_socket(websocket: WebSocket) -> None:
    """Pictures of one client."""
    streams: LiveStreams = websocket.app.state.live_streams
    try:
        caller = await streams.admit(websocket)
    except BarographError as error:
        await _refuse(websocket, error)
        return
    except psycopg.Error as error:
        await _refuse(websocket, translate(error))
        return
    await websocket.accept()
    conversation = LiveConversation(websocket, streams, caller)
    with streams.counted(caller, conversation), suppress(WebSocketDisconnect):
        try:
            await conversation.run()
        finally:
            CLOSES.labels(conversation.close_code).inc()


async def _refuse(websocket: WebSocket, error: BarographError) -> None:
    REFUSALS.labels(error.status).inc()
    await deny_socket(websocket, error)


class LiveConversation(LiveReceiver):
    """One accepted connection. What the hub hands over is sent by a task, so that nobody waits for a client.

    What waits to be sent is bounded: patches by the client's credit, and no request is read before the
    answers to those before it have gone out.
    """

    def __init__(self, websocket: WebSocket, streams: LiveStreams, caller: LiveCaller) -> None:
        self.owner = caller.owner
        self._websocket, self._streams, self._caller = websocket, streams, caller
        self._credit = GRANTED_AT_FIRST
        self._watches: dict[int, tuple[WatchRequest, Watch]] = {}
        self._outbox: deque[str | bytes] = deque()
        self._news, self._is_idle = asyncio.Event(), asyncio.Event()
        self._is_idle.set()
        self._ending: StreamEnding | None = None
        # A request of the client and a picture that is drawn again come one after the other.
        self._joining = asyncio.Lock()
        self._redraws: set[asyncio.Task[None]] = set()

    @property
    def close_code(self) -> str:
        """The code that we close with; `client` if the client leaves."""
        return "client" if self._ending is None else str(self._ending.close)

    @property
    def has_credit(self) -> bool:
        return self._credit > 0

    def take_patch(self, watch: Watch, content: PatchContent, moment: Moment, late: int) -> None:
        self._credit -= 1
        self._put(content.binary(watch.number, watch.label(moment.position), moment.now_us, late))

    def take_alive(self, watch: Watch, moment: Moment) -> None:
        if not self._outbox:
            position = watch.label(moment.position)
            self._say({"type": "alive", "id": watch.number, "position": position, "server_us": moment.now_us})

    def draw_again(self, watch: Watch) -> None:
        task = asyncio.create_task(self._draw_again(watch))
        self._redraws.add(task)
        task.add_done_callback(self._redraws.discard)

    def end(self, ending: StreamEnding) -> None:
        if self._ending is None:
            self._ending = ending
            self._say({"type": "error", "code": ending.slug, "detail": ending.detail})

    async def run(self) -> None:
        """Converses until either side ends it."""
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done() and not reader.cancelled() and self._ending is not None:
                await writer
        finally:
            await end_tasks((reader, writer, *self._redraws))
            for _, watch in self._watches.values():
                self._streams.hub.remove(watch)

    async def _read(self) -> None:
        """Messages, one after the other: who asks for much waits for it."""
        with suppress(WebSocketDisconnect):
            while self._ending is None:
                try:
                    await self._follow(read_message(await self._receive()))
                except Invalid as error:
                    self.end(StreamEnding(4400, "malformed", described(error)))

    async def _follow(self, message: object) -> None:
        match message:
            case WatchRequest():
                await self._is_idle.wait()
                async with self._joining:
                    await self._watch(message)
            case UnwatchMessage():
                async with self._joining:
                    self._unwatch(message.id)
            case _:
                self._credit = min(self._credit + 1, MAX_CREDIT)

    async def _watch(self, wanted: WatchRequest) -> None:
        self._unwatch(wanted.id)
        if len(self._watches) >= MAX_WATCHES:
            self._refuse(wanted, "too-many-watches", f"a stream holds at most {MAX_WATCHES} watches")
            return
        wanted.window  # noqa: B018  # refused before anything else, where it is none
        try:
            joined = await self._streams.join(self._caller, wanted)
        except Invalid as error:
            self._refuse(wanted, error.slug, described(error))
            return
        except Unavailable as error:
            self._refuse(wanted, error.slug, error.detail)
            return
        except (BarographError, psycopg.Error) as error:
            self.end(ending_of(error))
            return
        self._say({"type": "watching", "id": wanted.id, **joined.description})
        watch = self._streams.begin(self, wanted, joined)
        if watch is not None:
            self._watches[wanted.id] = (wanted, watch)

    async def _draw_again(self, watch: Watch) -> None:
        """Draws the whole window again, unless the client has let go of it meanwhile."""
        await self._is_idle.wait()
        async with self._joining:
            held = self._watches.get(watch.number)
            if held is not None and held[1] is watch:
                await self._watch(held[0].model_copy(update={"since": None}))

    def _unwatch(self, number: int) -> None:
        held = self._watches.pop(number, None)
        if held is not None:
            self._streams.hub.remove(held[1])

    def _refuse(self, wanted: WatchRequest, slug: str, detail: str) -> None:
        """Says why this is not watched; the rest goes on."""
        self._say({"type": "error", "id": wanted.id, "code": slug, "detail": detail})

    async def _receive(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = message.get("text")
        if text is None:
            raise Invalid("messages are JSON, as text")
        return text

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._outbox:
                message = self._outbox.popleft()
                if isinstance(message, bytes):
                    await self._websocket.send_bytes(message)
                else:
                    await self._websocket.send_text(message)
            self._is_idle.set()
            if self._ending is not None:
                await self._websocket.close(self._ending.close, self._ending.slug)
                return

    def _say(self, message: dict[str, Any]) -> None:
        self._put(json.dumps(message, separators=(",", ":")))

    def _put(self, message: str | bytes) -> None:
        self._outbox.append(message)
        self._is_idle.clear()
        self._news.set()
