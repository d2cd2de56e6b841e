import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.demo_rig.recordings import INSTRUMENTS, Recording
from tools.demo_rig.replay import RecordingReplay, ReplayColumns

START_US = 1_700_000_000_000_000
RECORDINGS = [
    Recording(INSTRUMENTS[0], 20.0, np.arange(7.0)),
    Recording(INSTRUMENTS[2], 100.0, np.arange(100.0, 113.0)),
]


def replayed(steps_us: list[int], speed: float) -> tuple[int, ReplayColumns]:
    rig, now_us = RecordingReplay(RECORDINGS, START_US, speed), START_US
    parts = [rig.due(now_us)]
    for step_us in steps_us:
        now_us += step_us
        parts.append(rig.due(now_us))
    return now_us, ReplayColumns(*map(np.concatenate, zip(*parts, strict=True)))


@given(st.lists(st.integers(0, 500_000), max_size=10), st.sampled_from([0.5, 1.0, 3.0, 100.0]))
def test_every_sample_comes_once_when_it_is_due(steps_us: list[int], speed: float) -> None:
    now_us, columns = replayed(steps_us, speed)
    for channel, recording in enumerate(RECORDINGS):
        rows = columns.channel == channel
        rate_hz = recording.rate_hz * speed
        sample = np.arange(int((now_us - START_US) * rate_hz / 1e6) + 1)
        assert np.array_equal(columns.t_us[rows], START_US + (sample * (1e6 / rate_hz)).astype(np.int64))
        assert np.array_equal(columns.value[rows], recording.counts[sample % len(recording.counts)])
        assert (columns.t_us[rows] <= now_us).all()


def test_a_clock_that_goes_back_a_little_brings_nothing() -> None:
    rig = RecordingReplay(RECORDINGS, START_US)
    rig.due(START_US + 1_000_000)
    assert len(rig.due(START_US + 900_000).value) == 0
