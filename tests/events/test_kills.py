"""All that carries events is killed while runs start and stop; nothing is missed."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import numpy as np
import psycopg
import pytest
from barograph_client import ApiUnavailable, Client
from redis import Redis

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.server import PASSWORD
from tests.events.carrying import LOOPBACK
from tests.events.conftest import HookScene, scene_on
from tests.events.queue_reader import QueueReader
from tests.events.receiver import Receiver, receiving
from tests.programs import Program, free_port, running
from tests.servers.own_rabbitmq import own_rabbitmq
from tests.servers.own_redis import OwnRedis, own_redis
from tests.servers.postgres import own_postgres
from tools.programs.rabbitmq import RabbitmqPrograms

WAIT_S = 120
WRITERS = 3


def first_heard(ids: Iterable[str]) -> list[str]:
    """Each once, where it came first."""
    return list(dict.fromkeys(ids))


def told_in_order(scene: HookScene) -> list[tuple[str, str]]:
    """Ids of events, with the run that each is about, as the database numbers them."""
    with psycopg.connect(scene.database_url) as connection:
        return connection.execute(
            "select public_id::text, payload->>'run_id' from event where kind like 'run.%' order by id"
        ).fetchall()


class WriterSteps:
    """How far each of those who write has come: nobody is starved, however slow the machine is."""

    def __init__(self) -> None:
        self._done: dict[int, int] = dict.fromkeys(range(WRITERS), 0)

    def note(self, writer: int) -> None:
        self._done[writer] += 1

    def leave(self, writer: int) -> None:
        del self._done[writer]

    def wait_for_all(self) -> None:
        """Until each that is still at it has done something since now."""
        before = dict(self._done)
        end = time.monotonic() + WAIT_S
        while any(done == before[writer] for writer, done in list(self._done.items())):
            assert time.monotonic() < end
            time.sleep(0.02)


def start_and_stop_runs(
    scene: HookScene, experiment: str, runs: int, writer: int, steps: WriterSteps
) -> None:
    """Each run's events are of transactions one after the other. What is cut is asked again."""
    try:
        write_runs(scene, experiment, runs, lambda: steps.note(writer))
    finally:
        steps.leave(writer)


def write_runs(scene: HookScene, experiment: str, runs: int, note_step: Callable[[], None]) -> None:
    with httpx.Client(
        base_url=scene.server.url, headers=dict(scene.owner.client.headers), timeout=60
    ) as client:
        for number in range(runs):
            name = f"{threading.get_ident()}-{number}"
            made = until(lambda name=name: make_run(client, experiment, name))
            for status in ("running", "finished"):
                until(lambda made=made, status=status: bring_to(client, f"/api/v1/runs/{made}", status))
                note_step()


def make_run(client: httpx.Client, experiment: str, name: str) -> str | None:
    answer = client.post(f"/api/v1/experiments/{experiment}/runs", json={"name": name})
    assert answer.status_code != 401, answer.text
    return answer.json()["id"] if answer.status_code == 201 else None


def bring_to(client: httpx.Client, path: str, status: str) -> bool:
    if client.patch(path, json={"status": status}).status_code == 200:
        return True
    # It may have been committed all the same.
    run = client.get(path)
    assert run.status_code != 401, run.text
    return run.status_code == 200 and run.json()["status"] == status


T = TypeVar("T")


def until(do: Callable[[], T]) -> T:
    """Until it is done, whoever is away meanwhile; what it says."""
    end = time.monotonic() + WAIT_S
    while True:
        with suppress(httpx.HTTPError):
            if done := do():
                return done
        assert time.monotonic() < end
        time.sleep(0.1)


class Mortal(Protocol):
    """Whatever can be killed, and started again."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


class MortalWorker:
    """A worker."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def kill(self) -> None:
        self._program.kill()

    def start(self) -> None:
        self._program.start(wait_for=None)


class Trouble:
    """Kills something, waits, and starts it again: each once, and then whichever.

    In the main thread: a server ends with the thread that started it.
    """

    def __init__(self, mortals: Sequence[Mortal], steps: WriterSteps, seed: int) -> None:
        self._steps = steps
        self._chance = np.random.default_rng(seed)
        self._mortals = mortals
        self._first = [int(number) for number in self._chance.permutation(len(mortals))]

    @property
    def has_killed_all(self) -> bool:
        return not self._first

    def make(self) -> None:
        """Once, when all have done something since the last time."""
        self._steps.wait_for_all()
        time.sleep(float(self._chance.uniform(0.1, 0.7)))
        number = self._first.pop() if self._first else int(self._chance.integers(0, len(self._mortals)))
        self._mortals[number].kill()
        time.sleep(float(self._chance.uniform(0, 0.5)))
        self._mortals[number].start()


