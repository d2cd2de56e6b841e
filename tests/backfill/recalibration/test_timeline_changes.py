"""Timelines that change while backfills are open: in whatever order, one version's values remain."""

import random
from collections.abc import Mapping
from datetime import datetime
from threading import Thread
from typing import Any

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from barograph.catalog.timeline import BEGINNING_US, FOREVER_US
from barograph.times import DAY_US, format_us, now_us, to_us
from conversion import compile_profile
from tests.api.server import at_once
from tests.backfill.recalibration.scene import NEW, Scene, assert_same, samples

BEGINNING = "0001-01-01T00:00:00Z"


def step(scene: Scene, backfill: Mapping[str, Any], windows: int) -> None:
    """Works until so many windows are done."""
    while scene.look(backfill)["windows_done"] < windows:
        for open_one in scene.open_backfill_ids():
            scene.recalibrator.work_on(open_one, 0)


def expected(
    scene: Scene, key: str, t_us: NDArray[np.int64], raw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the sensor's timeline says of readings."""
    physical = np.full(raw.size, np.nan)
    profiles = {
        item["id"]: item
        for item in scene.person.read(f"/sensors/{scene.sensors[key]}/conversion-profiles", limit=500)[
            "items"
        ]
    }
    for piece in scene.person.read(f"/sensors/{scene.sensors[key]}/timeline")["items"]:
        profile = profiles[piece["profile_id"]]
        compiled = compile_profile({"kind": profile["kind"], "payload": profile["payload"]})
        start_us = bound_us(piece["valid_from"], BEGINNING_US)
        rows = (t_us >= start_us) & (t_us < bound_us(piece["valid_to"], FOREVER_US))
        physical[rows] = compiled.convert(raw[rows]).physical
    return physical


def bound_us(time: str | None, unbounded: int) -> int:
    return unbounded if time is None else to_us(datetime.fromisoformat(time))


def assert_follows_timeline(scene: Scene, *keys: str) -> None:
    stored = scene.readings()
    for key in keys:
        sensor_id = scene.project.sensor_ids[scene.project.keys.index(key)]
        rows = np.flatnonzero(stored.sensor_id == sensor_id)
        own = expected(scene, key, stored.t_us[rows], stored.raw[rows])
        np.testing.assert_array_equal(stored.physical[rows], own, err_msg=key)


def test_what_is_done_is_done_again_where_a_version_is_activated(scene: Scene) -> None:
    scene.store(*samples(2, 3000))
    before = scene.readings()
    middle = format_us(int(before.t_us[1500]))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    step(scene, backfill, 3)
    scene.activate("s0", "linear", {"slope": 7, "offset": 3}, valid_from=middle)
    scene.work()
    done = scene.look(backfill)
    assert (done["status"], done["windows_done"]) == ("finished", done["windows_total"])
    assert_follows_timeline(scene, "s0", "s1")
    # The effect is what has changed since before it began.
    after = scene.readings()
    is_s0 = after.sensor_id == scene.project.sensor_ids[0]
    change = (after.physical - before.physical)[is_s0]
    assert done["effect"][0]["max_change"] == np.abs(change).max()
    assert done["effect"][0]["mean_change"] == pytest.approx(change.mean())
    scene.act(backfill, "undo")
    scene.work()
    assert_same(scene.readings(), before)


def test_readings_that_came_where_no_window_is_follow_too(scene: Scene) -> None:
    scene.store(*samples(1, 100))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    scene.act(backfill, "pause")
    scene.act(backfill, "resume")
    while scene.look(backfill)["status"] == "planned":
        scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)
    # In a chunk that had nothing when it was planned.
    scene.store(np.zeros(1, np.int32), np.array([now_us() - 3 * DAY_US]), np.array([2.0]))
    scene.activate("s0", "linear", {"slope": 7, "offset": 3})
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    assert_follows_timeline(scene, "s0")


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_named_version_is_not_overridden_while_it_is_applied(scene: Scene, is_paused: bool) -> None:
    scene.store(*samples(1, 3000))
    middle = format_us(int(scene.readings().t_us[1500]))
    named, other = scene.save("s0", "polynomial", NEW), scene.save("s0", "identity", {})
    backfill = scene.ask(profile=named, **{"from": middle})
    step(scene, backfill, 1)
    if is_paused:
        scene.act(backfill, "pause")
    for act, body in ((f"{other}:activate", {"valid_from": BEGINNING}), (f"{named}:deprecate", None)):
        answer = scene.person.post(f"/conversion-profiles/{act}", body)
        assert (answer.status_code, backfill["id"] in answer.json()["detail"]) == (409, True), act
    # What changes nothing there is in nobody's way; nor is the same version.
    scene.person.made(f"/conversion-profiles/{other}:activate", {"valid_from": BEGINNING, "valid_to": middle})
    scene.person.made(f"/conversion-profiles/{named}:activate", {"valid_from": middle})
    if is_paused:
        scene.act(backfill, "resume")
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    scene.person.made(f"/conversion-profiles/{named}:deprecate")


