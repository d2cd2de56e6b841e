"""The law of measures: at any moment, a value is marked as stale, or equals NumPy on what is stored.

Whatever changes, in any order: readings that come late, sessions that start, stop, get other bounds or go,
sensors that are bound, calibrations that are applied to the past and undone, definitions that change; while
the worker has done all, some, or is in the middle of it.
"""

from collections.abc import Callable
from random import Random
from uuid import uuid4

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.jobs.row_claims import create_work_pool
from backfill.measures import compute
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import MINUTE_US, format_us, now_us
from tests.backfill.measures.truth import assert_right, compute_measures, settle
from tests.backfill.recalibration.scene import Scene
from tests.backfill.rollups.expected import work_everything_off
from tests.examples import few_examples
from tests.programs import url_of

STATS = (
    *("count", "mean", "min", "max", "first", "last", "sum", "stddev", "p50", "p95"),
    *("time_weighted_mean", "duration"),
)
WHEN = ({"sensor": "s1", "above": 0.5}, {"sensor": "s0", "below": 2}, {"sensor": "s2", "above": -1})


class MeasuredRun:
    """A run, its sessions, and what may happen to them.

    Attributes:
        run: its id.
    """

    def __init__(self, scene: Scene, random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
        self._scene, self._random, self._monkeypatch = scene, random, monkeypatch
        self._base_us = now_us() - 3 * 60 * MINUTE_US
        project = f"/projects/{scene.project.public_id}"
        for measure in scene.person.read(f"{project}/measures", limit=200)["items"]:
            self._send("DELETE", f"/measures/{measure['id']}")
        self._measures = [
            scene.person.made(f"{project}/measures", {"name": f"m{n}", "sensor": "s0"} | self._definition())
            for n in range(4)
        ]
        experiment = scene.person.made(f"{project}/experiments", {"name": str(uuid4())})["id"]
        self.run = scene.person.made(f"/experiments/{experiment}/runs", {"name": "r", "status": "running"})[
            "id"
        ]
        self._send("PUT", f"/runs/{self.run}/sensors/{scene.sensors['s0']}")
        self._sessions: list[str] = []
        self._backfills: list[dict[str, object]] = []
        self.record()

    def record(self) -> None:
        """A session starts, unless one runs or the run has ended."""
        answer = self._send("POST", f"/runs/{self.run}/capture-sessions", {"start": True})
        if answer.status_code == 201:
            self._sessions.append(answer.json()["id"])

    def stop(self) -> None:
        for session in self._sessions:
            self._send("PATCH", f"/capture-sessions/{session}", {"status": "succeeded"})
            self._correct(session)

    def fail_and_delete(self) -> None:
        session = self._random.choice(self._sessions)
        self._send("PATCH", f"/capture-sessions/{session}", {"status": "failed"})
        self._send("DELETE", f"/capture-sessions/{session}")

    def correct(self) -> None:
        self._correct(self._random.choice(self._sessions))

    def end(self) -> None:
        self.stop()
        self._send("PATCH", f"/runs/{self.run}", {"status": "finished"})

    def bind(self) -> None:
        key = self._random.choice(["s1", "s2"])
        self._send("PUT", f"/runs/{self.run}/sensors/{self._scene.sensors[key]}")

    def store(self) -> None:
        count = self._random.choice([1, 3, 40])
        random = np.random.default_rng(self._random.getrandbits(32))
        t_us = self._base_us + random.integers(-2 * MINUTE_US, 12 * MINUTE_US, count)
        sensor = np.full(count, self._random.randrange(3), np.int32)
        self._scene.store(sensor, t_us, random.normal(size=count).round(2))

    def recalibrate(self) -> None:
        key = self._random.choice(["s0", "s1"])
        self._scene.activate(key, "linear", {"slope": self._random.choice([1, -2, 3]), "offset": 1})
        self._backfills.append(self._scene.ask())
        self._scene.work()

    def undo(self) -> None:
        if self._backfills:
            self._send("POST", f"/backfills/{self._backfills.pop()['id']}:undo")
            self._scene.work()

    def redefine(self) -> None:
        measure = self._random.choice(self._measures)
        self._send("PATCH", f"/measures/{measure['id']}", self._definition())

    def roll_up(self) -> None:
        with create_work_pool(url_of(ProgramRole.WORKER, self._scene.server.database_url), 2) as pool:
            work_everything_off(pool)

    def compute(self) -> None:
        compute_measures(self._scene.server.database_url)

    def compute_beside_a_change(self) -> None:
        """Something happens, and is rolled up, after the snapshot and before the value is there."""
        changes = [self._random.choice([self.store, self.correct, self.redefine, self.stop])]
        measured = compute.measure

        def measure_slowly(*args: ..., **kwargs: ...) -> object:
            found = measured(*args, **kwargs)
            while changes:
                changes.pop()()
                self.roll_up()
            return found

        with self._monkeypatch.context() as patch:
            patch.setattr(compute, "measure", measure_slowly)
            self.compute()

    def _correct(self, session: str) -> None:
        start, end = sorted(self._base_us + self._random.randrange(10 * MINUTE_US) for _ in range(2))
        bounds = {"started_at": format_us(start), "stopped_at": format_us(end)}
        self._send("PATCH", f"/capture-sessions/{session}", bounds)

    def _definition(self) -> dict[str, object]:
        stat = self._random.choice(STATS)
        when = self._random.choice([*WHEN, None]) if stat != "duration" else self._random.choice(WHEN)
        return {
            "stat": stat,
            "layer": self._random.choice(["physical", "raw"]),
            "over": self._random.choice(["run", "capture_session"]),
            "when": None if when is None else {"above": None, "below": None} | when,
            "sensor": self._random.choice(["s0", "s1"]),
        }

    def _send(self, method: str, path: str, body: object = None) -> httpx.Response:
        """What states forbid is refused, and that is all."""
        answer = self._scene.person.send(method, path, body)
        assert answer.status_code < 300 or answer.status_code in {404, 409}, answer.text
        return answer


STEPS: tuple[Callable[[MeasuredRun], None], ...] = (
    MeasuredRun.record,
    MeasuredRun.stop,
    MeasuredRun.fail_and_delete,
    MeasuredRun.correct,
    MeasuredRun.end,
    MeasuredRun.bind,
    MeasuredRun.store,
    MeasuredRun.store,
    MeasuredRun.recalibrate,
    MeasuredRun.undo,
    MeasuredRun.redefine,
    MeasuredRun.roll_up,
    MeasuredRun.compute,
    MeasuredRun.compute_beside_a_change,
)


@few_examples(3)
@given(
    seed=st.integers(0, 2**32),
    steps=st.lists(st.sampled_from(range(len(STEPS))), min_size=8, max_size=20),
)
def test_a_value_is_stale_or_right(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, seed: int, steps: list[int]
) -> None:
    run = MeasuredRun(scene, Random(seed), monkeypatch)  # noqa: S311  # not a secret
    for step in steps:
        STEPS[step](run)
        assert_right(scene, run.run)
    run.end()
    settle(scene)
    answer = scene.person.read(f"/runs/{run.run}/measures")
    assert not answer["is_pending"]
    assert not [value for value in answer["items"] if value["is_stale"]]
    assert_right(scene, run.run)
