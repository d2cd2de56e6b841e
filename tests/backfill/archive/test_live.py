"""Live pictures whose windows reach into the archive: what a client holds is what a question answers."""

import struct
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from backfill.archive.work import Archivist
from backfill.jobs.row_claims import Pool
from barograph.times import DAY_US, SECOND_US, now_us
from tests.api.live.watching import HeldPicture, LiveClient, expected_rows, opened
from tests.backfill.archive.filing import TODAY_US, everything, held, make_archivist
from tests.backfill.recalibration.scene import NEW, Scene
from tests.backfill.rollups.expected import work_everything_off
from tests.ingest.database import ask

FIRST_US = TODAY_US - 4 * DAY_US
WITHIN_S = 30.0
WINDOW = f"-{6 * DAY_US // SECOND_US}s"


@pytest.fixture
def archivist(scene: Scene, pool: Pool, tmp_path: Path) -> Archivist:
    """Of readings of two old days, which are filed, and of some of today."""
    random = np.random.default_rng(2)
    for start_us in (FIRST_US, FIRST_US + DAY_US):
        t_us = np.concatenate([start_us + random.integers(0, DAY_US, 300), start_us + np.arange(90) * 1000])
        scene.store(random.integers(0, 3, 390).astype(np.int32), t_us, random.normal(20, 3, 390).round(2))
    recent_us = now_us() - 60 * SECOND_US
    scene.store(np.arange(3, dtype=np.int32), np.full(3, recent_us), np.arange(3.0))
    work_everything_off(pool)
    archivist = make_archivist(scene.server.database_url, tmp_path, scene.cache)
    archivist.work()
    assert held(scene.server.database_url) == 780
    return archivist


def stored(scene: Scene) -> dict[int, list[tuple[int, float]]]:
    """Physical values by channel, wherever they lie, in order."""
    found: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    channel = {sensor_id: number for number, sensor_id in enumerate(scene.project.sensor_ids)}
    for sensor_id, at, _, physical, *_ in everything(scene.server.database_url, scene.project):
        if physical is not None:
            t_us = round(at.timestamp() * SECOND_US)
            found[channel[sensor_id]].append((t_us, struct.unpack(">d", physical)[0]))
    return {number: sorted(readings) for number, readings in found.items()}


def follow_until_true(client: LiveClient, held: HeldPicture, scene: Scene) -> None:
    """Takes messages until the client holds what is stored now."""
    expected, until_s = stored(scene), time.monotonic() + WITHIN_S
    while not _is_true(held, expected):
        assert time.monotonic() < until_s, (held.rows, expected)
        assert client.take()[0] != "error"


def _is_true(held: HeldPicture, expected: dict[int, list[tuple[int, float]]]) -> bool:
    return held.patches > 0 and all(
        held.rows.get(channel, []) == expected_rows(held, readings) for channel, readings in expected.items()
    )


@pytest.mark.parametrize("columns", [pytest.param(60, marks=pytest.mark.nightly), 4000])
def test_a_window_is_true_through_all_that_happens(
    scene: Scene, pool: Pool, archivist: Archivist, columns: int
) -> None:
    """Few columns are drawn in buckets, many as samples."""
    sensors = [scene.sensors[key] for key in scene.project.keys]
    with opened(scene.server, scene.person) as socket:
        client = LiveClient(socket)
        held_here = client.watch(sensors, WINDOW, columns=columns)
        assert held_here.kind == ("samples" if columns == 4000 else "buckets")
        follow_until_true(client, held_here, scene)
        assert sum(map(len, held_here.rows.values())) > 20

        late_us = np.array([FIRST_US + 500, FIRST_US + DAY_US + 7 * SECOND_US])
        scene.store(np.array([0, 1], np.int32), late_us, np.array([99.0, -99.0]))
        follow_until_true(client, held_here, scene)
        work_everything_off(pool)
        archivist.work()
        assert held(scene.server.database_url) == 782
        follow_until_true(client, held_here, scene)

        backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
        scene.work()
        follow_until_true(client, held_here, scene)
        work_everything_off(pool)
        archivist.work()
        scene.act(backfill, "undo")
        scene.work()
        follow_until_true(client, held_here, scene)
        patches = held_here.patches
        fresh = client.watch(sensors, WINDOW, 2, columns=columns)
        follow_until_true(client, fresh, scene)
        assert held_here.patches >= patches


def test_a_lost_file_ends_what_needs_it_and_nothing_else(
    scene: Scene, archivist: Archivist, tmp_path: Path
) -> None:
    del archivist
    sensors = [scene.sensors[key] for key in scene.project.keys]
    with opened(scene.server, scene.person) as socket:
        client = LiveClient(socket)
        old = client.watch(sensors, WINDOW, 1, columns=4000)
        follow_until_true(client, old, scene)
        client.watch(sensors, "-3600s", 2)
        ((name,),) = ask(
            scene.server.database_url, "select name from archive_file order by range_start limit 1"
        )
        (tmp_path / "kept" / name).unlink()
        scene.store(np.array([0], np.int32), np.array([FIRST_US + DAY_US // 2]), np.array([5.0]))
        refused = dict[int, str]()
        until_s = time.monotonic() + WITHIN_S
        while 1 not in refused:
            assert time.monotonic() < until_s
            kind, message = client.take()
            if kind == "error":
                assert message["code"] == "archive-unreadable"
                refused[message["id"]] = message["detail"]
        assert name in refused[1]
        fresh_us = now_us()
        scene.store(np.zeros(1, np.int32), np.array([fresh_us]), np.array([7.0]))
        while not any(row[0] == fresh_us for row in client.held[2].rows.get(0, [])):
            assert time.monotonic() < until_s
            client.take()
