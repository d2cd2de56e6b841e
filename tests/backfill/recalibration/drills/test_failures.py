"""What fails again and again ends with its reason, and stops nobody else."""

import numpy as np
import psycopg
import pytest

from backfill.recalibration.recalibrator import Recalibrator
from barograph.times import DAY_US, from_us
from tests.backfill.recalibration.scene import NEW, Scene, assert_same, converted, samples


def test_a_window_that_keeps_failing_ends_the_backfill(scene: Scene) -> None:
    scene.store(*samples(1, 10))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute("alter table backfill_saved add constraint never check (false)")
    scene.work()
    done = scene.look(backfill)
    assert (done["status"], "never" in done["error"]) == ("failed", True)
    scene.ask()  # its readings are free


def test_a_plan_that_keeps_failing_ends_the_backfill(scene: Scene) -> None:
    scene.store(*samples(1, 10))
    backfill = scene.ask()
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute("alter table backfill_window add constraint never check (false)")
    scene.work()
    done = scene.look(backfill)
    assert (done["status"], "never" in done["error"]) == ("failed", True)
    scene.ask()  # its readings are free


@pytest.mark.nightly
def test_a_window_that_always_takes_too_long_ends_the_backfill(scene: Scene) -> None:
    """Such a transaction loses its connection: who tries again begins with a new one."""
    scene.store(*samples(1, 10))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute(
            "create function dawdle() returns trigger language plpgsql as $$ begin"
            " perform pg_sleep(3); return new; end $$;"
            " create trigger dawdle before insert on backfill_saved execute function dawdle();"
        )
    recalibrator = Recalibrator(
        scene.server.database_url, scene.cache, window_readings=1000, transaction_timeout_s=1
    )
    while open_ones := recalibrator.open_backfill_ids():
        recalibrator.work_on(open_ones[0])
    done = scene.look(backfill)
    assert (done["status"], "connection" in done["error"]) == ("failed", True)


def test_a_sensor_may_be_deleted_while_it_is_converted(scene: Scene) -> None:
    scene.store(*samples(2, 10))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)  # one step: the plan of a chunk
    answer = scene.person.delete(f"/sensors/{scene.sensors['s2']}")  # has no readings
    assert answer.status_code == 204, answer.text
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    after = scene.readings()
    is_s0 = after.sensor_id == scene.project.sensor_ids[0]
    np.testing.assert_array_equal(after.physical[is_s0], converted("polynomial", NEW, after.raw[is_s0]))


def test_a_project_without_readings_may_be_deleted_while_one_is_open(scene: Scene) -> None:
    scene.ask()
    (open_one,) = scene.open_backfill_ids()
    project = f"/projects/{scene.project.public_id}"
    assert scene.person.delete(project).status_code == 204
    assert not scene.recalibrator.work_on(open_one)
    assert scene.open_backfill_ids() == []


def test_sessions_of_one_backfill_that_can_not_be_moved_stop_no_other(scene: Scene) -> None:
    scene.store(*samples(2, 10))
    _, session = scene.record("s0")
    scene.person.made(f"/capture-sessions/{session}:stop")
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute(
            "create function never() returns trigger language plpgsql as $$ begin"
            " if current_setting('application_name') = 'barograph-store' then raise 'never'; end if;"
            " return new; end $$;"
            " create trigger never before insert on backfill_session for each row execute function never();"
        )
    scene.ask(sensors=[scene.sensors["s0"]])
    other = scene.ask(sensors=[scene.sensors["s1"]])
    scene.work()
    assert scene.look(other)["status"] == "finished"


@pytest.mark.parametrize("is_undo", [False, True])
def test_readings_that_are_let_go_meanwhile_are_in_nobodys_way(scene: Scene, is_undo: bool) -> None:
    sensor, t_us, raw = samples(1, 1000)
    scene.store(sensor, t_us, raw)
    scene.store(sensor, t_us - 10 * DAY_US, raw)
    before = scene.readings()
    backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    if is_undo:
        scene.work()
        scene.act(backfill, "undo")
    while scene.look(backfill)["status"] == "planned":
        scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)
    older_than = from_us(int(t_us.min()) - 5 * DAY_US)
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute("select drop_old_chunk('reading', null, %s)", (older_than,))
    scene.work()
    assert scene.look(backfill)["status"] == ("undone" if is_undo else "finished")
    after = scene.readings()
    assert after.t_us.size == 1000
    if is_undo:
        assert_same(after, before.take(np.arange(1000, 2000)))
    else:
        np.testing.assert_array_equal(after.physical, converted("polynomial", NEW, after.raw))
