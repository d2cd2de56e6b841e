"""A story from its beginning to its end, and the judgement of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from barograph.program.kept_loop import KeptLoop
from barograph.program.listening import Notice
from tests.barograph.catalog.catalogs import PROJECT_ID
from tests.ingest.simulation.catalog_changes import CatalogChanger
from tests.ingest.simulation.clocks import AHEAD_S, CLOCK, LEAPS_S, SimulatedClock
from tests.ingest.simulation.exchanges import Exchange, HttpAnswer, HttpRequest
from tests.ingest.simulation.laws import Conversation, Event, LawBroken, Laws, check_order, require
from tests.ingest.simulation.model.connections import (
    CatalogModelConnection,
    ModelThreadPool,
    StoringModelConnection,
)
from tests.ingest.simulation.model.database import ModelDatabase
from tests.ingest.simulation.model.statements import CatalogStatements
from tests.ingest.simulation.network import GatewayEnd, Message, Wire
from tests.ingest.simulation.processes import IngestProcess, token_hashes
from tests.ingest.simulation.senders.bridges import BridgeRig, ModelBroker
from tests.ingest.simulation.senders.casting import cast_rigs, token_rows
from tests.ingest.simulation.senders.rigs import Rig, Surroundings
from tests.ingest.simulation.sent_frames import note_sent_message
from tests.ingest.simulation.story import FaultKind, PlannedFault, PlannedRestore, Story
from tests.ingest.simulation.virtual_loop import VirtualLoop

MAX_TIME_S = 3600.0
# Where files cost no wait for a disk, if the system has such a place.
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of our own in it
# After the last ack: for what was repeated, and for connections whose end only one side knows of yet.
SETTLE_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """How a story ended.

    Attributes:
        trace: all that laws saw, and when: it tells the story from any other.
        readings: how many are stored.
        time_s: of the story's clock.
        superseded: how often a gateway met a late bind of its own.
        missing: how many readings are on record as missing.
    """

    trace: Sequence[Event]
    readings: int
    time_s: float
    superseded: int
    missing: int


def tell(seed: int, say: Callable[[str], None] | None = None) -> Outcome:
    """Runs the story of a seed. The parts must be `replaced`.

    Args:
        say: is told all that laws see.

    Raises:
        LawBroken: names the seed, and what does not hold.
    """
    story = Story.of(seed)
    with TemporaryDirectory(prefix="story-", dir=MEMORY) if story.needs_disk else nullcontext() as folder:
        return World(story, None if folder is None else Path(folder), say).run()


class World:
    """Everything that takes part in a story."""

    def __init__(self, story: Story, folder: Path | None, say: Callable[[str], None] | None) -> None:
        self._story = story
        self._errors: list[str] = []
        self._loop = VirtualLoop(self, MAX_TIME_S)
        self._laws = Laws(say)
        self._database = ModelDatabase(self._loop, story, self._laws)
        self._laws.begin(self._database.state)
        self._database.on_trouble = lambda: self._cut(is_half_open=story.chance.random() < 0.5)
        self._names = [f"ingest-{number}" for number in range(story.processes)]
        self._processes: dict[str, IngestProcess] = {}
        self._clocks = {name: SimulatedClock() for name in self._names}
        self._folder = folder
        self._rigs: list[Rig] = []
        self._last_restore_s = -1.0

    def run(self) -> Outcome:
        """From the beginning to the judgement."""
        asyncio.set_event_loop(None)
        try:
            self._loop.run_until_complete(self._live())
        except Exception as error:  # noqa: BLE001  # whatever it is, the seed must be told
            self._errors.append(repr(error))
        finally:
            time_s = self._loop.time()
            self._clear_away()
        if self._errors:
            raise LawBroken(f"seed {self._story.seed}: {self._errors[0]}")
        superseded = sum(rig.superseded for rig in self._rigs)
        missing = len(self._laws.on_record())
        return Outcome(self._laws.trace, len(self._laws.stored), time_s, superseded, missing)

    def open_storing_connection(self, database_url: str) -> StoringModelConnection:
        """For a committer, whose process has the URL as its name."""
        return self._processes[database_url].open_storing_connection()

    def open_catalog_pool(self, database_url: str) -> ModelThreadPool:
        """For a process's cache, which is made before it."""

        def open_connection() -> CatalogModelConnection:
            return self._processes[database_url].open_catalog_connection()

        return ModelThreadPool(open_connection, lambda: self._processes[database_url].way.is_away)

    def listen(self, database_url: str, loop: KeptLoop) -> AsyncGenerator[Notice]:
        """For a process's follower."""
        return self._processes[database_url].listen(loop)

    def broker(self, name: str) -> ModelBroker:
        """A bridge's."""
        return self._bridge(name).broker

    def asking(self, name: str) -> Any:  # noqa: ANN401  # as `AskServer`
        """How a bridge asks the server."""
        return self._bridge(name).ask

    async def connect(self, url: str, headers: Mapping[str, str]) -> GatewayEnd:
        """For a gateway."""
        await asyncio.sleep(self._story.chance.uniform(0, self._story.latency_s))
        process = self._processes.get(url)
        if process is None or not process.process.is_alive:
            raise ConnectionRefusedError("nobody listens")
        token = headers["Authorization"].removeprefix("Bearer ")
        rig = self._rigs[int(token.removeprefix("token-"))]
        wire = Wire(self._story, token, Conversation(rig.key, is_socket=True, asked_s=self._loop.time()))
        process.accept(wire)

        def note_sent(message: Message) -> None:
            note_sent_message(self._laws, wire.conversation, message)

        return await GatewayEnd(wire, note_sent).opened()

    async def ask(self, request: HttpRequest, conversation: Conversation) -> HttpAnswer:
        """For whoever sends requests: some process gets it."""
        await asyncio.sleep(self._story.chance.uniform(0, self._story.latency_s))
        process = self._processes[self._story.chance.choice(self._names)]
        if not process.process.is_alive:
            raise ConnectionRefusedError("nobody listens")
        exchange = Exchange(self._story, request, conversation)
        process.ask(exchange)
        return await exchange.answer

    def note_error(self, text: str) -> None:
        """A law was broken, or a program had a fault of its own."""
        self._errors.append(text)

    async def _live(self) -> None:
        around = Surroundings(self._story, self._laws, self.ask)
        self._rigs = cast_rigs(around, self._names, self._folder)
        changer = CatalogChanger(
            self._database,
            self._keys(),
            self._rigs,
            share_there=0.3 if self._story.registers else 0.9,
            limited=self._story.limited,
        )
        changer.begin()
        self._reading = CatalogStatements()
        self._tokens = token_hashes(token_rows(self._story, self._rigs))
        for name in self._names:
            self._start(name)
        for rig in self._bridges():
            rig.begin()
        happening: list[Coroutine[Any, Any, None]] = [
            *(self._happen(fault) for fault in self._story.faults),
            *(self._restore(restore) for restore in self._story.restores),
            *(changer.change(change) for change in self._story.changes),
        ]
        tasks = [asyncio.create_task(each) for each in happening]
        await asyncio.gather(*(_by_clock(rig.clock, rig.run()) for rig in self._rigs))
        await asyncio.gather(*tasks)
        await asyncio.gather(
            *(_by_clock(rig.clock, rig.come_back()) for rig in self._rigs if self._last_restore_s >= 0)
        )
        await asyncio.sleep(SETTLE_S)
        self._judge()
        for rig in self._bridges():
            rig.end()

    def _judge(self) -> None:
        stored, on_record = self._laws.stored, self._laws.on_record()
        for rig in self._rigs:
            given = set(rig.given)
            missing = given - set(stored) - rig.may_be_lost
            if not rig.keeps_all:
                missing -= on_record
            missing = {number for number in missing if not self._is_forgotten(rig, number)}
            require(
                not missing, f"readings {sorted(missing)} were given, are not stored, and nothing says so"
            )
            if rig.has_order:
                check_order(stored, given)
        self._laws.check_end()
        for process in self._processes.values():
            require(process.process.is_alive, "a process was not started again")
            require(process.gate.pipeline.is_working, "a committer has ended")
            process.budget.check_end()

    def _is_forgotten(self, rig: Rig, number: int) -> bool:
        loss = self._laws.lost.get(number)
        return loss is not None and rig.has_forgotten(number, loss)

    def _keys(self) -> dict[int, list[str]]:
        keys: dict[int, list[str]] = {PROJECT_ID + place: [] for place in range(self._story.projects)}
        for rig in self._rigs:
            keys[rig.project_id] += [key for key in rig.sensors if key not in keys[rig.project_id]]
        return keys

    def _bridges(self) -> list[BridgeRig]:
        return [rig for rig in self._rigs if isinstance(rig, BridgeRig)]

    def _bridge(self, name: str) -> BridgeRig:
        rig = self._rigs[int(name.rpartition("-")[2])]
        assert isinstance(rig, BridgeRig)
        return rig

    def _start(self, name: str) -> None:
        self._processes[name] = IngestProcess(
            name, self._story, self._database, self._tokens, self._reading, self._clocks[name]
        )

    async def _happen(self, fault: PlannedFault) -> None:
        await asyncio.sleep(fault.at_s)
        match fault.kind:
            case FaultKind.CUT | FaultKind.HALF_OPEN:
                self._cut(is_half_open=fault.kind is FaultKind.HALF_OPEN)
            case FaultKind.KILL | FaultKind.DRAIN:
                await self._end_process(fault)
            case FaultKind.CUT_OFF:
                await self._processes[self._story.chance.choice(self._names)].lose_database(fault.lasts_s)
            case FaultKind.OUTAGE:
                self._database.go_away(fault.lasts_s)
            case FaultKind.KILL_GATEWAY:
                self._story.chance.choice(self._rigs).kill()
            case FaultKind.SET_CLOCK:
                chance = self._story.chance
                clocks = [rig.clock for rig in self._rigs]
                clock = chance.choice(clocks if chance.random() < 0.6 else list(self._clocks.values()))
                clock.set(self._loop.time(), chance.choice(AHEAD_S))
            case FaultKind.LEAP:
                chance = self._story.chance
                chance.choice(self._rigs).clock.set(self._loop.time(), chance.choice(LEAPS_S))

    async def _restore(self, planned: PlannedRestore) -> None:
        await asyncio.sleep(planned.backup_at_s)
        backup = self._database.back_up()
        await asyncio.sleep(planned.at_s - planned.backup_at_s)
        self._database.go_away(planned.lasts_s + 0.1)
        await asyncio.sleep(planned.lasts_s)
        self._database.restore(backup)
        self._last_restore_s = self._loop.time()

    def _cut(self, *, is_half_open: bool) -> None:
        wires = [wire for process in self._processes.values() for wire in process.wires]
        if not wires:
            return
        late_s = self._story.chance.uniform(1, 30) if is_half_open else 0.0
        is_clients = self._story.chance.random() < 0.5
        self._story.chance.choice(wires).cut(
            server_hears_after_s=late_s if is_clients else 0.0,
            client_hears_after_s=0.0 if is_clients else late_s,
        )

    async def _end_process(self, fault: PlannedFault) -> None:
        name = self._story.chance.choice(self._names)
        process = self._processes[name]
        if not process.process.is_alive:
            return
        if fault.kind is FaultKind.DRAIN:
            await process.drain()
        else:
            process.kill()
        await asyncio.sleep(fault.lasts_s)
        if not self._processes[name].process.is_alive:
            self._start(name)

    def _clear_away(self) -> None:
        """Whatever still waits ends, so that nothing is left behind for the next story."""

        def end_all() -> None:
            for rig in self._bridges():
                rig.end()
            for process in self._processes.values():
                if process.process.is_alive:
                    process.kill()
            for task in list(self._loop.held):
                if isinstance(task, asyncio.Task):
                    task.cancel()

        self._loop.run_out(end_all)
        self._loop.close()


async def _by_clock(clock: SimulatedClock, work: Coroutine[Any, Any, None]) -> None:
    """Does something on a machine that has this clock."""
    CLOCK.set(clock)
    await work
