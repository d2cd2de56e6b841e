"""The moment of a change is that of its commit, whatever the transaction does before."""

import threading
from typing import Any

import psycopg

from tests.backfill.recalibration.history.history import clock
from tests.backfill.recalibration.scene import NEW, Scene, samples

NEWER = {"coefficients": [7, 1]}
ROUNDS = 2


def answer(scene: Scene, **asked: str) -> list[tuple[Any, ...]]:
    items = scene.person.read(f"/sensors/{scene.sensors['s0']}/readings", limit=300, **asked)["items"]
    return [(item["time"], item["physical"], item["profile_id"]) for item in items]


def test_an_answer_is_what_as_of_says_of_its_moment(scene: Scene) -> None:
    """Rewriting takes long between what it saves and its commit; people ask all the while."""
    scene.store(*samples(1, 2000))
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute(
            "create function be_slow() returns trigger language plpgsql as"
            " 'begin perform pg_sleep(0.3); return null; end'"
        )
        connection.execute(
            "create trigger be_slow before insert on reading for each statement execute function be_slow()"
        )
    versions = [scene.save("s0", "polynomial", payload) for payload in (NEW, NEWER)]
    failures: list[BaseException] = []

    def rewrite() -> None:
        try:
            for number in range(ROUNDS):
                scene.ask(profile=versions[number % 2])
                scene.work()
        except BaseException as error:  # noqa: BLE001  # told to the test
            failures.append(error)

    thread = threading.Thread(target=rewrite)
    thread.start()
    asked: list[tuple[str, list[tuple[Any, ...]], str]] = []
    while thread.is_alive():
        before = clock(scene)
        found = answer(scene)
        asked.append((before, found, clock(scene)))
    thread.join()
    assert not failures
    seen: list[list[tuple[Any, ...]]] = []
    for before, found, after in asked:
        # The answer is of some moment between the two.
        assert found in (answer(scene, as_of=before), answer(scene, as_of=after)), (before, after)
        if found not in seen:
            seen.append(found)
    assert len(seen) > 2  # both versions, and what was there before


def test_what_is_cut_again_keeps_its_moment(scene: Scene) -> None:
    """Windows that have grown are cut again when they are undone; what they replaced was replaced then."""
    sensor, t_us, raw = samples(1, 1000)
    scene.store(sensor, t_us, raw)
    before, then = answer(scene), clock(scene)
    backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    between, middle = answer(scene), clock(scene)
    scene.store(sensor.repeat(3), t_us.repeat(3) + 7, raw.repeat(3))
    scene.act(backfill, "undo")
    scene.work()
    assert scene.look(backfill)["windows_total"] > 1
    times = {row[0] for row in before}
    for moment, expected in ((then, before), (middle, between)):
        found = [row for row in answer(scene, as_of=moment) if row[0] in times]
        assert found == expected[: len(found)]
        assert found
