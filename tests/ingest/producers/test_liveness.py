"""When sensors were last heard of, and the time of their latest reading, as ingest writes them down."""

import asyncio
import time

import numpy as np
import pytest
from psycopg_pool import PoolClosed

from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import create_pool
from barograph.times import from_us, now_us
from ingest.commits.batch import FrameBatch, assemble
from ingest.messages.frames import ReceivedFrame, Source
from ingest.producers.liveness import MAX_NOTED_BATCHES, Liveness
from tests.ingest.database import ask
from tests.ingest.gateway import binary_frame, open_gateway
from tests.programs import Program
from tests.seed import Project, seed_project

LATEST = "select latest_at from sensor_liveness where sensor_id = %s"


@pytest.mark.timeout(60)
def test_the_latest_reading_is_that_of_the_latest_time_whenever_it_came(
    database_url: str, ingest: Program, project: Project
) -> None:
    now = now_us()
    sensor = project.sensor_ids[0]
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(binary_frame(1, [0, 0, 0], [now - 5, now, now - 7], [1.0, 2.0, 3.0]))
        gateway.acked_up_to(1)
        while not (first := ask(database_url, "select last_seen_at from sensor_liveness")):
            time.sleep(0.05)
        gateway.send(binary_frame(2, [0], [now - 60_000_000], [4.0]))
        gateway.acked_up_to(2)
        while ask(database_url, "select last_seen_at from sensor_liveness") == first:
            time.sleep(0.05)
    assert ask(database_url, LATEST, sensor) == [(from_us(now),)]


def batch(database_url: str, project: Project, t_us: int, key: str = "s0") -> FrameBatch:
    """One live reading of a sensor."""
    catalogs = CatalogCache(database_url)
    catalogs.open()
    source = Source(project.id, project.token_id, [key], lambda _: None)
    columns = np.zeros(1, np.int32), np.array([t_us]), np.ones(1)
    frame = ReceivedFrame(source, 1, *columns, size_bytes=100, received_us=t_us)
    return assemble(catalogs.get(project.id), [frame], now_us())


def test_what_could_not_be_written_is_written_with_the_next(database_url: str, project: Project) -> None:
    now = now_us()

    async def write() -> None:
        pool = create_pool(database_url, 1)
        liveness = Liveness(pool)
        liveness.note(batch(database_url, project, now))
        with pytest.raises(PoolClosed):
            await liveness.flush()
        liveness.note(batch(database_url, project, now - 1_000_000))
        await pool.open()
        await liveness.flush()
        await pool.close()

    asyncio.run(write())
    assert ask(database_url, LATEST, project.sensor_ids[0]) == [(from_us(now),)]


def test_sightings_of_many_commits_and_projects_are_gathered(database_url: str, project: Project) -> None:
    now, other = now_us(), seed_project(database_url)
    first = [batch(database_url, project, now - after, f"s{after % 2}") for after in (3, 0, 1, 2)]
    second = [batch(database_url, other, now - 7)]

    async def write() -> None:
        pool = create_pool(database_url, 1)
        liveness = Liveness(pool)
        for each in (first * MAX_NOTED_BATCHES + second) * 2:
            liveness.note(each)
        await pool.open()
        await liveness.flush()
        await pool.close()

    began = now_us()
    asyncio.run(write())
    latest = [ask(database_url, LATEST, sensor)[0][0] for sensor in project.sensor_ids[:2]]
    assert latest == [from_us(now), from_us(now - 1)]
    assert ask(database_url, LATEST, other.sensor_ids[0]) == [(from_us(now - 7),)]
    sensors = [*project.sensor_ids[:2], other.sensor_ids[0]]
    seen = ask(database_url, "select last_seen_at from sensor_liveness where sensor_id = any(%s)", sensors)
    assert len(seen) == 3
    assert all(at >= from_us(began) for (at,) in seen)
