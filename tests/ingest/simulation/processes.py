"""A process of ingest, made of the real parts: gate, budget, pipeline, committers and the socket."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import psycopg
from fastapi import FastAPI
from starlette.websockets import WebSocket

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.connections import Pool
from barograph.settings import Settings
from ingest.app import drain
from ingest.commits.committer import Committer
from ingest.commits.pipeline import Pipeline
from ingest.edges.gate import Gate
from ingest.edges.sockets.conversations import Conversations
from ingest.edges.sockets.socket import ingest_socket
from tests.ingest.simulation.laws import CheckedBudget, require
from tests.ingest.simulation.model_connections import ModelPool
from tests.ingest.simulation.model_database import ModelDatabase
from tests.ingest.simulation.network import ServerEnd, Wire
from tests.ingest.simulation.story import Story
from tests.ingest.simulation.virtual_loop import PROCESS, SimulatedProcess

NOWHERE = "postgresql://127.0.0.1:1/nowhere"


class KnownCatalogs(CatalogCache):
    """Catalogs that never change: what happens to them is another test's."""

    def __init__(self, catalogs: Mapping[int, Catalog]) -> None:
        super().__init__(NOWHERE)
        self._catalogs = catalogs

    def cached(self, project_id: int) -> Catalog | None:
        return self._catalogs[project_id]

    def refresh(self, project_id: int) -> Catalog:
        return self._catalogs[project_id]

    def current(self, connection: psycopg.Connection[Any], project_id: int) -> Catalog:  # noqa: ARG002  # any
        return self._catalogs[project_id]

    def all_current(
        self,
        connection: psycopg.Connection[Any],  # noqa: ARG002  # any
        project_ids: Sequence[int],
    ) -> dict[int, Catalog]:
        return {project_id: self._catalogs[project_id] for project_id in project_ids}


class IngestProcess:
    """One that lives, until it is killed or drained."""

    def __init__(
        self,
        name: str,
        story: Story,
        database: ModelDatabase,
        catalogs: CatalogCache,
        tokens: Mapping[bytes, dict[str, Any]],
    ) -> None:
        self.process = SimulatedProcess(name)
        self.budget = CheckedBudget(story.capacity_bytes, story.window)
        self.wires: dict[Wire, None] = {}
        self._database = database
        committers = [
            Committer(name, catalogs, story.batch_readings, lambda _: None) for _ in range(story.committers)
        ]
        pipeline = Pipeline(committers, self.budget, story.linger_s)
        settings = Settings.model_construct(ingest_window=story.window)
        pool = cast("Pool", ModelPool(database, tokens))
        self.gate = Gate(settings, pool, catalogs, pipeline)
        edge = SimpleNamespace(parsers=SimpleNamespace(close=_nothing))
        self._state = SimpleNamespace(gate=self.gate, conversations=Conversations(settings), rest_edge=edge)
        database.listeners.append(self._hear)
        self._run(self._start)

    def accept(self, wire: Wire) -> None:
        """A gateway connects."""
        self.wires[wire] = None
        self._run(lambda: asyncio.create_task(self._serve(wire)))

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
        self._telling = asyncio.create_task(self.gate.binder.news.run())

    def _run(self, what: Any) -> Any:  # noqa: ANN401  # whatever it gives
        """Does something as this process."""
        token = PROCESS.set(self.process)
        try:
            return what()
        finally:
            PROCESS.reset(token)

    def _hear(self, public_id: UUID, epoch: int) -> None:
        if self.process.is_alive:
            self.gate.registry.note_bind(public_id, epoch)

    async def _serve(self, wire: Wire) -> None:
        end = ServerEnd(wire, partial(self._check_ack, wire))
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

    def _check_ack(self, wire: Wire, text: str) -> None:
        message = json.loads(text)
        if message["type"] == "ack":
            producer = producer_of(wire.token)
            committed_seq = self._database.committed_seq(producer)
            self._database.laws.check_ack(producer, message["seq"], committed_seq)


def producer_of(token: str) -> str:
    """Each gateway has a token of its own, and one producer."""
    return token.replace("token", "rig")


async def _nothing() -> None:
    """There are no parsers."""