def test_a_timeline_is_not_changed_under_an_undo(scene: Scene) -> None:
    scene.store(*samples(1, 3000))
    before = scene.readings()
    version = scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    scene.work()
    scene.act(backfill, "undo")
    step(scene, backfill, 1)
    scene.act(backfill, "pause")
    answer = scene.person.post(f"/conversion-profiles/{version}:deprecate")
    assert (answer.status_code, backfill["id"] in answer.json()["detail"]) == (409, True)
    scene.act(backfill, "resume")
    scene.work()
    assert_same(scene.readings(), before)


def test_a_dry_run_stands_in_nobodys_way_and_tells_of_the_timeline_at_its_end(scene: Scene) -> None:
    scene.store(*samples(1, 3000))
    scene.activate("s0", "polynomial", NEW)
    tried = scene.ask(dry_run=True)
    step(scene, tried, 2)
    scene.activate("s0", "linear", {"slope": 7, "offset": 3})
    scene.work()
    real = scene.ask()
    scene.work()
    assert scene.look(tried)["effect"] == scene.look(real)["effect"]
    assert_follows_timeline(scene, "s0")


def test_auxiliaries_whose_version_changes_bring_along_what_is_done(scene: Scene) -> None:
    """Windows of a sensor that needs another are done again after that one's."""
    couple = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}
    scene.activate("s1", "linear", {"slope": 100, "offset": 0})
    scene.activate("s0", "thermocouple", couple)
    t_us = now_us() - 600_000_000 + 1_000_000 * np.arange(100)
    junction, measured = np.linspace(0.1, 0.4, 100), np.linspace(1, 8, 100)
    scene.store(np.ones(100, np.int32), t_us, junction)
    scene.store(np.zeros(100, np.int32), t_us + 1000, measured)
    scene.activate("s1", "linear", {"slope": 90, "offset": 1})
    backfill = scene.ask()
    total = 0
    while total < 2 or scene.look(backfill)["windows_done"] < total:
        scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)
        total = scene.look(backfill)["windows_total"]
    scene.activate("s1", "linear", {"slope": 80, "offset": 2})
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    stored = scene.readings()
    values = stored.physical[stored.sensor_id == scene.project.sensor_ids[0]]
    profile = compile_profile({"kind": "thermocouple", "payload": couple})
    np.testing.assert_array_equal(values, profile.convert(measured, {"s1": 80 * junction + 2}).physical)


