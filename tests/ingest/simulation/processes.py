"""A process of ingest, made of the real parts: edges, catalogs, budget, pipeline, committers, follower."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, TypeVar, TypeVarTuple, cast

from fastapi import FastAPI
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import Pool
from barograph.parsing.pool import ParserPool
from barograph.program import web
from barograph.program.fair_turns import TurnTaker
from barograph.program.kept_loop import KeptLoop
from barograph.program.listening import Notice
from barograph.settings import Settings
from ingest.app import drain
from ingest.commits.committer import Committer
from ingest.commits.pipeline import Pipeline
from ingest.edges.gate import Gate
from ingest.edges.influx import line_protocol
from ingest.edges.requests import rest
from ingest.edges.requests.rest_edge import RestEdge
from ingest.edges.sockets.conversations import Conversations
from ingest.edges.sockets.socket import ingest_socket
from ingest.notices.follower import Follower
from tests.ingest.simulation.checked_budget import CheckedBudget
from tests.ingest.simulation.clocks import CLOCK, SimulatedClock
from tests.ingest.simulation.exchanges import Exchange
from tests.ingest.simulation.laws import require
from tests.ingest.simulation.model.connections import CatalogModelConnection, StoringModelConnection
from tests.ingest.simulation.model.database import DatabaseWay, ModelDatabase, lost
from tests.ingest.simulation.model.requests import CONVERSATION, ModelPool, Tokens
from tests.ingest.simulation.model.statements import CatalogStatements
from tests.ingest.simulation.network import ServerEnd, Wire
from tests.ingest.simulation.story import Story
from tests.ingest.simulation.virtual_loop import PROCESS, SimulatedProcess

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MAX_BODY_BYTES = 100_000


class ModelParsers:
    """Parsers that read at once, in this process."""

    def __init__(self, database: ModelDatabase) -> None:
        self._database = database

    async def ask(self, who: TurnTaker, parse: Callable[[*Ts], T], *parts: *Ts) -> T:
        """What they answer, a while later."""
        del who
        await asyncio.sleep(self._database.latency_s())
        return parse(*parts)

    async def close(self) -> None:
        """They end."""


class IngestProcess:
    """One that lives, until it is killed or drained. Its name is its address, and its database's."""

    def __init__(
        self,
        name: str,
        story: Story,
        database: ModelDatabase,
        tokens: Tokens,
        reading: CatalogStatements,
        clock: SimulatedClock,
    ) -> None:
        self.process = SimulatedProcess(name)
        self.budget = CheckedBudget(story.capacity_bytes, story.window)
        self.wires: dict[Wire | Exchange, None] = {}
        self.way = DatabaseWay(database)
        self._database, self._story, self._reading, self._clock = database, story, reading, clock
        catalogs = CatalogCache(name)
        committers = [
            Committer(name, catalogs, story.batch_readings, lambda _: None) for _ in range(story.committers)
        ]
        pipeline = Pipeline(committers, self.budget, story.linger_s)
        settings = _settings(story.window)
        pool = cast("Pool", ModelPool(self.way, tokens))
        self.gate = Gate(settings, pool, catalogs, pipeline)
        self._follower = Follower(self.gate, name)
        edge = RestEdge(MAX_BODY_BYTES, cast("ParserPool", ModelParsers(database)))
        self._state = SimpleNamespace(gate=self.gate, conversations=Conversations(settings), rest_edge=edge)
        self._heard: asyncio.Queue[Notice] = asyncio.Queue()
        database.listeners.append(self._hear)
        self._run(self._start)

    def open_storing_connection(self) -> StoringModelConnection:
        """For a committer."""
        return StoringModelConnection.open(self.way, self.process, self._reading)

    def open_catalog_connection(self) -> CatalogModelConnection:
        """For the cache."""
        return CatalogModelConnection(self.way, self.process, self._reading)

    async def listen(self, loop: KeptLoop) -> AsyncGenerator[Notice]:
        """What it hears of the database, over as many connections as it takes."""
        while True:
            with loop.turn():
                await asyncio.sleep(self._database.latency_s())
                if self.way.is_away or self._database.statement_fails():
                    raise lost()
                breaks, self._heard = self.way.breaks, asyncio.Queue()
                yield Notice("", "")
                while breaks == self.way.breaks:
                    yield await self._heard.get()
            await asyncio.sleep(loop.pause_s if loop.failures else 0.5)

    def accept(self, wire: Wire) -> None:
        """A gateway connects."""
        self._take(wire, lambda: self._serve(wire))

    def ask(self, exchange: Exchange) -> None:
        """A client sends a request."""
        self._take(exchange, lambda: self._answer(exchange))

    async def lose_database(self, lasts_s: float) -> None:
        """It is cut off from the database, and its gateways from it: they find out, and it does not."""
        self.way.cut()
        self._hear("", "")
        for wire in list(self.wires):
            wire.cut(server_hears_after_s=lasts_s)
        await asyncio.sleep(lasts_s)
        self.way.mend()

    def kill(self) -> None:
        """As SIGKILL does."""
        self._database.listeners.remove(self._hear)
        self.process.die()
        for wire in list(self.wires):
            wire.cut()

    async def drain(self) -> None:
        """As SIGTERM does."""
        app = cast("FastAPI", SimpleNamespace(state=self._state))
        draining = self._run(lambda: asyncio.create_task(drain(app)))
        await asyncio.wait([draining])
        if self.process.is_alive:
            self.kill()

    def _start(self) -> None:
        self.gate.pipeline.open()
        self._running = [asyncio.create_task(each.run()) for each in (self.gate.binder.news, self._follower)]

    def _take(self, wire: Wire | Exchange, serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.wires[wire] = None

        def begin() -> None:
            token = CONVERSATION.set(wire.conversation)
            asyncio.create_task(serve())  # noqa: RUF006  # the loop holds on to it
            CONVERSATION.reset(token)

        self._run(begin)

    def _run(self, what: Any) -> Any:  # noqa: ANN401  # whatever it gives
        """Does something as this process."""
        token, clock = PROCESS.set(self.process), CLOCK.set(self._clock)
        try:
            return what()
        finally:
            CLOCK.reset(clock)
            PROCESS.reset(token)

    def _hear(self, channel: str, payload: str) -> None:
        """A notice; one without a channel when the connection is lost."""
        if self.process.is_alive and (not channel or not self.way.is_cut_off):
            self._heard.put_nowait(Notice(channel, payload))

    async def _serve(self, wire: Wire) -> None:
        end = ServerEnd(wire, partial(self._check_said, wire))
        scope: dict[str, Any] = {
            "type": "websocket",
            "app": SimpleNamespace(state=self._state),
            "state": {},
            "path": "/ingest/v1/ws",
            "headers": [(b"authorization", f"Bearer {wire.token}".encode())],
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
        try:
            await ingest_socket(WebSocket(scope, end.receive, end.send))
        except Exception as error:  # noqa: BLE001  # whatever it is, it should not be
            require(not self.process.is_alive, f"a conversation ended with {error!r}")
        finally:
            self.wires.pop(wire, None)
            if self.process.is_alive:
                wire.end_by_server()

    def _check_said(self, wire: Wire, text: str) -> None:
        message = json.loads(text)
        if message["type"] == "ack":
            self._database.laws.check_ack(wire.conversation, message["seq"])
        elif message["type"] == "bound":
            self._database.laws.check_bound(wire.conversation, message["last_seq"])

    async def _answer(self, exchange: Exchange) -> None:
        scope = exchange.scope(SimpleNamespace(state=self._state))
        try:
            await _edges()(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001  # whatever it is, it should not be
            require(not self.process.is_alive, f"a request ended with {error!r}")
        finally:
            self.wires.pop(exchange, None)
            self._check_answer(exchange)
            if exchange.said is None:
                exchange.cut()

    def _check_answer(self, exchange: Exchange) -> None:
        said = exchange.said
        if not self.process.is_alive or said is None:
            return
        if said.status == 503:
            require("retry-after" in {name.lower() for name in said.headers}, "503 without Retry-After")
        is_receipt = exchange.request.method == "POST" and (
            said.status in {200, 204} or (said.status in {400, 422} and b"urn:" not in said.body)
        )
        if is_receipt:
            numbers = tuple(number for each in exchange.conversation.sent.values() for number in each)
            self._database.laws.check_answer(exchange.conversation, numbers)


@cache
def _settings(window: int) -> Settings:
    return Settings.model_construct(ingest_window=window)


@cache
def _edges() -> ASGIApp:
    """The routes of requests, as the program has them. What they use comes with each request."""
    app = FastAPI()
    web.install(app, {})
    app.include_router(rest.router)
    app.include_router(line_protocol.router)
    return app.build_middleware_stack()


def token_hashes(tokens: Sequence[tuple[str, dict[str, Any]]]) -> Tokens:
    """Tokens as the database finds them."""
    return {rest.hashlib.sha256(token.encode()).digest(): row for token, row in tokens}
