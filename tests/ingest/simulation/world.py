"""A story from its beginning to its end, and the judgement of it."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from barograph.catalog.catalog import Catalog
from tests.barograph.catalog.catalogs import PROJECT_ID, TOKEN_ID, make_catalog
from tests.ingest.simulation.gateways import Gateway
from tests.ingest.simulation.laws import LawBroken, Laws, require
from tests.ingest.simulation.model_connections import StoringModelConnection
from tests.ingest.simulation.model_database import ModelDatabase
from tests.ingest.simulation.network import GatewayEnd, Wire
from tests.ingest.simulation.processes import IngestProcess, KnownCatalogs, producer_of
from tests.ingest.simulation.story import FaultKind, PlannedFault, Story
from tests.ingest.simulation.virtual_loop import VirtualLoop

MAX_TIME_S = 3600.0
# Where files cost no wait for a disk, if the system has such a place.
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of our own in it
# After the last ack: for what was repeated, and for connections whose end only one side knows of yet.
SETTLE_S = 120.0
MAX_AGE_US = 10 * 365 * 86_400_000_000
_SENSORS = 4
_BY_PROJECT: dict[int, Catalog] = {
    PROJECT_ID + place: replace(
        make_catalog(["active"] * _SENSORS, max_age_us=MAX_AGE_US), project_id=PROJECT_ID + place
    )
    for place in range(2)
}
CATALOGS = KnownCatalogs(_BY_PROJECT)


@dataclass(frozen=True)
class Outcome:
    """How a story ended.

    Attributes:
        trace: tells it from any other.
        readings: how many are stored.
        time_s: of the story's clock.
        superseded: how often a gateway met a late bind of its own.
    """

    trace: str
    readings: int
    time_s: float
    superseded: int


def tell(seed: int) -> Outcome:
    """Runs the story of a seed. The parts must be `replaced`.

    Raises:
        LawBroken: names the seed, and what does not hold.
    """
    story = Story.of(seed)
    with TemporaryDirectory(prefix="story-", dir=MEMORY) if story.on_disk else nullcontext() as folder:
        return World(story, None if folder is None else Path(folder)).run()


class World:
    """Everything that takes part in a story."""

    def __init__(self, story: Story, folder: Path | None) -> None:
        self._story = story
        self._errors: list[str] = []
        self._loop = VirtualLoop(self, MAX_TIME_S)
        self._laws = Laws()
        self._database = ModelDatabase(self._loop, story, self._laws)
        self._database.on_trouble = lambda: self._cut(is_half_open=story.chance.random() < 0.5)
        self._names = [f"ingest-{number}" for number in range(story.processes)]
        self._processes: dict[str, IngestProcess] = {}
        self._gateways = [
            Gateway(number, story, list(self._names), None if folder is None else folder / str(number))
            for number in range(story.gateways)
        ]
        for gateway in self._gateways:  # each begins with another address
            story.chance.shuffle(gateway.urls)

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
        superseded = sum(gateway.superseded for gateway in self._gateways)
        return Outcome(self._laws.trace.hexdigest(), len(self._laws.stored), time_s, superseded)

    def open_storing_connection(self, database_url: str) -> StoringModelConnection:
        """For a committer, whose process has the URL as its name."""
        return StoringModelConnection.open(self._database, self._processes[database_url].process)

    async def connect(self, url: str, headers: Mapping[str, str]) -> GatewayEnd:
        """For a gateway."""
        await asyncio.sleep(self._story.chance.uniform(0, self._story.latency_s))
        process = self._processes.get(url)
        if process is None or not process.process.is_alive:
            raise ConnectionRefusedError("nobody listens")
        token = headers["Authorization"].removeprefix("Bearer ")
        wire = Wire(self._story, token)
        process.accept(wire)

        def note_sent(message: bytes) -> None:
            self._laws.note_sent(producer_of(token), message)

        return await GatewayEnd(wire, note_sent).opened()

    def note_error(self, text: str) -> None:
        """A law was broken, or a program had a fault of its own."""
        self._errors.append(text)

    async def _live(self) -> None:
        for name in self._names:
            self._start(name)
        faults = [asyncio.create_task(self._happen(fault)) for fault in self._story.faults]
        await asyncio.gather(*(gateway.run() for gateway in self._gateways))
        await asyncio.gather(*faults)
        await asyncio.sleep(SETTLE_S)
        self._judge()

    def _judge(self) -> None:
        for gateway in self._gateways:
            self._laws.check_end(gateway.given, gateway.may_be_lost)
        given = {number for gateway in self._gateways for number in gateway.given}
        require(given >= set(self._laws.stored), "something is stored that nobody gave")
        for process in self._processes.values():
            require(process.process.is_alive, "a process was not started again")
            require(process.gate.pipeline.is_working, "a committer has ended")
            process.budget.check_end()

    def _start(self, name: str) -> None:
        self._processes[name] = IngestProcess(name, self._story, self._database, CATALOGS, self._tokens())

    def _tokens(self) -> Mapping[bytes, dict[str, Any]]:
        return {
            hashlib.sha256(f"token-{gateway.number}".encode()).digest(): {
                "id": TOKEN_ID,
                "project_id": PROJECT_ID + gateway.number % self._story.projects,
                "producers": None,
                "lineage": TOKEN_ID,
                "is_unlimited": True,
                "may_resume": None,
                "sensor_key_template": "",
                "register_sensors_up_to": 0,
            }
            for gateway in self._gateways
        }

    async def _happen(self, fault: PlannedFault) -> None:
        await asyncio.sleep(fault.at_s)
        match fault.kind:
            case FaultKind.CUT | FaultKind.HALF_OPEN:
                self._cut(is_half_open=fault.kind is FaultKind.HALF_OPEN)
            case FaultKind.KILL | FaultKind.DRAIN:
                await self._end_process(fault)
            case FaultKind.OUTAGE:
                self._database.go_away(fault.lasts_s)
            case FaultKind.KILL_GATEWAY:
                self._story.chance.choice(self._gateways).kill()

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
            for process in self._processes.values():
                if process.process.is_alive:
                    process.kill()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()

        self._loop.run_out(end_all)
        self._loop.close()
