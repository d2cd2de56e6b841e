"""What was believed at an earlier time, through applications, undos and late readings."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg
import pytest

from backfill.exports.work import Exporter, work_on_exports
from backfill.housekeeping.retention import retain
from backfill.jobs.row_claims import create_work_pool
from barograph.database import block_format
from barograph.database.queries import query
from barograph.times import DAY_US, format_us, now_us
from tests.backfill.recalibration.history.history import clock
from tests.backfill.recalibration.scene import NEW, OLD, Scene, converted, samples
from tests.backfill.rollups.expected import work_everything_off

NEWER = {"coefficients": [7, 1]}


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


def roll_up_all(scene: Scene) -> None:
    with create_work_pool(scene.server.database_url, 2) as pool:
        work_everything_off(pool)


def series(scene: Scene, as_of: str | None, **asked: str) -> tuple[list[int], list[float], int]:
    """Counts and means of minutes, and how many versions made them."""
    given = {} if as_of is None else {"as_of": as_of}
    question = {"sensor": scene.sensors["s0"], "bucket": "1m", "stat": ["count", "mean"]}
    answer = scene.person.read("/series", **question, **given, **asked)
    (found,) = answer["series"]
    return found["count"], found["mean"], len(answer["meta"]["profiles"])


def test_a_series_is_answered_as_it_would_have_been_then(scene: Scene) -> None:
    sensor, t_us, raw = samples(1, 3000)
    scene.store(sensor, t_us, raw)
    roll_up_all(scene)
    minute = t_us // 60_000_000
    times = [clock(scene)]
    payloads: list[tuple[str, object]] = [("linear", OLD)]
    for payload in (NEW, NEWER):
        scene.ask(profile=scene.save("s0", "polynomial", payload), **{"from": format_us(int(t_us[1500]))})
        scene.work()
        roll_up_all(scene)
        times.append(clock(scene))
        payloads.append(("polynomial", payload))
    for time, (kind, payload) in zip(times, payloads, strict=True):
        physical = np.concatenate(
            [converted("linear", OLD, raw[:1500]), converted(kind, payload, raw[1500:])]
        )
        counts, means, versions = series(scene, time)
        assert counts == np.unique(minute, return_counts=True)[1].tolist()
        starts = np.flatnonzero(np.diff(minute, prepend=0))
        np.testing.assert_allclose(means, np.add.reduceat(physical, starts) / counts, rtol=1e-12)
        assert versions == (1 if payload is OLD else 2)
    assert series(scene, None) == series(scene, times[-1])
    samples_then = scene.person.read(
        "/series", sensor=scene.sensors["s0"], downsample="minmax", max_points=4000, as_of=times[0]
    )
    (found,) = samples_then["series"]
    np.testing.assert_array_equal(found["value"], converted("linear", OLD, raw))


# Of normally distributed raw values the first has none for half of the readings, the second for most, the
# third for all.
ROOT, RARE, NEVER = ({"expression": f"sqrt(raw - {lowest})"} for lowest in (0, 2, 100))


@pytest.mark.parametrize("fill", [pytest.param("previous", marks=pytest.mark.nightly), "linear"])
def test_what_is_carried_into_a_period_is_what_was_believed_then(scene: Scene, fill: str) -> None:
    sensor, t_us, raw = samples(2, 3000)
    scene.store(sensor, t_us, raw)
    # Between readings, so that the first buckets hold none.
    periods = [(int(t_us[index]) + 20_000, max_gap) for index in (2, 1500, 2999) for max_gap in (None, "1s")]

    def answers(as_of: str | None) -> list[object]:
        given = {} if as_of is None else {"as_of": as_of}
        return [
            scene.person.read(
                "/series",
                sensor=list(scene.sensors.values()),
                bucket="25ms",
                stat=["count", "last"],
                fill=fill,
                **{"from": format_us(from_us), "to": format_us(from_us + 500_000)},
                **({} if max_gap is None else {"max_gap": max_gap}),
                **given,
            )["series"]
            for from_us, max_gap in periods
        ]

    times, expected = [clock(scene)], [answers(None)]
    for expression in (ROOT, RARE, NEVER, ROOT):
        scene.ask(profile=scene.save("s0", "expression", expression))
        scene.work()
        times.append(clock(scene))
        expected.append(answers(None))
    assert expected[0] != expected[1] != expected[3]
    assert [answers(time) for time in times] == expected


def test_what_was_believed_of_readings_that_are_gone_is_told_only_if_it_is_known(scene: Scene) -> None:
    start_us = (now_us() // DAY_US - 3) * DAY_US
    t_us = start_us + 100_000 * np.arange(1200)
    raw = np.arange(1200) / 7
    scene.store(np.zeros(1200, np.int32), np.concatenate([t_us[:600], t_us[:600] + DAY_US]), raw)
    roll_up_all(scene)
    before = clock(scene)
    scene.ask(profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    roll_up_all(scene)
    period = {"from": format_us(start_us), "to": format_us(start_us + 2 * DAY_US)}
    after, now = clock(scene), series(scene, None, **period)
    known = {"from": format_us(start_us + DAY_US), "to": period["to"]}
    then = series(scene, before, **known)
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute("update project set raw_keep_days = 2")
    retain(scene.server.database_url)
    with psycopg.connect(scene.server.database_url) as connection:
        gone = connection.execute(query("housekeeping.expire_saved")).rowcount
    assert gone == 1
    assert series(scene, after, **period) == series(scene, None, **period) == now
    assert series(scene, before, **known) == then
    question = {"sensor": scene.sensors["s0"], "bucket": "1m", "as_of": before}
    refused = scene.person.get("/series", question | period)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("believed-gone")
    assert known["from"] in refused.json()["detail"]


def test_every_version_that_made_values_is_named(scene: Scene) -> None:
    """Also one whose number lies between those of others."""
    sensor, t_us, raw = samples(1, 300)
    for number in range(3):
        if number:
            scene.activate("s0", "linear", {"slope": number + 2, "offset": 0})
        part = slice(number * 100, number * 100 + 100)
        scene.store(sensor[part], t_us[part], raw[part])
    then, question = clock(scene), {"sensor": scene.sensors["s0"], "bucket": "1m"}
    before = scene.person.read("/series", **question)["meta"]["profiles"]
    assert len(before) == 3
    scene.ask(profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    assert len(scene.person.read("/series", **question)["meta"]["profiles"]) == 1
    assert scene.person.read("/series", as_of=then, **question)["meta"]["profiles"] == before


@pytest.mark.nightly
@pytest.mark.parametrize("min_readings", [1, 100])
def test_equal_readings_are_told_apart_on_pages_of_any_size(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, min_readings: int
) -> None:
    """Some came before a rewriting, some after it; time and raw value are the same, in rows and in blocks."""
    monkeypatch.setattr(block_format, "MIN_READINGS", min_readings)
    t_us, number = np.full(4, now_us() - 60_000_000), np.zeros(4, np.int32)
    path, moments, answers = f"/sensors/{scene.sensors['s0']}/readings", list[str](), list[list[Any]]()
    for slope in (5, 3, 4):
        scene.store(number, t_us, np.array([1.0, 1.0, 2.0, 2.0]))
        scene.activate("s0", "linear", {"slope": slope, "offset": 0})
        scene.store(number, t_us, np.array([1.0, 1.0, 2.0, 2.0]))
        answers.append(scene.person.read(path, limit=100)["items"])
        moments.append(clock(scene))
        scene.ask()
        scene.work()
    for order, limit in product(("asc", "desc"), (1, 2, 5)):
        for moment, expected in zip(moments, answers, strict=True):
            found = read_by_pages(scene, path, order=order, limit=limit, as_of=moment)
            left = list(found)
            for item in expected:
                left.remove(item)
            assert len(left) == 24 - len(expected), (order, limit)
            values = [(item["raw"], item["physical"]) for item in found]
            assert values == sorted(values, reverse=order == "desc"), (order, limit)


def read_by_pages(scene: Scene, path: str, **asked: str | int) -> list[Any]:
    """What pages hold, the 24 readings that there are at most."""
    found, cursor = list[Any](), dict[str, str]()
    while len(found) < 24:
        page = scene.person.read(path, **asked, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    return found


def test_a_wide_file_that_is_made_has_the_values_of_its_time(scene: Scene, tmp_path: Path) -> None:
    sensor, t_us, raw = samples(2, 500)
    scene.store(sensor, t_us, raw)
    before = clock(scene)
    stored = [each[1] for each in believed(scene, None)]
    scene.activate("s0", "polynomial", NEW)
    scene.ask()
    scene.work()
    question = {
        "sensor": ["s0", "s1"],
        "from": format_us(int(t_us.min())),
        "to": format_us(int(t_us.max()) + 1),
        "shape": "wide",
        "as_of": before,
    }
    made = scene.person.made(f"/projects/{scene.project.public_id}/exports", question)
    assert made["question"]["as_of"] == before
    work_on_exports(Exporter(scene.server.database_url, tmp_path, spare_bytes=0))
    (file,) = tmp_path.iterdir()
    assert (
        pl.read_parquet(file)["s0"].drop_nulls().to_list()
        == stored
        != [each[1] for each in believed(scene, None)]
    )
