"""A law: whatever was imported, streamed, recalibrated and undone, in any order, what is stored is what a
plain model says, and roll-ups equal it in every tier.

Times and raw values are few, so that many readings share both, also across imports and streams.
"""

from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from random import Random

import numpy as np
import pytest

from backfill.imports.undo import work_on_undos
from backfill.imports.work import work_on_imports
from backfill.jobs.row_claims import create_work_pool
from backfill.rollups import buckets
from backfill.rollups import refresh as rollup
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, now_us
from tests.backfill.imports.test_work import long_csv
from tests.backfill.imports.uploaded import Import, OwnedImporter, started
from tests.backfill.recalibration.scene import Scene, assert_same
from tests.backfill.rollups.expected import (
    assert_equal,
    assert_equal_fine,
    expected,
    expected_fine,
    stored,
    stored_fine,
    work_everything_off,
)
from tests.programs import url_of

START_US = (now_us() // DAY_US - 5) * DAY_US
TIMES = [
    START_US + day * DAY_US + offset_us
    for day in (0, 1)
    for offset_us in (0, 1, 10_000, SECOND_US, 7 * SECOND_US, MINUTE_US, 3600 * SECOND_US)
]
RAWS = [0.0, -0.0, 1.0, 2.5]
STEPS = 16
Key = tuple[str, int, str]
COUPLE = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}


@pytest.fixture
def importer(scene: Scene, tmp_path: Path) -> OwnedImporter:
    url = scene.server.database_url
    importer = OwnedImporter(url_of(ProgramRole.WORKER, url), scene.cache, tmp_path / "imports")
    importer.owner_url = url
    return importer


@pytest.fixture(autouse=True)
def sooner_fine() -> Generator[None]:
    """Minutes keep their seconds, and seconds their fine buckets, from few readings on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollup, "DENSE_READINGS", 3)
        patch.setattr(buckets, "FINE_BOUNDS", (2, 5))
        yield


class UndoSchedule:
    """Random steps, and the readings that there must be."""

    def __init__(self, scene: Scene, importer: OwnedImporter, seed: int) -> None:
        self.scene, self.importer, self.random = scene, importer, Random(seed)  # noqa: S311  # a schedule
        self.model: Counter[Key] = Counter()
        self.imports: list[tuple[Import, Counter[Key]]] = []

    def step(self) -> None:
        acts: list[Callable[[], None]] = [
            self.read_in,
            self.read_in,
            self.stream,
            self.recalibrate,
            self.undo_backfill,
            self.undo_import,
            self.undo_import,
            self.roll_up,
        ]
        self.random.choice(acts)()
        assert self.found() == self.model

    def draw(self) -> list[tuple[int, int, float]]:
        size = self.random.randint(1, 12)
        return [
            (self.random.randrange(3), self.random.choice(TIMES), self.random.choice(RAWS))
            for _ in range(size)
        ]

    def read_in(self) -> None:
        drawn = self.draw()
        content = long_csv(*((f"s{sensor}", format_us(t_us), raw) for sensor, t_us, raw in drawn))
        imported = started(
            self.importer, self.scene.project, content, batch_rows=self.random.choice([2, 5, 50])
        )
        work_on_imports(self.importer)
        assert imported.row()["accepted"] == len(drawn)
        self.imports.append((imported, keys(drawn)))
        self.model += keys(drawn)

    def stream(self) -> None:
        drawn = self.draw()
        sensor, t_us, raw = zip(*drawn, strict=True)
        self.scene.store(np.array(sensor, np.int32), np.array(t_us, np.int64), np.array(raw))
        self.model += keys(drawn)

    def recalibrate(self) -> None:
        payload = {"slope": self.random.randint(1, 9), "offset": self.random.random()}
        key = self.random.choice(["s1", "s2"])
        start_us, end_us = sorted(self.random.sample([*TIMES, TIMES[-1] + 1], 2))
        named = {"profile": self.scene.save(key, "linear", payload)} if self.random.random() < 0.7 else {}
        self.scene.ask(**{"from": format_us(start_us), "to": format_us(end_us)}, **named)
        self.scene.work()

    def undo_backfill(self) -> None:
        path = f"/projects/{self.scene.project.public_id}/backfills"
        for backfill in self.scene.person.read(path, status="finished")["items"]:
            if self.scene.person.post(f"/backfills/{backfill['id']}:undo").status_code == 200:
                self.scene.work()
                assert self.scene.look(backfill)["status"] == "undone"
                return

    def undo_import(self) -> None:
        if not self.imports:
            return
        imported, stored_keys = self.imports.pop(self.random.randrange(len(self.imports)))
        answer = self.scene.person.post(f"/imports/{imported.public_id}:undo")
        assert (answer.status_code, answer.json()["status"]) == (202, "undoing"), answer.text
        work_on_undos(self.importer.database_url, self.importer.catalogs)
        assert imported.row()["removed"] == stored_keys.total()
        self.model -= stored_keys

    def roll_up(self) -> None:
        with create_work_pool(self.scene.server.database_url, 2) as pool:
            work_everything_off(pool)

    def found(self) -> Counter[Key]:
        columns = self.scene.readings()
        places = np.searchsorted(self.scene.project.sensor_ids, columns.sensor_id).tolist()
        return keys(list(zip(places, columns.t_us.tolist(), columns.raw.tolist(), strict=True)))


def keys(readings: list[tuple[int, int, float]]) -> Counter[Key]:
    """By sensor, time and raw value, in which 0.0 is not -0.0."""
    return Counter((f"s{sensor}", t_us, str(raw)) for sensor, t_us, raw in readings)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 12))]
)
def test_what_is_stored_is_what_was_not_undone(
    scene: Scene,
    importer: OwnedImporter,
    seed: int,
) -> None:
    scene.activate("s0", "thermocouple", COUPLE)
    schedule = UndoSchedule(scene, importer, seed)
    schedule.read_in()
    for _ in range(STEPS):
        schedule.step()
    scene.work()
    scene.recalibrator.convert_due(turn_s=60)
    schedule.roll_up()
    url = scene.server.database_url
    assert_equal(stored(url), expected(url))
    assert_equal_fine(stored_fine(url), expected_fine(url))
    before = scene.readings()
    scene.ask(**{"from": format_us(TIMES[0]), "to": format_us(TIMES[-1] + 1)})
    scene.work()
    # Nothing was left to convert: what was made with readings that are gone has followed.
    assert_same(scene.readings(), before, "sensor_id", "t_us", "raw", "physical", "flags")
    while schedule.imports:
        schedule.undo_import()
    schedule.roll_up()
    assert schedule.found() == schedule.model
    assert_equal(stored(url), expected(url))
    assert_equal_fine(stored_fine(url), expected_fine(url))
