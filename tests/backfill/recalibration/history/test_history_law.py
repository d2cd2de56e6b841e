"""A law: as of any moment, an answer is what was answered at that moment.

Random schedules of late readings and auxiliaries, activations, backfills, undos, roll-ups and retention; a
model keeps what was answered when. Times and raw values are few, so that many readings share both.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest

from backfill.housekeeping.retention import retain
from backfill.jobs.row_claims import create_work_pool
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_time, format_us, now_us, parse_time, to_us
from tests.api.exports.reading import FORMATS, export, said_in, table_of
from tests.backfill.recalibration.history.history import History, Reading, buckets
from tests.backfill.recalibration.scene import Scene
from tests.backfill.rollups.expected import work_everything_off

DAYS = 5
START_US = (now_us() // DAY_US - DAYS - 1) * DAY_US
LATER_US = START_US + DAY_US
TIMES = [
    start_us + offset_us
    for start_us in (START_US, LATER_US)
    for offset_us in (0, 1, SECOND_US, 7 * SECOND_US, MINUTE_US, 61 * SECOND_US, 3600 * SECOND_US)
]
RAWS = [0.0, 1.0, 2.5]
STEPS, FEW_STEPS = 22, 6
COUPLE = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}
STATS = ("count", "mean", "min", "max", "first", "last")


@pytest.fixture
def history(scene: Scene) -> History:
    """Nothing is stored; s0 measures against s1."""
    scene.activate("s0", "thermocouple", COUPLE)
    path = f"/projects/{scene.project.public_id}/experiments"
    experiment = scene.person.made(path, {"name": "history"})["id"]
    run = scene.person.made(f"/experiments/{experiment}/runs", {"name": "run"})["id"]
    for sensor in scene.sensors.values():
        scene.person.send("PUT", f"/runs/{run}/sensors/{sensor}")
    session = scene.person.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    scene.person.made(f"/capture-sessions/{session}:stop")
    bounds = {"started_at": format_us(START_US), "stopped_at": format_us(LATER_US + DAY_US)}
    assert scene.person.patch(f"/capture-sessions/{session}", bounds).status_code == 200
    return History(scene, session)


class Schedule:
    """Random steps."""

    def __init__(self, history: History, seed: int) -> None:
        self.history, self.scene, self.random = history, history.scene, Random(seed)  # noqa: S311  # a schedule
        self.versions: list[str] = []

    def step(self) -> None:
        acts: list[Callable[[], None]] = [
            self.arrive,
            self.arrive,
            self.activate,
            self.recalibrate,
            self.recalibrate,
            self.undo,
            self.scene.recalibrator.convert_due,
            self.roll_up,
        ]
        self.random.choice(acts)()
        self.history.record()

    def arrive(self) -> None:
        size = self.random.randint(1, 6)
        t_us, raw = self.random.choices(TIMES, k=size), self.random.choices(RAWS, k=size)
        self.history.arrive(self.random.randrange(3), t_us, raw)

    def activate(self) -> None:
        start = self.random.choice(["0001-01-01T00:00:00Z", format_us(self.random.choice(TIMES))])
        self.versions.append(self.scene.activate(*self._version(), valid_from=start))

    def recalibrate(self) -> None:
        start_us, end_us = sorted(self.random.sample([*TIMES, LATER_US + DAY_US], 2))
        given: dict[str, object] = {"from": format_us(start_us), "to": format_us(end_us)}
        if self.random.random() < 0.6:
            if not self.versions or self.random.random() < 0.5:
                self.versions.append(self.scene.save(*self._version()))
            given["profile"] = self.random.choice(self.versions)
        backfill = self.scene.ask(**given)
        if self.random.random() < 0.3:  # between its activation and its windows
            self.arrive()
            self.history.record()
        self.scene.work()
        assert self.scene.look(backfill)["status"] == "finished"

    def undo(self) -> None:
        path = f"/projects/{self.scene.project.public_id}/backfills"
        ended = self.scene.person.read(path, status="finished")["items"]
        for backfill in ended:
            if self.scene.person.post(f"/backfills/{backfill['id']}:undo").status_code == 200:
                break
        self.scene.work()

    def roll_up(self) -> None:
        with create_work_pool(self.scene.server.database_url, 2) as pool:
            work_everything_off(pool)

    def _version(self) -> tuple[str, str, dict[str, Any]]:
        key = self.random.choice(["s0", "s0", "s1", "s2"])
        if key == "s0" and self.random.random() < 0.5:
            return key, "thermocouple", COUPLE | {"type": self.random.choice("JTKE")}
        # None of a raw value of zero.
        if self.random.random() < 0.2:
            return key, "expression", {"expression": f"sqrt(raw - {self.random.random()})"}
        return key, "linear", {"slope": self.random.randint(1, 9), "offset": self.random.random()}


# What is asked grows with the steps, and so does what it is compared with.
@pytest.mark.parametrize(
    ("seed", "steps"),
    [(0, FEW_STEPS), *(pytest.param(seed, STEPS, marks=pytest.mark.nightly) for seed in range(4))],
)
def test_as_of_any_moment_is_what_was_answered_then(history: History, seed: int, steps: int) -> None:
    schedule = Schedule(history, seed)
    schedule.arrive()
    history.record()
    for _ in range(steps):
        schedule.step()
    for number, (moment, _) in enumerate(history.moments):
        check_readings(history, number, schedule.random)
        check_export(history, number, schedule.random.choice(FORMATS))
        for key in history.scene.sensors:
            readings = [each for each in history.expected(number) if each[5] == key]
            check_series(history, key, moment, readings, schedule.random.choice([SECOND_US, MINUTE_US, 7000]))
            check_series(history, key, moment, readings, DAY_US)
    check_after_retention(history, schedule)


def check_export(history: History, number: int, form: str) -> None:
    """A file has what `/readings` answers: each sensor's readings, in the order that they had then."""
    moment = history.moments[number][0]
    asked = {"capture_session": history.session, "as_of": moment, "layer": "both", "format": form}
    content = export(history.scene.person, **asked)
    readings = [
        each for key in sorted(history.scene.sensors) for each in history.expected(number) if each[5] == key
    ]
    if form != "json":
        assert said_in(content, form)["as_of"] == moment
    if not content:
        assert readings == []
        return
    table = table_of(content, form).sort("sensor", maintain_order=True)
    columns = (table[name].to_list() for name in ("sensor", "time", "raw", "physical", "flags"))
    found = [(key, format_time(time), *values) for key, time, *values in zip(*columns, strict=True)]
    assert found == [(key, time, raw, physical, flags) for time, raw, physical, _, flags, key in readings]


