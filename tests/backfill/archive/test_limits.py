"""What costs too much is refused, or answered coarser, over files as over rows; nothing becomes a fault."""

from pathlib import Path

import pytest

import barograph.archive.laying
from api.series.computed import flagged
from api.series.stored import slices
from backfill.archive.work import Archivist
from backfill.jobs.row_claims import Pool
from barograph.times import SECOND_US, format_us
from tests.api.live.watching import LiveClient, opened
from tests.backfill.archive.filing import TODAY_US, held, make_archivist
from tests.backfill.archive.test_law import FIRST_US, assert_alike, fill, questions
from tests.backfill.recalibration.scene import Scene

DENSE = {"from": format_us(FIRST_US + 3600 * SECOND_US), "to": format_us(FIRST_US + 3601 * SECOND_US)}


@pytest.fixture
def archivist(scene: Scene, pool: Pool, tmp_path: Path) -> Archivist:
    fill(scene, pool)
    return make_archivist(scene.server.database_url, tmp_path, scene.cache)


def test_where_rows_are_too_many_files_are(
    scene: Scene, archivist: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (slices, flagged):
        monkeypatch.setattr(module, "MAX_READINGS", 500)
    monkeypatch.setattr(slices, "SLICE_READINGS", 40)
    expected = questions(scene)
    assert {answer[0] for answer in expected.values() if isinstance(answer, tuple)} == {200, 422}
    archivist.work()
    assert held(scene.server.database_url) > 1000
    assert_alike(questions(scene), expected)


def test_what_takes_too_much_of_files_is_refused_or_coarser(
    scene: Scene, archivist: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    archivist.work()
    monkeypatch.setattr(barograph.archive.laying, "MAX_LAID_OPEN", 20)
    sensors = list(scene.sensors.values())
    refused = scene.person.get("/series", {"sensor": sensors, **DENSE, "bucket": "7ms"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (422, "too-much-archived")
    coarser = scene.person.get("/series", {"sensor": sensors, **DENSE, "max_points": "900"})
    assert coarser.status_code == 200, coarser.text
    whole = {"from": format_us(FIRST_US), "to": format_us(TODAY_US)}
    assert scene.person.get("/series", {"sensor": sensors, **whole, "columns": "40"}).status_code == 200
    with opened(scene.server, scene.person) as socket:
        client = LiveClient(socket)
        window = client.watch(sensors, f"-{6 * 86_400}s", columns=100)
        while not window.patches:
            assert client.take()[0] != "error"
