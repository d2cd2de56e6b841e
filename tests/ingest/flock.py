"""Gateways that stream for as long as a test makes trouble, and what must be stored when they are done."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import psycopg
from barograph_client.backoff import Backoff
from barograph_client.errors import StreamEnded
from barograph_client.streaming.stream import Stream
from numpy.typing import NDArray

from barograph.times import MINUTE_US, now_us
from tests.seed import Project

SPREAD_US = 30 * MINUTE_US
MAX_READINGS = 40
PAUSE_S = 0.004
MIN_FRAMES = 100
FLUSH_S = 60
FIRST_RIVAL = 100
OFFSET, SLOPE = 1.0, 2.0  # of the profile that every sensor has

Columns = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True)
class Recording:
    """What the gateways measure. Any frame can be made again: each raw value tells where it comes from."""

    project: Project
    start_us: int = field(default_factory=now_us)

    def frame(self, producer: int, seq: int) -> Columns:
        """channel, t_us and value of a frame; some are empty, and times come in no order."""
        random = np.random.default_rng((producer, seq))
        n = int(random.integers(0, MAX_READINGS))
        channel = random.integers(0, len(self.project.keys), n, np.int32)
        t_us = self.start_us - random.integers(0, SPREAD_US, n, np.int64)
        return channel, t_us, producer * 1e9 + seq * 1e3 + np.arange(n, dtype=np.float64)

    def check(self, database_url: str, last_seqs: Mapping[int, int]) -> None:
        """Asserts that each reading of the frames up to these is stored exactly once, and nothing else."""
        frames = [self.frame(p, seq) for p, last in last_seqs.items() for seq in range(1, last + 1)]
        channel, t_us, value = (np.concatenate(column) for column in zip(*frames, strict=True))
        sensor_id = np.array(self.project.sensor_ids)[channel]
        expected = np.stack([value, sensor_id, t_us, SLOPE * value + OFFSET])
        found = stored_readings(database_url, self.project)
        missing = np.setdiff1d(value, found[0])
        assert missing.size == 0, f"{missing.size} of {value.size} readings are missing: {missing[:5]}"
        twice = found[0, 1:][np.diff(found[0]) == 0]
        assert twice.size == 0, f"{twice.size} readings are stored more than once: {twice[:5]}"
        np.testing.assert_array_equal(found, expected[:, np.argsort(value)])


def stored_readings(database_url: str, project: Project) -> NDArray[np.float64]:
    """Rows of raw, sensor, t_us and physical of what is stored, in the order of raw; all fit in a float64."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select raw, sensor_id, (extract(epoch from time) * 1000000)::bigint, physical"
            " from any_reading where sensor_id = any(%s) order by raw",
            (list(project.sensor_ids),),
        ).fetchall()
    return np.array(rows, np.float64).reshape(-1, 4).T


def last_seqs(database_url: str, project: Project) -> dict[int, int]:
    """Where the sequences of the producers stand, by number."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select split_part(name, '/', 2)::int, last_seq from producer where project_id = %s",
            (project.id,),
        ).fetchall()
    return dict(rows)


class Flock:
    """Gateways in a thread of their own: a `with` block streams all the while, and in the end waits
    until everything is acknowledged.

    Attributes:
        sent: the last frame of each producer, once it is done.
    """

    def __init__(self, recording: Recording, url: str, producers: int = 6, rivals: int = 0) -> None:
        self.sent: dict[int, int] = {}
        self._recording, self._url = recording, url
        self._gateways: list[Coroutine[Any, Any, None]] = [self._stream(p) for p in range(1, producers + 1)]
        # Two connections for each of some more producers, who throw each other out.
        self._gateways += [self._rival(FIRST_RIVAL + p) for p in range(rivals) for _ in range(2)]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for gateway in self._gateways:
                    tasks.create_task(gateway)
        except BaseException as failure:  # noqa: BLE001  # raised again in the test's own thread
            self._failure = failure

    async def _stream(self, number: int) -> None:
        """Leaving the stream waits for the acks; it raises should an acknowledged frame be lost."""
        stream = self._open(number)
        async with stream:
            while not self._stopping.is_set() or stream.last_seq < MIN_FRAMES:
                await stream.send(*self._recording.frame(number, stream.last_seq + 1))
                await asyncio.sleep(PAUSE_S)
            await asyncio.wait_for(stream.flush(), FLUSH_S)
            self.sent[number] = stream.last_seq

    async def _rival(self, number: int) -> None:
        """Takes the producer back whenever another has taken it over."""
        while not self._stopping.is_set():
            try:
                async with self._open(number) as stream:
                    for _ in range(20):
                        await stream.send(*self._recording.frame(number, stream.last_seq + 1))
                        await asyncio.sleep(PAUSE_S)
            except StreamEnded as ended:
                if ended.code not in {"superseded", "sequence-lost"}:
                    raise

    def _open(self, number: int) -> Stream:
        project = self._recording.project
        return Stream(
            self._url,
            project.token,
            f"rig/{number}",
            project.keys,
            spool=None,
            connect_within_s=120.0,
            exit_within_s=120.0,
            backoff=Backoff(first_s=0.02, max_s=0.3),
            proxy=None,
        )