class StreamFollower:
    """Somebody who follows the stream of events, over whatever cuts."""

    def __init__(self, scene: HookScene) -> None:
        self.ids: list[str] = []
        self._client = Client(
            scene.server.url, email="owner@example.org", password=PASSWORD, project=scene.project
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        with suppress(ApiUnavailable):  # the test is over, and its server gone
            for event in self._client.events(start="-1h"):
                if event.type.startswith("run."):
                    self.ids.append(event.id)


class QueueFollower:
    """Somebody who reads from RabbitMQ now and then."""

    def __init__(self, url: str) -> None:
        self._reader, self._ids = QueueReader(url), list[str]()

    @property
    def ids(self) -> list[str]:
        read = [each.event for each in self._reader.read()]
        self._ids += [event["id"] for event in read if event["type"].startswith("run.")]
        return self._ids


class MortalReceiver:
    """A receiver on one port, there or not."""

    def __init__(self) -> None:
        self._port = free_port()
        self._life = ExitStack()
        self._lives: list[Receiver] = []
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/hook"

    @property
    def ids(self) -> list[str]:
        return [message.headers["webhook-id"] for life in self._lives for message in life.heard]

    def start(self) -> None:
        self._lives.append(self._life.enter_context(receiving(self._port)))

    def kill(self) -> None:
        self._life.close()


def assert_order_agrees(heard: Sequence[str], told: Sequence[tuple[str, str]]) -> None:
    """A run's second event was committed after its first: nobody hears them the other way round."""
    place = {event: number for number, event in enumerate(heard)}
    firsts: dict[str, str] = {}
    for event, run in told:
        if run in firsts:
            assert place[firsts[run]] < place[event], (run, firsts[run], event)
        firsts[run] = event


def stream_ids(redis: OwnRedis, scene: HookScene) -> list[str]:
    with Redis.from_url(redis.url, decode_responses=True) as client:  # pyright: ignore[reportUnknownMemberType]
        entries: Any = client.xrange(f"barograph:events:{scene.project}")
    return [fields["id"] for _, fields in entries if fields["type"].startswith("run.")]


def survive(
    scene: HookScene, mortals: Sequence[Mortal], hears: Mapping[str, Callable[[], list[str]]], runs: int
) -> None:
    """Runs start and stop while all is killed: each consumer hears of each, in order."""
    seed = int(time.time())
    experiment = scene.owner.made(f"/projects/{scene.project}/experiments", {"name": "trouble"})["id"]
    steps = WriterSteps()
    trouble = Trouble(mortals, steps, seed)
    writers = [
        threading.Thread(target=start_and_stop_runs, args=(scene, experiment, runs // WRITERS, number, steps))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers) or not trouble.has_killed_all:
        trouble.make()
    for writer in writers:
        writer.join()
    told = told_in_order(scene)
    wanted = {event for event, _ in told}
    assert len(wanted) == 2 * WRITERS * (runs // WRITERS)
    end = time.monotonic() + WAIT_S
    while missing := {name: len(wanted - set(ids())) for name, ids in hears.items() if wanted - set(ids())}:
        assert time.monotonic() < end, (seed, len(wanted), missing)
        # What is waiting for its next attempt is tried now: pauses are tested elsewhere.
        scene.execute("update webhook_delivery set next_at = now() where status = 'waiting'")
        scene.execute("update webhook_standing set next_at = now()")
        time.sleep(0.5)
    for ids in hears.values():
        assert_order_agrees(first_heard(ids()), told)


@dataclass(frozen=True)
class Stage:
    """All that can be killed, on which runs start and stop."""

    folder: Path
    executables: Executables
    account: ServerAccount
    rabbitmq: RabbitmqPrograms

    def survive(self, runs: int) -> None:
        with (
            own_postgres(self.folder, self.executables, self.account) as postgres,
            own_redis(self.folder, self.executables, self.account) as redis,
            own_rabbitmq(self.folder, self.rabbitmq) as broker,
            scene_on(postgres.url, self.folder) as scene,
            ExitStack() as stack,
        ):
            hooks = MortalReceiver()
            stack.callback(hooks.kill)
            scene.hook(hooks.url, types=["run.*"])
            queue, stream = QueueFollower(broker.url), StreamFollower(scene)
            environment = {
                "BAROGRAPH_REDIS_URL": redis.url,
                "BAROGRAPH_EVENT_BROKER_URL": broker.url,
                "BAROGRAPH_DATA_DIR": str(scene.data_dir),
                "BAROGRAPH_WEBHOOK_NETWORKS": LOOPBACK,
                "BAROGRAPH_WEBHOOK_FIRST_PAUSE_S": "0.05",
            }
            workers = [
                stack.enter_context(running("backfill", postgres.url, self.folder / f"w{n}.log", environment))
                for n in range(2)
            ]
            mortals = [*map(MortalWorker, workers), postgres, redis, broker, hooks]
            hears = {
                "webhook": lambda: hooks.ids,
                "redis": lambda: stream_ids(redis, scene),
                "queue": lambda: queue.ids,
                "stream": lambda: list(stream.ids),
            }
            survive(scene, mortals, hears, runs)


@pytest.fixture
def stage(
    tmp_path: Path, executables: Executables, account: ServerAccount, rabbitmq_programs: RabbitmqPrograms
) -> Stage:
    return Stage(tmp_path, executables, account, rabbitmq_programs)


@pytest.mark.timeout(600)
def test_nothing_is_missed_while_all_is_killed(stage: Stage) -> None:
    stage.survive(6)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_nothing_is_missed_of_a_thousand_runs(stage: Stage) -> None:
    stage.survive(1002)
