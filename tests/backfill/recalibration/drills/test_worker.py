"""Backfills by a real worker, whose catalog is older than what is asked of it."""

import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.backfill.recalibration.scene import NEW, Scene, converted, samples
from tests.programs import Program, running
from tests.seed import Project


@pytest.fixture
def worker(scene: Scene, redis_url: str, tmp_path: Path) -> Generator[Program]:
    environment = {"BAROGRAPH_REDIS_URL": redis_url}
    with running("backfill", scene.server.database_url, tmp_path / "log", environment) as worker:
        yield worker


@pytest.mark.usefixtures("worker")
def test_a_backfill_of_a_sensor_that_came_after_the_first_backfill_finishes(scene: Scene) -> None:
    scene.store(*samples(1, 100))
    wait_for(scene, scene.ask())
    later = with_new_sensor(scene, "later")
    later.store(*samples(1, 100))
    later.activate("later", "polynomial", NEW)
    wait_for(scene, later.ask(sensors=[later.sensors["later"]]))
    after = later.readings()
    np.testing.assert_array_equal(after.physical, converted("polynomial", NEW, after.raw))
    wait_for(scene, later.ask(profile=later.save("later", "identity", {})))
    after = later.readings()
    np.testing.assert_array_equal(after.physical, after.raw)


def with_new_sensor(scene: Scene, key: str) -> Scene:
    """The same project; its only sensor is the new one, which has a profile."""
    sensor = scene.person.made(f"/projects/{scene.project.public_id}/sensors", {"key": key})["id"]
    catalog = scene.cache.refresh(scene.project.id)
    own = Project(
        scene.project.id,
        scene.project.public_id,
        scene.project.token,
        scene.project.token_id,
        [key],
        [int(catalog.sensor_ids[catalog.slots[sensor]])],
    )
    later = Scene(scene.server, scene.person, own, scene.cache)
    later.activate(key, "identity", {})
    return later


def wait_for(scene: Scene, backfill: Mapping[str, Any], status: str = "finished") -> None:
    end = time.monotonic() + 60
    while (found := scene.look(backfill))["status"] != status:
        assert time.monotonic() < end, found
        time.sleep(0.1)