def test_what_needs_a_rewritten_sensor_is_not_forgotten_when_the_rest_is_cancelled(scene: Scene) -> None:
    couple = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}
    scene.activate("s1", "linear", {"slope": 100, "offset": 0})
    scene.activate("s0", "thermocouple", couple)
    t_us = now_us() - 600_000_000 + 1_000_000 * np.arange(100)
    junction, measured = np.linspace(0.1, 0.4, 100), np.linspace(1, 8, 100)
    scene.store(np.ones(100, np.int32), t_us, junction)
    scene.store(np.zeros(100, np.int32), t_us + 1000, measured)
    profile = compile_profile({"kind": "thermocouple", "payload": couple})
    scene.activate("s1", "linear", {"slope": 90, "offset": 1})
    backfill = scene.ask()
    step(scene, backfill, 1)
    scene.act(backfill, "cancel")
    for act, cold in (("", 90 * junction + 1), ("undo", 100 * junction)):
        if act:
            scene.act(backfill, act)
        scene.work()
        stored = scene.readings()
        values = stored.physical[stored.sensor_id == scene.project.sensor_ids[0]]
        np.testing.assert_array_equal(values, profile.convert(measured, {"s1": cold}).physical)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 12))]
)
def test_whatever_is_activated_between_windows_each_reading_follows_the_timeline(
    scene: Scene, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a schedule to repeat
    scene.store(*samples(2, 4000))
    stored = scene.readings()
    first_us, last_us = int(stored.t_us.min()), int(stored.t_us.max())
    versions = {
        key: [
            scene.save(key, "linear", {"slope": chance.uniform(1, 9), "offset": number})
            for number in range(4)
        ]
        for key in ("s0", "s1")
    }
    late = 0

    def activate() -> None:
        key = chance.choice(("s0", "s1"))
        start_us = chance.randint(first_us, last_us)
        bounds: dict[str, str] = {"valid_from": chance.choice((BEGINNING, format_us(start_us)))}
        if chance.random() < 0.5:
            bounds["valid_to"] = format_us(chance.randint(start_us + 1, last_us + DAY_US))
        answer = scene.person.post(f"/conversion-profiles/{chance.choice(versions[key])}:activate", bounds)
        assert answer.status_code in {200, 409}, answer.text

    def deprecate() -> None:
        version = chance.choice(versions[chance.choice(("s0", "s1"))])
        assert scene.person.post(f"/conversion-profiles/{version}:deprecate").status_code in {200, 409}

    def store() -> None:
        nonlocal late
        late += 1
        days = chance.choice((0, 0, 1, 2))
        t_us = chance.randint(first_us, last_us) - days * DAY_US
        scene.store(np.array([chance.randint(0, 1)], np.int32), np.array([t_us]), np.array([100.0 + late]))

    def rest() -> None:
        scene.person.post(f"/backfills/{backfill['id']}:{chance.choice(('pause', 'resume'))}")

    activate()
    is_named = seed % 3 == 0
    backfill = scene.ask(profile=versions["s0"][0]) if is_named else scene.ask()
    acts = 40
    while scene.look(backfill)["status"] != "finished":
        if acts > 0:
            chance.choice([activate, activate, deprecate, store, rest])()
        else:
            scene.person.post(f"/backfills/{backfill['id']}:resume")
        acts -= 1
        for open_one in scene.open_backfill_ids():
            scene.recalibrator.work_on(open_one, 0)
    assert_follows_timeline(scene, *(("s0",) if is_named else ("s0", "s1")))
    if is_named:
        (piece,) = scene.person.read(f"/sensors/{scene.sensors['s0']}/timeline")["items"]
        assert piece["profile_id"] == versions["s0"][0]


@pytest.mark.nightly
def test_activations_at_the_same_time_as_windows(scene: Scene) -> None:
    scene.store(*samples(2, 20_000))
    versions = [scene.save("s0", "linear", {"slope": slope, "offset": 5}) for slope in range(3, 23)]
    backfill = scene.ask()
    (open_one,) = scene.open_backfill_ids()

    def work() -> None:
        while scene.look(backfill)["status"] != "finished":
            scene.recalibrator.work_on(open_one, 0.1)

    def activate() -> None:
        for version in versions:
            scene.person.made(f"/conversion-profiles/{version}:activate", {"valid_from": BEGINNING})
            if scene.look(backfill)["status"] == "finished":
                return

    at_once(work, work, activate)
    stored = scene.readings()
    is_s0 = stored.sensor_id == scene.project.sensor_ids[0]
    assert np.unique(stored.profile_id[is_s0]).size == 1


def test_a_window_that_is_under_way_while_a_version_is_activated_begins_again(scene: Scene) -> None:
    scene.store(*samples(1, 500))
    scene.activate("s0", "polynomial", NEW)
    later = scene.save("s0", "linear", {"slope": 7, "offset": 3})
    backfill = scene.ask()
    while scene.look(backfill)["status"] == "planned":
        scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)
    with psycopg.connect(scene.server.database_url, autocommit=True) as connection:
        connection.execute(
            "create function wait() returns trigger language plpgsql as $$ begin"
            " perform pg_advisory_xact_lock(77); return new; end $$;"
            " create trigger wait before insert on backfill_saved for each row execute function wait();"
            " select pg_advisory_lock(77);"
        )
        worker = Thread(target=scene.work)
        worker.start()
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and objid = 77 and not granted"
        while connection.execute(waiting).fetchone() == (0,):
            assert worker.is_alive()
        # It has read and converted by the version before.
        scene.person.made(f"/conversion-profiles/{later}:activate", {"valid_from": BEGINNING})
        connection.execute("select pg_advisory_unlock(77)")
        worker.join()
    assert scene.look(backfill)["status"] == "finished"
    assert_follows_timeline(scene, "s0")
