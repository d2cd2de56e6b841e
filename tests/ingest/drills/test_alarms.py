"""Whatever is killed or cut: alarms are those of the model, once each, as if nothing had happened."""

import random
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.alarms import add_limits, alarms_of, events_of
from tests.barograph.alarms.limits import Limit, ModelLimit
from tests.ingest.flock import OFFSET, SLOPE, Columns, Flock, Recording, last_seqs
from tests.programs import Program, running
from tests.seed import Profile, seed_project
from tests.servers.proxy import Proxy

SENSORS = 3
LIMITS = [
    limit
    for slot in range(SENSORS)
    for limit in (
        Limit(slot=slot, high=4.0, hysteresis=1.5),
        Limit(slot=slot, low=0.0, high=3.0, delay_us=2_000),
    )
]


class WavingRecording(Recording):
    """Each producer has its own sensor; one frame in five comes late, and times within one in any order."""

    def frame(self, producer: int, seq: int) -> Columns:
        chance = np.random.default_rng((producer, seq))
        n = int(chance.integers(0, 12))
        back_us = 25_000 if chance.random() < 0.2 else 0
        t_us = self.start_us - 600_000_000 + seq * 10_000 - back_us + chance.permutation(n) * 500
        value = chance.choice([-1.0, 0.0, 0.5, 1.2, 2.0], n)
        return np.full(n, producer - 1, np.int32), t_us.astype(np.int64), value


def model_of(recording: Recording, limit: Limit, last_seq: int) -> ModelLimit:
    model, newest_us = ModelLimit(limit), 0
    for seq in range(1, last_seq + 1):
        _, t_us, value = recording.frame(limit.slot + 1, seq)
        for at_us, raw in sorted(zip(t_us.tolist(), value.tolist(), strict=True)):
            if at_us >= newest_us:
                newest_us = at_us
                model.see(at_us, SLOPE * raw + OFFSET)
    return model


@pytest.mark.parametrize("trouble_s", [1.5, pytest.param(20.0, marks=pytest.mark.nightly)])
def test_alarms_are_those_of_the_model_while_processes_are_killed(
    own_ingest: Program, database_url: str, tmp_path: Path, trouble_s: float
) -> None:
    project = seed_project(database_url, SENSORS, [Profile("linear", {"slope": SLOPE, "offset": OFFSET})])
    ids = add_limits(database_url, project, *LIMITS)
    recording = WavingRecording(project)
    chance = random.Random(20_261_126)  # noqa: S311  # repeatable, not secret
    with (
        running("ingest", database_url, tmp_path / "other.log") as other,
        Proxy(own_ingest.socket_url, other.socket_url, seed=1) as proxy,
        Flock(recording, proxy.url, producers=SENSORS),
    ):
        end = time.monotonic() + trouble_s
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.05, 0.4))
            if chance.random() < 0.4:
                other.kill()
                other.start()
            proxy.cut()
    last = last_seqs(database_url, project)
    for limit, limit_id in zip(LIMITS, ids, strict=True):
        model = model_of(recording, limit, last[limit.slot + 1])
        assert len(model.alarms) > 3
        assert alarms_of(database_url, limit_id) == model.alarms
        ended = sum(alarm.cleared_us is not None for alarm in model.alarms)
        assert len(events_of(database_url, limit_id)) == len(model.alarms) + ended


@pytest.mark.parametrize(
    "limit", [pytest.param(Limit(high=4.0), marks=pytest.mark.nightly), Limit(low=0.0, hysteresis=1.0)]
)
def test_a_sensor_that_two_processes_send_has_one_active_alarm_at_most(
    own_ingest: Program, ingest: Program, database_url: str, limit: Limit
) -> None:
    project = seed_project(database_url, 1, [Profile("linear", {"slope": SLOPE, "offset": OFFSET})])
    (limit_id,) = add_limits(database_url, project, limit)
    recording = SharedRecording(project)
    with (
        Flock(recording, own_ingest.socket_url, producers=2),
        Flock(recording, ingest.socket_url, producers=0, rivals=2),
    ):
        time.sleep(1)
    alarms = alarms_of(database_url, limit_id)
    assert all(alarm.cleared_us is not None for alarm in alarms[:-1])
    for earlier, later in pairwise(alarms):
        assert earlier.raised_us <= (earlier.cleared_us or 0) <= later.raised_us
    kinds = [kind for kind, _ in events_of(database_url, limit_id)]
    assert kinds
    assert kinds == [f"alarm.{('raised', 'cleared')[number % 2]}" for number in range(len(kinds))]


class SharedRecording(Recording):
    """All producers send of the one sensor."""

    def frame(self, producer: int, seq: int) -> Columns:
        chance = np.random.default_rng((producer, seq))
        t_us = self.start_us - 600_000_000 + seq * 10_000 + chance.permutation(4) * 500
        return np.zeros(4, np.int32), t_us.astype(np.int64), chance.choice([-1.0, 0.2, 2.0], 4)
