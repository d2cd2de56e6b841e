"""Undo after windows have grown, and after it has failed."""

from itertools import product
from pathlib import Path

import numpy as np
import psycopg
import pytest

from backfill.jobs.row_claims import Pool
from barograph.times import DAY_US
from conversion import Flag
from tests.backfill.archive.filing import Filing, make_archivist
from tests.backfill.recalibration.scene import NEW, OLD, Scene, assert_same, converted, samples
from tests.row_storage import make_rows

MINUTE_US = 60_000_000
# Old enough to be filed.
AGO_US = 3 * DAY_US


@pytest.fixture(params=["rows", "files"])
def filing(request: pytest.FixtureRequest, scene: Scene, pool: Pool, tmp_path: Path) -> Filing:
    """Of readings that are to be rewritten: they stay rows, or lie in files whenever somebody begins to."""
    database_url = scene.server.database_url
    archivist = make_archivist(database_url, tmp_path, scene.cache) if request.param == "files" else None
    return Filing(archivist, database_url, pool)


@pytest.mark.parametrize(
    ("filing", "named", "offset_us"),
    [
        ("rows", False, 2 * MINUTE_US),
        ("files", True, -2 * MINUTE_US),
        *(
            pytest.param(*others, marks=pytest.mark.nightly)
            for others in product(("rows", "files"), (False, True), (-2 * MINUTE_US, 2 * MINUTE_US))
            if others not in {("rows", False, 2 * MINUTE_US), ("files", True, -2 * MINUTE_US)}
        ),
    ],
    indirect=["filing"],
)
def test_a_window_that_grows_where_nothing_was_is_undone(
    scene: Scene, filing: Filing, named: bool, offset_us: int
) -> None:
    """Cut again, some of its pieces have nothing saved."""
    scene.store(*samples(2, 200, ago_us=AGO_US))
    before = scene.readings()
    filing.file()
    version = scene.save("s0", "polynomial", NEW)
    if not named:
        scene.person.made(f"/conversion-profiles/{version}:activate", {"valid_from": "0001-01-01T00:00:00Z"})
    backfill = scene.ask(profile=version) if named else scene.ask()
    scene.work()
    times = before.t_us[0] + offset_us + np.arange(5_000)
    late = np.zeros(5_000, np.int32), times, np.random.default_rng(1).normal(size=5_000)
    scene.store(*late)
    filing.file()
    scene.act(backfill, "undo")
    scene.work()
    done = scene.look(backfill)
    assert (done["status"], done["error"]) == ("undone", None)
    filing.take_back(scene.project)
    after = scene.readings()
    is_late = np.isin(after.t_us, times)
    assert_same(after.take(np.flatnonzero(~is_late)), before)
    kind, payload = ("linear", OLD) if named else ("polynomial", NEW)
    np.testing.assert_array_equal(after.physical[is_late], converted(kind, payload, after.raw[is_late]))


@pytest.mark.parametrize(
    ("filing", "named"),
    [
        ("rows", False),
        ("files", True),
        pytest.param("rows", True, marks=pytest.mark.nightly),
        pytest.param("files", False, marks=pytest.mark.nightly),
    ],
    indirect=["filing"],
)
def test_an_undo_that_failed_is_asked_for_again_and_completes(
    scene: Scene, filing: Filing, named: bool
) -> None:
    scene.store(*samples(2, 3000, ago_us=AGO_US))
    before = scene.readings()
    filing.file()
    version = scene.save("s0", "polynomial", NEW)
    if not named:
        scene.person.made(f"/conversion-profiles/{version}:activate", {"valid_from": "0001-01-01T00:00:00Z"})
    backfill = scene.ask(profile=version) if named else scene.ask()
    scene.work()
    late_us = int(before.t_us[-1]) + 1
    scene.store(np.zeros(1, np.int32), np.array([late_us]), np.array([9.0]))
    # The second window to be undone fails, until somebody has set it right.
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute(
            "create function never() returns trigger language plpgsql as $$ begin"
            " if exists (select from backfill_window where undone_at is not null)"
            " then raise 'never'; end if; return new; end $$;"
            " create trigger never before update of undone_at on backfill_window"
            " for each row when (new.undone_at is not null) execute function never();"
        )
    filing.file()
    scene.act(backfill, "undo")
    scene.work()
    half = scene.look(backfill)
    assert (half["status"], half["windows_done"], "never" in half["error"]) == ("failed", 1, True)
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute("drop trigger never on backfill_window")
    assert scene.act(backfill, "undo")["status"] == "undoing"
    scene.work()
    done = scene.look(backfill)
    assert (done["status"], done["error"]) == ("undone", None)
    filing.take_back(scene.project)
    after = scene.readings()
    assert_same(after.take(np.flatnonzero(after.t_us != late_us)), before)
    late = after.take(np.flatnonzero(after.t_us == late_us))
    assert late.physical.tolist() == [19.0 if named else 0.5 + 27 + 0.25 * 81]
    answer = scene.person.post(f"/backfills/{backfill['id']}:undo")
    assert (answer.status_code, "undone" in answer.json()["detail"]) == (409, True)


def test_that_a_value_was_rounded_stays_said(scene: Scene, filing: Filing) -> None:
    scene.store(*samples(2, 100, ago_us=AGO_US))
    with psycopg.connect(scene.server.database_url) as connection:
        make_rows(connection)
        connection.execute("update reading set flags = %s where raw > 0", (int(Flag.ROUNDED),))
    before = scene.readings()
    filing.file()
    assert 0 < np.count_nonzero(before.flags) < before.flags.size
    backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    filing.take_back(scene.project)
    after = scene.readings()
    assert not np.array_equal(after.physical, before.physical)
    np.testing.assert_array_equal(after.flags & Flag.ROUNDED, before.flags)
    filing.file()
    scene.act(backfill, "undo")
    scene.work()
    filing.take_back(scene.project)
    assert_same(scene.readings(), before)
