"""A query never lies: whatever arrives, in any order, while the workers that roll it up are killed at random,
each series equals NumPy over all that was acknowledged, at the moment it was.

`BAROGRAPH_TEST_ROUNDS` multiplies how long that is looked at; `BAROGRAPH_TEST_SEED` repeats a run.
"""

import os
import secrets
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from websockets.sync.client import connect

from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, from_us, now_us
from conversion import CompiledProfile, compile_profile
from tests.api.series.truth import STATS, assert_true
from tests.api.server import Person, Server, serving
from tests.api.stored import Stored
from tests.ingest.gateway import Gateway, binary_frame
from tests.programs import Program, running

ROUNDS = 15 * int(os.environ.get("BAROGRAPH_TEST_ROUNDS") or 1)
SEED = int(os.environ.get("BAROGRAPH_TEST_SEED") or secrets.randbits(32))
ROLL_UPS = {"1s", "1m"}
ROLLED_UP_S = 30
PROFILES = [
    {"kind": "linear", "payload": {"slope": 0.1, "offset": -3}},
    {"kind": "polynomial", "payload": {"coefficients": [1e9, 0.5, 1e-3]}},
]
KEYS = ("dense", "sparse", "changing", "bare")
BUCKETS_US = (1000, 70_000, SECOND_US, 7 * SECOND_US, MINUTE_US, 7 * MINUTE_US, 60 * MINUTE_US, DAY_US)


@dataclass(frozen=True)
class Channel:
    """A sensor, and the profiles that hold before and from a moment."""

    sensor: str
    before: CompiledProfile | None
    after: CompiledProfile | None
    change_us: int = 0

    def stored(self, t_us: NDArray[np.int64], raw: NDArray[np.float64]) -> list[Stored]:
        """What becomes of readings, by definition."""
        readings: list[Stored] = []
        for profile, is_its in ((self.before, t_us < self.change_us), (self.after, t_us >= self.change_us)):
            physical = [None] * raw.size if profile is None else profile.convert(raw).physical.tolist()
            rows = zip(t_us.tolist(), raw.tolist(), physical, is_its.tolist(), strict=True)
            readings += [Stored(t, value, result) for t, value, result, its in rows if its]
        return readings


@pytest.fixture
def server(database_url: str) -> Generator[Server]:
    with serving(database_url) as server:
        yield server


def test_a_series_is_true_at_any_moment(server: Server, redis_url: str, tmp_path: Path) -> None:
    random = Random(SEED)  # noqa: S311  # not a secret
    person = server.person("analyst@example.org")
    project = person.made("/projects", {"name": "truth"})["id"]
    channels = make_channels(person, project, now_us() - 20 * MINUTE_US)
    token = person.made(f"/projects/{project}/ingest-tokens", {"name": "gateway"})["token"]
    held: list[list[Stored]] = [[] for _ in channels]
    tiers: set[str] = set()
    with ExitStack() as stack:
        ingest = stack.enter_context(running("ingest", server.database_url, tmp_path / "ingest.log"))
        headers = {"Authorization": f"Bearer {token}"}
        socket = stack.enter_context(connect(ingest.socket_url, additional_headers=headers, proxy=None))
        gateway = Gateway(socket)
        gateway.bind("rig", KEYS)
        stack.enter_context(dying_workers(server.database_url, redis_url, tmp_path, random.getrandbits(32)))
        for seq in range(1, ROUNDS + 1):
            number = random.randrange(len(channels))
            t_us, raw = some_readings(random, dense=number == 0)
            gateway.send(binary_frame(seq, [number] * raw.size, t_us.tolist(), raw.tolist()))
            gateway.acked_up_to(seq)
            held[number] += channels[number].stored(t_us, raw)
            for _ in range(2):
                tiers |= ask(random, person, channels, held)
        # Workers may have had no second to themselves yet.
        deadline = time.monotonic() + ROLLED_UP_S
        while not tiers & ROLL_UPS and time.monotonic() < deadline:
            tiers |= ask(random, person, channels, held)
    person.client.close()
    assert "raw" in tiers, f"seed {SEED}"
    assert tiers & ROLL_UPS, f"seed {SEED}: roll-ups were never used"


