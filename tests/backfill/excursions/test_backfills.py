"""Excursions after a recalibration and after its undo: those of the values that are stored then."""

import numpy as np

from barograph.times import DAY_US
from tests.alarms import FoundExcursion, add_limits, compute_excursions, excursions_of
from tests.backfill.recalibration.scene import Scene, samples
from tests.barograph.alarms.limits import Limit

LIMIT = Limit(slot=0, high=3.0)


def expected(scene: Scene) -> list[FoundExcursion]:
    """Of all that is stored of the first sensor."""
    readings = scene.readings()
    rows = np.flatnonzero(readings.sensor_id == scene.project.sensor_ids[0])
    violates = readings.physical[rows] > LIMIT.high
    parts = np.split(rows, np.flatnonzero(np.diff(violates)) + 1)
    return [
        FoundExcursion(
            int(readings.t_us[part[0]]), int(readings.t_us[part[-1]]), float(readings.physical[part].max())
        )
        for part in parts
        if readings.physical[part[0]] > LIMIT.high
    ]


def found(scene: Scene, limit_id: int) -> list[FoundExcursion]:
    compute_excursions(scene.server.database_url)
    return excursions_of(scene.server.database_url, limit_id)


def test_a_backfill_and_its_undo_compute_excursions_anew(scene: Scene) -> None:
    (limit_id,) = add_limits(scene.server.database_url, scene.project, LIMIT)
    sensor, t_us, raw = samples(2, 600)
    # Of yesterday noon: an excursion ends with its day.
    scene.store(sensor, t_us - t_us[0] % DAY_US - DAY_US // 2, raw)
    assert found(scene, limit_id) == expected(scene)
    before = expected(scene)
    assert before
    scene.activate("s0", "linear", {"slope": 5, "offset": 1})
    backfill = scene.ask()
    scene.work()
    assert found(scene, limit_id) == expected(scene) != before
    scene.act(backfill, "undo")
    scene.work()
    assert expected(scene) == before or scene.look(backfill)["status"] == "undone"
    assert found(scene, limit_id) == expected(scene)
