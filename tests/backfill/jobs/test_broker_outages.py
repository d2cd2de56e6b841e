"""A broker that dies, hangs, is full or forgets: the worker says so, and goes on when it is over."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import DAY_US, now_us
from tests.backfill.rollups.expected import Store
from tests.ingest.database import ask
from tests.programs import Program, running
from tests.servers.own_redis import OwnRedis, own_redis
from tests.waiting import wait_until

BASE_US = now_us() // DAY_US * DAY_US - 2 * DAY_US
# A loop is late soon, and who leaves waits for jobs less long.
HURRY = {"barograph.program.kept_loop.MAX_SILENCE_S": 1, "backfill.app.STOP_MS": 1000}
Outage = Callable[[OwnRedis], AbstractContextManager[None]]


@pytest.fixture
def redis(tmp_path: Path, executables: Executables, account: ServerAccount) -> Generator[OwnRedis]:
    tmp_path.chmod(0o755)
    with own_redis(tmp_path, executables, account) as redis:
        yield redis


@pytest.fixture
def worker(database_url: str, redis: OwnRedis, tmp_path: Path) -> Generator[Program]:
    environment = {"BAROGRAPH_REDIS_URL": redis.url}
    with running("backfill", database_url, tmp_path / "worker.log", environment, HURRY) as program:
        yield program


def readiness(worker: Program) -> tuple[int, str]:
    answer = httpx.get(f"{worker.url}/ready", timeout=10)
    return answer.status_code, answer.text


def windows_waiting(worker: Program) -> float | None:
    """As the metrics say."""
    for line in httpx.get(f"{worker.url}/metrics", timeout=10).text.splitlines():
        if line.startswith("barograph_rollup_windows_waiting "):
            return float(line.split()[1])
    return None


def is_rolled_up(database_url: str) -> bool:
    return ask(database_url, "select count(*) from dirty_window") == [(0,)]


def test_roll_ups_go_on_after_redis_was_killed_for_a_moment(
    database_url: str, redis: OwnRedis, worker: Program, store: Store
) -> None:
    redis.kill()
    store.commit([(0, BASE_US, 1.0)])
    wait_until(lambda: readiness(worker)[0] == 503, what="not ready without Redis")
    wait_until(lambda: windows_waiting(worker) == 1, what="the gauge looks for itself")
    redis.start()
    wait_until(lambda: is_rolled_up(database_url), what="rolled up")
    wait_until(lambda: readiness(worker)[0] == 200, what="ready again")
    assert windows_waiting(worker) == 0
    assert worker.stop() == 0


@pytest.mark.usefixtures("worker")
def test_roll_ups_go_on_with_a_redis_that_forgot_everything(
    database_url: str, redis: OwnRedis, store: Store
) -> None:
    for number in range(3):
        redis.kill()
        redis.forget()
        store.commit([(0, BASE_US + number, 1.0)])
        redis.start()
        wait_until(lambda: is_rolled_up(database_url), what="rolled up")


@pytest.mark.parametrize(
    "outage", [OwnRedis.full, pytest.param(OwnRedis.read_only, marks=pytest.mark.nightly), OwnRedis.frozen]
)
def test_a_worker_whose_jobs_cannot_be_asked_for_is_not_ready_and_says_which(
    database_url: str, redis: OwnRedis, worker: Program, store: Store, outage: Outage
) -> None:
    with outage(redis):
        store.commit([(0, BASE_US, 1.0)])
        wait_until(lambda: readiness(worker)[0] == 503, what="not ready")
        if outage is not OwnRedis.frozen:  # then the broker itself does not answer
            wait_until(lambda: "roll_up" in readiness(worker)[1], what="names the loop")
    wait_until(lambda: is_rolled_up(database_url), what="rolled up")
    wait_until(lambda: readiness(worker)[0] == 200, what="ready again")


def test_a_worker_stops_in_good_order_without_its_broker(redis: OwnRedis, worker: Program) -> None:
    redis.kill()
    assert worker.stop() == 0
