"""What was believed at an earlier time, through applications, undos and late readings."""

import numpy as np
import psycopg
import pytest

from barograph.times import format_time
from tests.backfill.recalibration.scene import NEW, OLD, Scene, converted, samples

NEWER = {"coefficients": [7, 1]}


def clock(scene: Scene) -> str:
    """The database's."""
    with psycopg.connect(scene.server.database_url) as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    return format_time(row[0])


def believed(scene: Scene, as_of: str | None) -> list[tuple[float, float, str | None]]:
    asked = {} if as_of is None else {"as_of": as_of}
    items = scene.person.read(f"/sensors/{scene.sensors['s0']}/readings", limit=10_000, **asked)["items"]
    return [(item["raw"], item["physical"], item["profile_id"]) for item in items]


def expected(kind: str, payload: object, raw: np.ndarray, profile: str) -> list[tuple[float, float, str]]:
    return [
        (r, p, profile) for r, p in zip(raw.tolist(), converted(kind, payload, raw).tolist(), strict=True)
    ]


@pytest.mark.parametrize("named", [False, True])
def test_each_time_has_the_values_that_were_stored_then(scene: Scene, named: bool) -> None:
    sensor, t_us, raw = samples(2, 3000)
    scene.store(sensor, t_us, raw)
    raw = raw[:3000]
    stored = believed(scene, None)
    first = stored[0][2]
    assert first is not None
    times = [clock(scene)]
    versions: list[tuple[str, object, str]] = [("linear", OLD, first)]
    backfill = None
    for payload in (NEW, NEWER):
        if named:
            profile = scene.save("s0", "polynomial", payload)
            backfill = scene.ask(profile=profile)
        else:
            profile = scene.activate("s0", "polynomial", payload)
            backfill = scene.ask()
        scene.work()
        times.append(clock(scene))
        versions.append(("polynomial", payload, profile))
    assert backfill is not None
    scene.act(backfill, "undo")
    scene.work()
    times.append(clock(scene))
    versions.append(versions[1])
    for time, (kind, payload, profile) in zip(times, versions, strict=True):
        assert believed(scene, time) == expected(kind, payload, raw, profile), time
    assert believed(scene, None) == believed(scene, times[-1])


def test_a_late_reading_has_its_own_value_at_all_times(scene: Scene) -> None:
    sensor, t_us, raw = samples(1, 2000)
    scene.store(sensor, t_us, raw)
    before = clock(scene)
    profile = scene.save("s0", "polynomial", NEW)
    scene.ask(profile=profile)
    # At the instant of a reading that was there before.
    scene.store(np.zeros(1, np.int32), t_us[:1], np.array([1000.0]))
    scene.work()
    scene.store(np.zeros(1, np.int32), t_us[:1], np.array([2000.0]))
    rows = {raw: (physical, by) for raw, physical, by in believed(scene, before)}
    new = converted("polynomial", NEW, np.array([1000.0, 2000.0])).tolist()
    assert [rows[1000.0], rows[2000.0]] == [(value, profile) for value in new]
    assert rows[raw[0]][0] == converted("linear", OLD, raw[:1])[0]
    assert rows[raw[0]][1] != profile


def test_whoever_may_not_see_raw_values_sees_what_was_believed(scene: Scene) -> None:
    scene.store(*samples(1, 100))
    before, then = believed(scene, None), clock(scene)
    scene.activate("s0", "polynomial", NEW)
    scene.ask()
    scene.work()
    scene.person.patch(f"/projects/{scene.project.public_id}", {"raw_access": "editors"})
    viewer = scene.server.person("viewer@example.org")
    scene.server.add_member(str(scene.project.public_id), viewer.email, "viewer")
    items = viewer.read(f"/sensors/{scene.sensors['s0']}/readings", limit=100, as_of=then)["items"]
    viewer.client.close()
    assert [item["physical"] for item in items] == [physical for _, physical, _ in before]
    assert "raw" not in items[0]
