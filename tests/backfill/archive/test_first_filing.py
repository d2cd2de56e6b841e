"""Connections prepare for archived readings where there are some, and not before."""

import asyncio
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from api.edge.transaction import begin
from backfill.jobs.row_claims import Pool
from barograph.database.connections import create_pool
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import DAY_US, SECOND_US, format_us
from tests.api.live.watching import LiveClient, opened
from tests.backfill.archive.filing import TODAY_US, held, make_archivist, note_a_part
from tests.backfill.recalibration.scene import Scene
from tests.backfill.rollups.expected import work_everything_off
from tests.ingest.database import ask
from tests.servers.postgres import Postgres, own_postgres

OLD_US = TODAY_US - 3 * DAY_US
WAITS = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'"
TABLES = "select count(*) from pg_class where relname = 'archived_reading'"


def questions(scene: Scene, run: str) -> list[Any]:
    """By a thread's connection, and by one of the pool."""
    period = {"from": format_us(OLD_US), "to": format_us(OLD_US + DAY_US)}
    readings = scene.person.read(f"/sensors/{scene.sensors['s0']}/readings", **period)
    overview = scene.person.read(f"/runs/{run}/overview")
    return [readings["items"], [sensor["latest"] for sensor in overview["sensors"]]]


def draft_run(scene: Scene) -> str:
    experiment = scene.person.made(f"/projects/{scene.project.public_id}/experiments", {"name": "old"})["id"]
    run = scene.person.made(f"/experiments/{experiment}/runs", {"name": "r"})["id"]
    scene.person.send("PUT", f"/runs/{run}/sensors/{scene.sensors['s0']}")
    return run


def test_connections_that_are_older_than_the_archive_answer_over_its_first_file(
    scene: Scene, pool: Pool, tmp_path: Path
) -> None:
    database_url = scene.server.database_url
    t_us = OLD_US + np.arange(5) * SECOND_US
    scene.store(np.zeros(5, np.int32), t_us, np.arange(5, dtype=np.float64))
    work_everything_off(pool)
    run = draft_run(scene)
    with opened(scene.server, scene.person) as socket:
        client = LiveClient(socket)
        window = client.watch([scene.sensors["s0"]], f"-{6 * DAY_US // SECOND_US}s", columns=4000)
        expected = questions(scene, run)
        assert len(expected[0]) == 5
        assert expected[1][0]["time"] == format_us(int(t_us[-1]))
        assert ask(database_url, TABLES) == [(0,)]

        make_archivist(database_url, tmp_path, scene.cache).work()
        assert held(database_url) == 5
        assert questions(scene, run) == expected
        patches, until_s = window.patches, time.monotonic() + 30
        scene.store(np.zeros(1, np.int32), t_us[:1] + 1, np.array([9.0]))
        while window.patches == patches or not any(t == t_us[0] + 1 for t, *_ in window.rows.get(0, [])):
            assert time.monotonic() < until_s
            assert client.take()[0] != "error"


def require(postgres: Postgres, standby: str) -> None:
    """Has every COMMIT that writes wait for this standby."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("alter system set synchronous_standby_names = {}").format(standby))
        connection.execute("select pg_reload_conf()")
        while connection.execute("show synchronous_standby_names").fetchall() != [(standby,)]:
            time.sleep(0.02)


def test_while_a_standby_is_lost_connections_come_and_go(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    async def come_and_go(url: str) -> int:
        async with create_pool(url, 1) as pool, begin(pool, is_read=True) as connection:
            found = await connection.execute(
                "select to_regclass('pg_temp.archived_reading') is not null as here"
            )
            (row,) = await found.fetchall()
            return row["here"]

    with own_postgres(tmp_path, executables, account) as postgres:
        require(postgres, "lost")
        assert asyncio.run(come_and_go(postgres.url)) is False
        time.sleep(0.3)
        assert ask(postgres.superuser_url, WAITS) == [(0,)]

        require(postgres, "")
        note_a_part(postgres.url)
        require(postgres, "lost")
        assert asyncio.run(come_and_go(postgres.url)) is True