def make_channels(person: Person, project: str, change_us: int) -> list[Channel]:
    """A dense and a sparse sensor, one whose profile changes, and one without any."""
    line, curve = (compile_profile(profile) for profile in PROFILES)
    sensors = [person.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in KEYS]
    for sensor, number in ((0, 0), (1, 1), (2, 0)):
        activate(person, sensors[sensor], number, {})
    activate(person, sensors[2], 1, {"valid_from": format_us(change_us)})
    return [
        Channel(sensors[0], line, line),
        Channel(sensors[1], curve, curve),
        Channel(sensors[2], line, curve, change_us),
        Channel(sensors[3], None, None),
    ]


def activate(person: Person, sensor: str, number: int, validity: dict[str, str]) -> None:
    profile = person.made(f"/sensors/{sensor}/conversion-profiles", PROFILES[number])["id"]
    person.made(f"/conversion-profiles/{profile}:activate", validity)


def some_readings(random: Random, *, dense: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """A burst of now, a few late ones, or some at the same instants."""
    generator = np.random.default_rng(random.getrandbits(32))
    count = random.choice([1, 10, 200, 3000]) if dense else random.choice([1, 3, 20])
    if random.random() < 0.5:
        start, span = now_us() - SECOND_US, random.choice([1, 1000, SECOND_US])
    else:
        start, span = now_us() - 3 * 60 * MINUTE_US, random.choice([MINUTE_US, 3 * 60 * MINUTE_US])
    t_us = start + generator.integers(0, span, count)
    magnitude = random.choice([1.0, 1e6, 1e-6])
    return t_us, generator.normal(random.choice([0.0, 1e6]), magnitude, count)


def ask(
    random: Random, person: Person, channels: Sequence[Channel], held: Sequence[Sequence[Stored]]
) -> set[str]:
    """Compares one random question with the truth; the tiers that answered it."""
    bucket_us = random.choice(BUCKETS_US)
    layer = random.choice(["raw", "physical"])
    longest_us = min(4 * 60 * MINUTE_US, bucket_us * 20_000)
    to_us = now_us() + MINUTE_US
    from_us_ = to_us - random.randrange(bucket_us, max(longest_us, 2 * bucket_us))
    answer = person.read(
        "/series",
        sensor=[channel.sensor for channel in channels],
        **{"from": format_us(from_us_), "to": format_us(to_us)},
        bucket=f"{bucket_us}us",
        layer=layer,
        stat=STATS,
    )
    for series, readings in zip(answer["series"], held, strict=True):
        within = [reading for reading in readings if from_us_ <= reading.t_us < to_us]
        try:
            assert_true(series, within, layer, bucket_us)
        except AssertionError as error:
            raise AssertionError(f"seed {SEED}, {layer} by {bucket_us} us: {answer['meta']}") from error
    return {source["tier"] for source in answer["meta"]["sources"]}


@contextmanager
def dying_workers(database_url: str, redis_url: str, folder: Path, seed: int) -> Generator[None]:
    """Two workers, one of which is killed and started again every other second or so."""
    random, stopping = Random(seed), threading.Event()  # noqa: S311  # not a secret
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                running(
                    "backfill", database_url, folder / f"worker{n}.log", {"BAROGRAPH_REDIS_URL": redis_url}
                )
            )
            for n in range(2)
        ]

        def kill_them() -> None:
            while not stopping.wait(random.uniform(0.3, 3)):
                restart(random.choice(workers))

        killer = threading.Thread(target=kill_them)
        killer.start()
        try:
            yield
        finally:
            stopping.set()
            killer.join()
    assert_sound(database_url)


def restart(worker: Program) -> None:
    worker.kill()
    worker.start()


def assert_sound(database_url: str) -> None:
    """No bucket of a tier is there twice, and none before anything arrived."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select count(*), count(distinct (sensor_id, tier_s, bucket)), min(bucket) > %s from rollup",
            (from_us(now_us() - 2 * DAY_US),),
        ).fetchone()
    assert row is not None
    assert row[0] == row[1]
    assert row[0] == 0 or row[2]
