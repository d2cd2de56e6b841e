"""Sizes that gateways come in: ten thousand channels behind a spool, a thousand sockets at once."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from barograph_client import SpoolOptions, Stream, StreamState
from barograph_client.backoff import Backoff

from barograph.times import now_us
from tests.ingest.database import ask, raw
from tests.programs import Program, running
from tests.seed import Project, seed_project
from tests.servers.proxy import Proxy

CHANNELS = 10_000
ROUNDS = 3
SHORT_SOCKETS, SOCKETS = 100, 1000
COMING_AT_ONCE = 20


def run(work: Callable[[], Coroutine[object, object, None]], within_s: float = 60) -> None:
    asyncio.run(asyncio.wait_for(work(), within_s))


def test_ten_thousand_channels_wait_in_a_spool_and_arrive(
    ingest: Program, database_url: str, tmp_path: Path
) -> None:
    project = seed_project(database_url, CHANNELS)
    channels = np.arange(CHANNELS)

    async def work() -> None:
        with Proxy(f"ws://{urlsplit(ingest.url).netloc}/ingest/v1/ws") as proxy:
            proxy.is_open = False
            stream = Stream(
                proxy.url,
                project.token,
                "rig/wide",
                project.keys,
                spool=SpoolOptions(tmp_path),
                connect_within_s=0,
                exit_within_s=60,
                backoff=Backoff(first_s=0.02, max_s=0.3),
                proxy=None,
            )
            async with stream:
                for number in range(ROUNDS):
                    await stream.send(channels, np.full(CHANNELS, now_us()), channels + number * CHANNELS)
                proxy.is_open = True
            assert (stream.accepted, stream.rejected) == (ROUNDS * CHANNELS, 0)

    run(work)
    assert sorted(raw(database_url, project)) == list(range(ROUNDS * CHANNELS))


def assert_sockets_stream_at_once(database_url: str, log: Path, count: int) -> None:
    """Checks that so many producers are bound at one moment, and that what each sends is stored once."""
    project = seed_project(database_url, 1)
    limits = {
        "BAROGRAPH_INGEST_MAX_SOCKETS": str(count),
        "BAROGRAPH_INGEST_MAX_PROJECT_SOCKETS": str(count),
        "BAROGRAPH_INGEST_MAX_TOKEN_SOCKETS": str(count),
    }
    with running("ingest", database_url, log, limits) as ingest:
        run(lambda: stream_at_once(ingest, project, count), 600)
    assert sorted(raw(database_url, project)) == list(range(2 * count))
    bound = ask(database_url, "select count(*) from producer where project_id = %s", project.id)
    assert bound == [(count,)]


def open_stream(ingest: Program, project: Project, number: int) -> Stream:
    return Stream(
        ingest.socket_url,
        project.token,
        f"rig/{number}",
        project.keys,
        spool=None,
        connect_within_s=300,
        exit_within_s=300,
        backoff=Backoff(first_s=0.1, max_s=5.0),
        proxy=None,
    )


async def stream_at_once(ingest: Program, project: Project, count: int) -> None:
    """Each sends a reading, waits until all are there, and sends another one."""
    all_are_there = asyncio.Barrier(count)
    coming = asyncio.Semaphore(COMING_AT_ONCE)
    states: list[StreamState] = []

    async def stream_alone(number: int) -> None:
        async with AsyncExitStack() as stack:
            async with coming:
                stream = await stack.enter_async_context(open_stream(ingest, project, number))
                await stream.send([0], [now_us()], [float(number)])
                await stream.flush()
            await all_are_there.wait()
            states.append(stream.state)
            await stream.send([0], [now_us()], [float(count + number)])

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(stream_alone(number))
    assert set(states) == {StreamState.STREAMING}


def test_sockets_stream_at_once(database_url: str, tmp_path: Path) -> None:
    assert_sockets_stream_at_once(database_url, tmp_path / "ingest.log", SHORT_SOCKETS)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_a_thousand_sockets_stream_at_once(database_url: str, tmp_path: Path) -> None:
    assert_sockets_stream_at_once(database_url, tmp_path / "ingest.log", SOCKETS)
