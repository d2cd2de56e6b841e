"""The gateways' library against the real server."""

import asyncio
from collections.abc import Callable, Coroutine

import numpy as np
import psycopg
import pytest
from barograph_client import RefusedReading, Stream, StreamState, Superseded
from barograph_client.backoff import Backoff

from barograph.times import now_us
from tests.ingest.database import ask, raw
from tests.programs import Program
from tests.seed import Project, change_catalog

LONG = 490


def run(work: Callable[[], Coroutine[object, object, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 60))


def open_stream(ingest: Program, project: Project, **options: object) -> Stream:
    given: dict[str, object] = {
        "producer": "rig/daq",
        "sensors": project.keys,
        "spool": None,
        "connect_within_s": 60.0,
        **options,
    }
    backoff = Backoff(first_s=0.02, max_s=0.3)
    return Stream(ingest.socket_url, project.token, backoff=backoff, proxy=None, **given)  # pyright: ignore[reportArgumentType] - options are passed through


def add_sensors(database_url: str, project: Project, count: int) -> list[str]:
    """Sensors with keys about as long as keys may be."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        rows = connection.execute(
            "insert into sensor (project_id, key, status)"
            " select %s, repeat('k', %s) || number, 'active' from generate_series(1, %s) as number"
            " returning key",
            (project.id, LONG, count),
        ).fetchall()
    return [key for (key,) in rows]


@pytest.mark.nightly
def test_twenty_thousand_sensors_with_long_keys_bind_and_stream(
    database_url: str, ingest: Program, project: Project
) -> None:
    keys = add_sensors(database_url, project, 20_000)

    async def work() -> None:
        async with open_stream(ingest, project, sensors=keys) as stream:
            assert {channel.error for channel in stream.channels} == {None}
            n = len(keys)
            await stream.send(np.arange(n), np.full(n, now_us()), np.arange(n))
        assert (stream.accepted, stream.rejected) == (n, 0)

    run(work)
    ((key, value),) = ask(
        database_url,
        "select key, raw from any_reading join sensor on sensor.id = sensor_id where key = %s",
        keys[-1],
    )
    assert (key, value) == (keys[-1], 19_999)


def test_rejects_of_the_server_are_told_with_what_to_do(
    ingest: Program, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    refused: list[RefusedReading] = []

    async def work() -> None:
        keys = [project.keys[0], "no-such-sensor"]
        async with open_stream(ingest, project, sensors=keys, on_reject=refused.append) as stream:
            assert [channel.error for channel in stream.channels] == [None, "unknown-sensor"]
            now = now_us()
            await stream.send([0, 0, 1, 0], [now, now // 10**6, now, now], [1.0, 2.0, 3.0, np.nan])
        assert (stream.accepted, stream.rejected) == (1, 3)

    run(work)
    assert [(each.index, each.code, each.sensor) for each in refused] == [
        (1, "too-old", project.keys[0]),
        (2, "unknown-sensor", "no-such-sensor"),
        (3, "not-finite", project.keys[0]),
    ]
    assert refused[0].advice.startswith("this looks like seconds")
    assert {record.levelname for record in caplog.records if "rejected as" in record.getMessage()} == {
        "WARNING"
    }


def test_a_gateway_that_starts_again_without_memory_goes_on_after_what_is_stored(
    database_url: str, own_ingest: Program, project: Project
) -> None:
    async def send(value: float) -> int:
        async with open_stream(own_ingest, project) as stream:
            return await stream.send([0], [now_us()], [value])

    async def work() -> None:
        assert await send(1.0) == 1
        own_ingest.kill()
        own_ingest.start()
        assert await send(2.0) == 2

    run(work)
    assert raw(database_url, project) == [1.0, 2.0]


def test_a_gateway_that_knows_better_names_its_next_frame(
    database_url: str, ingest: Program, project: Project
) -> None:
    async def work() -> None:
        async with open_stream(ingest, project, resume_at=1000) as stream:
            assert await stream.send([0], [now_us()], [1.0]) == 1000

    run(work)
    assert raw(database_url, project) == [1.0]


def test_a_newer_stream_of_the_same_producer_ends_the_older_one_for_good(
    ingest: Program, project: Project
) -> None:
    async def work() -> None:
        async with open_stream(ingest, project) as newer_outlives:
            older = newer_outlives
            async with open_stream(ingest, project) as newer:
                with pytest.raises(Superseded, match="give each a name of its own"):
                    await asyncio.wait_for(_until_it_ends(older), 10)
                assert (older.state, newer.state) == (StreamState.ENDED, StreamState.STREAMING)
                await newer.send([0], [now_us()], [1.0])
                await newer.flush()
                assert newer.connections == 1

    with pytest.raises(Superseded):  # leaving the older one says so again
        run(work)


async def _until_it_ends(stream: Stream) -> None:
    while True:
        await stream.flush()
        await asyncio.sleep(0.01)
