"""Undo and `as_of` in a database that was dumped and restored: the same as in the one it comes from."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest

from backfill.jobs.row_claims import create_work_pool
from barograph.catalog.catalog import CatalogCache
from barograph.database.schema.migrations import migrate
from barograph.times import format_us
from tests.api.server import Person, serving
from tests.backfill.recalibration.history.history import clock
from tests.backfill.recalibration.history.restored import copy_database
from tests.backfill.recalibration.scene import NEW, Scene, assert_same, samples
from tests.backfill.rollups.expected import work_everything_off


@contextmanager
def restored(scene: Scene, database_url: str) -> Generator[Scene]:
    migrate(database_url)
    copy_database(scene.server.database_url, database_url)
    cache = CatalogCache(database_url)
    cache.open()
    with serving(database_url) as server:
        token = server.log_in(scene.person.email)["access_token"]
        with server.client(token) as client:
            yield Scene(server, Person(scene.person.email, client), scene.project, cache)
    cache.close()


def rows(scene: Scene, **asked: str) -> list[tuple[object, ...]]:
    items = scene.person.read(f"/sensors/{scene.sensors['s0']}/readings", limit=10_000, **asked)["items"]
    return [tuple(item.values()) for item in items]


@pytest.mark.parametrize(
    ("is_finished", "is_rolled_up"), [(True, False), pytest.param(False, True, marks=pytest.mark.nightly)]
)
def test_a_restored_database_undoes_the_same(
    scene: Scene, empty_database_url: str, is_finished: bool, is_rolled_up: bool
) -> None:
    sensor, t_us, raw = samples(1, 1500)
    late = np.zeros(20, np.int32)
    # The version has made values where another one holds since; they are as old as any.
    version = scene.activate("s0", "polynomial", NEW)
    scene.store(sensor[:300], t_us[:300], raw[:300])
    scene.activate("s0", "linear", {"slope": 5, "offset": 0})
    scene.store(sensor[300:], t_us[300:], raw[300:])
    if is_rolled_up:
        with create_work_pool(scene.server.database_url, 2) as pool:
            work_everything_off(pool)
    before, moments = scene.readings(), [clock(scene)]
    backfill = scene.ask(profile=version, **{"from": format_us(int(t_us[100]))})
    scene.store(late, t_us[200:220], raw[200:220] + 0.25)
    if is_finished:
        scene.work()
    else:
        scene.act(backfill, "cancel")
    scene.store(late, t_us[600:620], raw[600:620])
    moments.append(clock(scene))
    answers = [rows(scene, as_of=moment) for moment in moments]
    with restored(scene, empty_database_url) as other:
        assert [rows(other, as_of=moment) for moment in moments] == answers
        for each in (scene, other):
            each.act(backfill, "undo")
            each.work()
            assert each.look(backfill)["status"] == "undone"
        assert_same(other.readings(), scene.readings())
        assert rows(other) == rows(scene)
        assert [rows(other, as_of=moment) for moment in moments] == answers
    after = scene.readings()
    # What was there before is as it was, bit for bit; what came later is by the timeline that holds again.
    is_late = np.isin(np.arange(after.t_us.size), _places_of_late(after.t_us, after.raw, t_us, raw))
    assert_same(after.take(np.flatnonzero(~is_late)), before)
    np.testing.assert_array_equal(after.physical[is_late], 5 * after.raw[is_late])


def _places_of_late(
    stored_us: np.ndarray, stored_raw: np.ndarray, t_us: np.ndarray, raw: np.ndarray
) -> list[int]:
    """Of equal readings, the later one is made by the version that holds again, as the first is: either."""
    late = [(int(t), float(r) + 0.25) for t, r in zip(t_us[200:220], raw[200:220], strict=True)]
    late += [(int(t), float(r)) for t, r in zip(t_us[600:620], raw[600:620], strict=True)]
    found: list[int] = []
    for place, key in enumerate(zip(stored_us.tolist(), stored_raw.tolist(), strict=True)):
        if key in late:
            late.remove(key)
            found.append(place)
    return found
