"""Workers, Redis and receivers are killed at random while runs start and stop: nothing is missed."""

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
from redis import Redis

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.events.carrying import LOOPBACK
from tests.events.conftest import HookScene
from tests.events.receiver import Receiver, receiving
from tests.own_redis import OwnRedis, own_redis
from tests.programs import Program, free_port, running

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


def start_and_stop_runs(scene: HookScene, experiment: str, runs: int) -> None:
    """Each run's events are of transactions one after the other."""
    with httpx.Client(
        base_url=scene.server.url, headers=dict(scene.owner.client.headers), timeout=60
    ) as client:
        for number in range(runs):
            name = f"{threading.get_ident()}-{number}"
            made = client.post(f"/api/v1/experiments/{experiment}/runs", json={"name": name})
            path = f"/api/v1/runs/{made.json()['id']}"
            for status in ("running", "finished"):
                assert client.patch(path, json={"status": status}).status_code == 200


class Trouble:
    """Kills something, waits, and starts it again.

    In the main thread: a server ends with the thread that started it.
    """

    def __init__(
        self, workers: Sequence[Program], redis: OwnRedis, hooks: "MortalReceiver", seed: int
    ) -> None:
        self._chance = np.random.default_rng(seed)
        self._workers, self._redis, self._hooks = workers, redis, hooks
        self.kills = 0

    def make(self) -> None:
        """Once."""
        time.sleep(float(self._chance.uniform(0.2, 1.5)))
        self.kills += 1
        away_s = float(self._chance.uniform(0, 1))
        match int(self._chance.integers(0, 3)):
            case 0:
                worker = self._workers[int(self._chance.integers(0, len(self._workers)))]
                worker.kill()
                worker.start(wait_for=None)
            case 1:
                self._redis.kill()
                time.sleep(away_s)
                self._redis.start()
            case _:
                self._hooks.stop()
                time.sleep(away_s)
                self._hooks.start()


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

    def stop(self) -> None:
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
    scene: HookScene, folder: Path, executables: Executables, account: ServerAccount, runs: int
) -> None:
    seed = int(time.time())
    hooks = MortalReceiver()
    scene.hook(hooks.url, types=["run.*"])
    experiment = scene.owner.made(f"/projects/{scene.project}/experiments", {"name": "trouble"})["id"]
    with own_redis(folder, executables, account) as redis, ExitStack() as stack:
        environment = {
            "BAROGRAPH_REDIS_URL": redis.url,
            "BAROGRAPH_DATA_DIR": str(scene.data_dir),
            "BAROGRAPH_WEBHOOK_NETWORKS": LOOPBACK,
            "BAROGRAPH_WEBHOOK_FIRST_PAUSE_S": "0.05",
        }
        workers = [
            stack.enter_context(running("backfill", scene.database_url, folder / f"w{n}.log", environment))
            for n in range(2)
        ]
        trouble = Trouble(workers, redis, hooks, seed)
        writers = [
            threading.Thread(target=start_and_stop_runs, args=(scene, experiment, runs // WRITERS))
            for _ in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            trouble.make()
        for writer in writers:
            writer.join()
        told = told_in_order(scene)
        wanted = {event for event, _ in told}
        assert len(wanted) == 2 * WRITERS * (runs // WRITERS)
        # What is waiting for its next attempt is tried now: pauses are tested elsewhere.
        end = time.monotonic() + WAIT_S
        while not (wanted <= set(hooks.ids) and wanted <= set(stream_ids(redis, scene))):
            assert time.monotonic() < end, (seed, len(wanted), len(set(hooks.ids)))
            scene.execute("update webhook_delivery set next_at = now() where status = 'waiting'")
            scene.execute("update webhook_standing set next_at = now()")
            time.sleep(0.5)
        assert_order_agrees(first_heard(hooks.ids), told)
        assert_order_agrees(first_heard(stream_ids(redis, scene)), told)
        assert trouble.kills
    hooks.stop()


def test_nothing_is_missed_while_all_is_killed(
    scene: HookScene, tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    survive(scene, tmp_path, executables, account, 60)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_nothing_is_missed_of_a_thousand_runs(
    scene: HookScene, tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    survive(scene, tmp_path, executables, account, 1002)