def check_readings(history: History, number: int, random: Random) -> None:
    moment, limit = history.moments[number][0], random.choice([1, 2, 3, 7, 10_000])
    for order in ("asc", "desc"):
        expected = history.expected(number, descending=order == "desc")
        assert history.ask(as_of=moment, limit=limit, order=order) == expected, (number, order, limit)
        key = random.choice(list(history.scene.sensors))
        own = [reading for reading in expected if reading[5] == key]
        assert history.ask_sensor(key, moment, limit=limit, order=order) == own, (number, order, limit)


def ask_series(history: History, key: str, as_of: str, size_us: int, start_us: int) -> httpx.Response:
    return history.scene.person.get(
        "/series",
        {
            "sensor": history.scene.sensors[key],
            "from": format_us(start_us),
            "to": format_us(LATER_US + DAY_US),
            "bucket": f"{size_us}us",
            "stat": list(STATS),
            "as_of": as_of,
        },
    )


def check_series(
    history: History,
    key: str,
    as_of: str,
    readings: Sequence[Reading],
    size_us: int,
    start_us: int = START_US,
) -> None:
    answer = ask_series(history, key, as_of, size_us, start_us)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["series"]
    expected = buckets(readings, size_us)
    assert found["t_us"] == list(expected)
    values = [np.array(each) for each in expected.values()]
    assert found["count"] == [each.size for each in values]
    assert found["first"] == [each[0] for each in values]
    assert found["last"] == [each[-1] for each in values]
    assert found["min"] == [each.min() for each in values]
    assert found["max"] == [each.max() for each in values]
    np.testing.assert_allclose(found["mean"], [each.mean() for each in values], rtol=1e-12)
    versions = {reading[3] for reading in readings if reading[2] is not None}
    assert {each["profile_id"] for each in answer.json()["meta"]["profiles"]} == versions


def check_after_retention(history: History, schedule: Schedule) -> None:
    """Of readings that are gone, roll-ups tell what was believed if nothing was replaced since."""
    database_url = history.scene.server.database_url
    schedule.roll_up()
    last = len(history.moments) - 1
    # Counted now: midnight may have passed since the readings were made.
    days = (now_us() - LATER_US) // DAY_US
    with psycopg.connect(database_url) as connection:
        connection.execute("update project set raw_keep_days = %s", (days,))
    retain(database_url)
    for number, (moment, _) in enumerate(history.moments):
        for key in history.scene.sensors:
            readings = [each for each in history.expected(number) if each[5] == key]
            kept = [each for each in readings if to_us(parse_time(each[0])) >= LATER_US]
            check_series(history, key, moment, kept, MINUTE_US, LATER_US)
            answer = ask_series(history, key, moment, MINUTE_US, START_US)
            if answer.status_code == 422:
                assert answer.json()["type"].endswith("believed-gone")
                assert number < last
            else:
                check_series(history, key, moment, readings, MINUTE_US)
