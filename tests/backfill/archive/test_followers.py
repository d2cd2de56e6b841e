"""What follows from archived readings: auxiliaries, buckets, commands, and files in a bucket."""

import json
from collections.abc import Generator
from pathlib import Path

import numpy as np
import psycopg
import pytest

from backfill.jobs.row_claims import Pool
from barograph.__main__ import main
from barograph.archive.shelf import Shelf
from barograph.archive.statements import with_archived_sync
from barograph.times import DAY_US, SECOND_US, from_us, now_us
from tests.backfill.archive.filing import TODAY_US, everything, held, make_archivist, rows
from tests.backfill.recalibration.scene import Scene
from tests.backfill.rollups.expected import work_everything_off
from tests.servers.bucket import KEYS, bucket_server

COUPLE = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}
OLD_US = TODAY_US - 3 * DAY_US


def fill(scene: Scene, pool: Pool) -> None:
    t_us = np.tile(OLD_US + np.arange(50) * SECOND_US, 2)
    scene.store(np.repeat(np.arange(2, dtype=np.int32), 50), t_us, np.arange(100, dtype=np.float64) * 0.25)
    work_everything_off(pool)


def test_a_sensor_that_others_come_to_need_is_rows_again(scene: Scene, pool: Pool, tmp_path: Path) -> None:
    database_url = scene.server.database_url
    fill(scene, pool)
    archivist = make_archivist(database_url, tmp_path, scene.cache)
    archivist.work()
    assert held(database_url) == 100
    scene.activate("s2", "thermocouple", COUPLE)
    late_us = OLD_US + 10 * SECOND_US + 1
    scene.store(np.array([2], np.int32), np.array([late_us]), np.array([0.5]))
    (late,) = rows(database_url, scene.project)
    assert late[3] is None
    archivist.work()
    scene.recalibrator.convert_due()
    found = [row for row in rows(database_url, scene.project) if row[0] == scene.project.sensor_ids[2]]
    assert len(found) == 1
    assert found[0][3] is not None
    assert held(database_url) == 50
    work_everything_off(pool)
    archivist.work()
    assert held(database_url) == 51


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    with bucket_server(tmp_path) as server:
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        yield server.make("readings")


def test_files_may_lie_in_a_bucket(scene: Scene, pool: Pool, tmp_path: Path, bucket: str) -> None:
    database_url = scene.server.database_url
    fill(scene, pool)
    before = rows(database_url, scene.project)
    shelf = Shelf(bucket)
    make_archivist(database_url, tmp_path, scene.cache, shelf=shelf).work()
    assert held(database_url) == 100
    assert everything(database_url, scene.project) == before
    ((name, _),) = shelf.names()
    assert name.endswith(".parquet")
    shelf.remove(name)
    assert list(shelf.names()) == []


def test_commands_tell_verify_and_restore(
    scene: Scene,
    pool: Pool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database_url = scene.server.database_url
    fill(scene, pool)
    before = rows(database_url, scene.project)
    make_archivist(database_url, tmp_path / "archive", scene.cache).work()
    monkeypatch.setenv("BAROGRAPH_DATABASE_URL", database_url)
    monkeypatch.setenv("BAROGRAPH_DATA_DIR", str(tmp_path))

    def said(*words: str, code: int = 0) -> dict[str, object] | list[dict[str, object]]:
        capsys.readouterr()
        assert main([*words, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    (file,) = said("archive", "status")
    assert isinstance(file, dict)
    assert (file["held"], file["sensors"]) == (100, 2)
    assert said("archive", "verify") == {"files": 1, "faults": []}
    path = tmp_path / "archive" / "kept" / str(file["name"])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    assert said("archive", "verify", code=1) != {"files": 1, "faults": []}
    path.write_bytes(whole)
    project = str(scene.project.public_id)
    assert said("archive", "restore", "--project", project, "--sensor", "s0") == {"files": 1, "readings": 50}
    assert said("archive", "restore", "--project", project) == {"files": 1, "readings": 50}
    assert rows(database_url, scene.project) == before


def test_statements_are_cheap_where_nothing_can_be_archived(scene: Scene) -> None:
    """Of the last hours the database is not even asked."""
    asked = {"sensor_ids": [1], "from": from_us(now_us() - 3600 * SECOND_US), "to": from_us(now_us())}
    with psycopg.connect(scene.server.database_url) as connection:
        connection.close()
        assert "archived_reading" not in with_archived_sync(connection, "export.pages", asked)
