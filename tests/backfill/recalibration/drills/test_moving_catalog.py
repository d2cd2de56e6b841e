"""Backfills of a project whose catalog changes all the time."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import pytest

from backfill.recalibration.recalibrator import Recalibrator
from barograph.catalog.catalog import Catalog, CatalogCache
from tests.backfill.recalibration.scene import NEW, Scene, converted, samples
from tests.seed import change_catalog

WINDOW_READINGS = 1_000
MAX_STEPS = 50
# The plan of at most two chunks, its end, and the end of the backfill.
OTHER_STEPS = 4


class MovingCache(CatalogCache):
    """Whatever catalog it gives, the database has the next one by the time that anything is done with it."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._url = database_url
        self.looks = 0

    def current(self, connection: psycopg.Connection[Any], project_id: int) -> Catalog:
        catalog = super().current(connection, project_id)
        self._move(project_id)
        return catalog

    def with_holdings(
        self,
        connection: psycopg.Connection[Any],
        project_id: int,
        holdings: Sequence[Mapping[str, Any]],
    ) -> Catalog:
        catalog = super().with_holdings(connection, project_id, holdings)
        self._move(project_id)
        return catalog

    def _move(self, project_id: int) -> None:
        self.looks += 1
        with psycopg.connect(self._url) as connection:
            change_catalog(connection, project_id)


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_each_step_succeeds_at_once_however_fast_the_catalog_moves(scene: Scene, is_dry_run: bool) -> None:
    sensor, t_us, raw = samples(3, 2_000)
    scene.store(sensor, t_us, raw)
    named = scene.save("s0", "polynomial", NEW)
    backfill = scene.ask(profile=named, dry_run=is_dry_run)
    cache = MovingCache(scene.server.database_url)
    cache.open()
    worker = Recalibrator(
        scene.server.database_url, cache, window_readings=WINDOW_READINGS, rest=lambda _: None
    )
    steps = 0
    while (open_ones := worker.open_backfill_ids()) and steps < MAX_STEPS:
        worker.work_on(open_ones[0], turn_s=0)
        steps += 1
    cache.close()
    done = scene.look(backfill)
    assert (done["status"], done["readings_done"]) == ("finished", 2_000)
    assert done["windows_total"] >= 2
    assert cache.looks > done["windows_total"]
    assert steps <= done["windows_total"] + OTHER_STEPS  # none was in vain
    found = scene.readings()
    expected = converted("polynomial", NEW, raw[sensor == 0])
    assert (found.physical[: expected.size] == expected).all() is not is_dry_run
