"""What was made with readings of an import is made again once it is undone: measures and excursions."""

from pathlib import Path

import numpy as np
import pytest

from backfill.housekeeping.retention import retain
from backfill.imports.undo import work_on_undos
from backfill.imports.work import work_on_imports
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, from_us, now_us
from tests.alarms import FoundExcursion, add_limits, compute_excursions, excursions_of
from tests.backfill.imports.test_work import long_csv
from tests.backfill.imports.uploaded import Import, OwnedImporter, started
from tests.backfill.measures.truth import assert_right, compute_measures, settle, values_of
from tests.backfill.recalibration.scene import Scene
from tests.barograph.alarms.limits import Limit
from tests.ingest.database import ask
from tests.programs import url_of

# Noon, days ago: no midnight is near.
BEGIN_US = (now_us() // DAY_US - 5) * DAY_US + DAY_US // 2
STATS = ("count", "mean", "max", "last", "stddev", "p95", "time_weighted_mean")


@pytest.fixture
def importer(scene: Scene, tmp_path: Path) -> OwnedImporter:
    url = scene.server.database_url
    importer = OwnedImporter(url_of(ProgramRole.WORKER, url), scene.cache, tmp_path / "imports")
    importer.owner_url = url
    return importer


def store_quiet(scene: Scene) -> None:
    """A minute of a reading a second of the first sensor, and of the second one a little later."""
    second = np.arange(60)
    for sensor in (0, 1):
        t_us = BEGIN_US + second * SECOND_US + sensor * 700_000
        scene.store(np.full(60, sensor, np.int32), t_us, (second % 7).astype(np.float64) / 4)


def read_loud(scene: Scene, importer: OwnedImporter) -> Import:
    """Much greater values, also in the minute after, of which nothing else is stored."""
    rows = [("s0", format_us(BEGIN_US + n * SECOND_US + 500_000), 50 + n) for n in range(0, 120, 10)]
    imported = started(importer, scene.project, long_csv(*rows), batch_rows=5)
    work_on_imports(importer)
    assert imported.row()["accepted"] == len(rows)
    return imported


def take_back(scene: Scene, importer: OwnedImporter, imported: Import) -> None:
    assert scene.person.post(f"/imports/{imported.public_id}:undo").status_code == 202
    work_on_undos(importer.database_url, importer.catalogs)
    assert imported.row()["status"] == "undone"


def capture(scene: Scene) -> str:
    """A run over two minutes, measured by each statistic; also where the sensor itself is loud."""
    project = f"/projects/{scene.project.public_id}"
    for stat in STATS:
        scene.person.made(f"{project}/measures", {"name": stat, "sensor": "s0", "stat": stat})
    loud = {"sensor": "s0", "above": 40}
    for body in (
        {"name": "loud", "sensor": "s1", "stat": "duration", "when": loud},
        {"name": "beside", "sensor": "s1", "stat": "mean", "when": loud, "over": "capture_session"},
    ):
        scene.person.made(f"{project}/measures", body)
    experiment = scene.person.made(f"{project}/experiments", {"name": "e"})["id"]
    run = scene.person.made(f"/experiments/{experiment}/runs", {"name": "r", "status": "running"})["id"]
    for key in ("s0", "s1"):
        assert scene.person.send("PUT", f"/runs/{run}/sensors/{scene.sensors[key]}").status_code == 200
    session = scene.person.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    scene.person.made(f"/capture-sessions/{session}:stop", {})
    bounds = {"started_at": format_us(BEGIN_US), "stopped_at": format_us(BEGIN_US + 2 * MINUTE_US)}
    assert scene.person.patch(f"/capture-sessions/{session}", bounds).status_code == 200
    assert scene.person.patch(f"/runs/{run}", {"status": "finished"}).status_code == 200
    return run


def numbers(scene: Scene, run: str) -> dict[str, float | None]:
    assert not any(each["is_stale"] for each in values_of(scene, run))
    return {each["name"]: each["value"] for each in values_of(scene, run)}


def test_measures_follow_an_import_and_its_undo(scene: Scene, importer: OwnedImporter) -> None:
    store_quiet(scene)
    run = capture(scene)
    settle(scene)
    before = numbers(scene, run)
    assert before["count"] == 60
    imported = read_loud(scene, importer)
    assert_right(scene, run)
    settle(scene)
    loud = numbers(scene, run)
    assert loud["count"] == 72
    assert not [name for name in before if loud[name] == before[name]]
    take_back(scene, importer, imported)
    assert all(each["is_stale"] for each in values_of(scene, run))
    compute_measures(scene.server.database_url)
    assert_right(scene, run)
    settle(scene)
    assert numbers(scene, run) == before
    assert assert_right(scene, run) == len(before)
    told = ask(
        scene.server.database_url,
        "select payload ->> 'name', (payload ->> 'value')::float8 from event where kind = 'measure.changed'"
        " order by id",
    )
    for name in before:
        assert [value for of, value in told if of == name] == [before[name], loud[name], before[name]]


def test_measures_and_roll_ups_follow_an_undo_that_retention_comes_upon(
    scene: Scene, importer: OwnedImporter
) -> None:
    """The bound is due just above them: it waits for them."""
    store_quiet(scene)
    run = capture(scene)
    settle(scene)
    before = numbers(scene, run)
    imported = read_loud(scene, importer)
    settle(scene)
    url = scene.server.database_url
    # As if it had been raised the day before.
    ask(
        url,
        "update project set raw_from = %s, raw_keep_days = %s, catalog_version = catalog_version + 1",
        from_us(BEGIN_US - DAY_US // 2),
        now_us() // DAY_US - BEGIN_US // DAY_US - 1,
    )
    take_back(scene, importer, imported)
    retain(url_of(ProgramRole.WORKER, url))
    settle(scene)
    retain(url_of(ProgramRole.WORKER, url))
    settle(scene)
    assert ask(url, "select count(*) from any_reading") == [(0,)]
    assert numbers(scene, run) == before


def test_excursions_follow_an_import_and_its_undo(scene: Scene, importer: OwnedImporter) -> None:
    """One that the import made goes, and one that it has split and enlarged is whole again."""
    url = scene.server.database_url
    (limit_id,) = add_limits(url, scene.project, Limit(slot=0, high=3.0))
    high = np.full(20, 4.0)
    t_us = BEGIN_US + np.arange(20) * SECOND_US
    scene.store(np.zeros(20, np.int32), t_us, high)
    compute_excursions(url)
    before = excursions_of(url, limit_id)
    assert [(each.from_us, each.to_us) for each in before] == [(t_us[0], t_us[-1])]
    rows = [
        ("s0", format_us(BEGIN_US + 5 * SECOND_US + 1), 100),
        ("s0", format_us(BEGIN_US + 10 * SECOND_US + 1), -5),
        ("s0", format_us(BEGIN_US + 90 * SECOND_US), 50),
    ]
    imported = started(importer, scene.project, long_csv(*rows))
    work_on_imports(importer)
    compute_excursions(url)
    split = excursions_of(url, limit_id)
    # The second goes on to the last reading: nothing clears the limit before that.
    assert len(split) == 2
    assert max(each.extreme for each in split) > max(each.extreme for each in before)
    take_back(scene, importer, imported)
    compute_excursions(url)
    found: list[FoundExcursion] = excursions_of(url, limit_id)
    assert found == before
