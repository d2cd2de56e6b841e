"""Laws of a simulated rig."""

from collections.abc import Sequence

import numpy as np
import pytest
from barograph_client.commands.simulation.simulated_rig import (
    SECOND_US,
    SimulatedBursts,
    SimulatedColumns,
    SimulatedRig,
    SimulationShape,
)
from barograph_client.commands.simulation.waveforms import WAVEFORMS
from hypothesis import given, settings
from hypothesis import strategies as st

START_US = 1_760_000_000_000_000
SHAPES = [
    SimulationShape(),
    SimulationShape(sensors=3, rate_hz=3.3, waveforms=tuple(WAVEFORMS), noise=0),
    SimulationShape(dropouts=0.3, dropout_s=0.5, clock_drift_ppm=200, clock_offset_s=-4, noise=0),
    SimulationShape(rate_hz=50, bursts=SimulatedBursts(1.0, 0.25, 4), clock_jump_s=3, noise=0),
]


def measured(shape: SimulationShape, ends_s: Sequence[float]) -> SimulatedColumns:
    rig = SimulatedRig(shape, START_US)
    parts = [rig.readings(START_US + round(end_s * SECOND_US)) for end_s in sorted(ends_s)]
    return SimulatedColumns(
        np.concatenate([part.channel for part in parts]),
        np.concatenate([part.t_us for part in parts]),
        np.concatenate([part.value for part in parts]),
    )


@settings(max_examples=20, deadline=None)
@given(shape=st.sampled_from(SHAPES[1:]), cuts=st.lists(st.floats(0, 4), max_size=5))
def test_stretches_give_the_same_readings_as_the_whole(shape: SimulationShape, cuts: list[float]) -> None:
    whole, parts = (measured(shape, ends) for ends in ([4], [*cuts, 4]))
    for columns in (whole, parts):
        assert len(columns.channel) == len(columns.t_us) == len(columns.value)
    order_whole, order_parts = (np.lexsort((each.t_us, each.channel)) for each in (whole, parts))
    assert whole.t_us[order_whole].tolist() == parts.t_us[order_parts].tolist()
    np.testing.assert_allclose(whole.value[order_whole], parts.value[order_parts])


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_seed_gives_the_same(shape: SimulationShape) -> None:
    one, other = (measured(shape, [1, 2]) for _ in range(2))
    assert one.t_us.tolist() == other.t_us.tolist()
    assert one.value.tolist() == other.value.tolist()


def test_as_many_readings_as_the_rate_says() -> None:
    columns = measured(SimulationShape(sensors=7, rate_hz=1000), [0.5, 3])
    assert np.bincount(columns.channel).tolist() == [3000] * 7
    assert (columns.t_us.min(), columns.t_us.max()) == (START_US, START_US + 3 * SECOND_US - 1000)


def test_dropouts_are_silences_of_their_share_and_length() -> None:
    shape = SimulationShape(sensors=40, rate_hz=10, dropouts=0.25, dropout_s=2)
    columns = measured(shape, [100])
    share = 1 - len(columns) / (40 * 1000)
    assert share == pytest.approx(0.25, abs=0.05)
    turns = {
        (channel, t // (2 * SECOND_US))
        for channel, t in zip(columns.channel, columns.t_us - START_US, strict=True)
    }
    assert len(columns) == 20 * len(turns)


def test_bursts_sample_faster() -> None:
    shape = SimulationShape(sensors=1, rate_hz=10, bursts=SimulatedBursts(2, 1, 5))
    per_second = np.bincount((measured(shape, [4]).t_us - START_US) // SECOND_US)
    assert per_second.tolist() == [50, 10, 50, 10]


def test_a_wrong_clock_is_wrong_as_told() -> None:
    shape = SimulationShape(sensors=1, rate_hz=1, clock_offset_s=2, clock_drift_ppm=100, clock_jump_s=60)
    wrong_us = measured(shape, [21]).t_us - START_US - SECOND_US * np.arange(21)
    assert wrong_us[0] == 2 * SECOND_US
    assert wrong_us[9] == 2 * SECOND_US + 900
    assert wrong_us[10] == 62 * SECOND_US + 1000
    assert wrong_us[20] == 2 * SECOND_US + 2000


@pytest.mark.parametrize("name", WAVEFORMS)
def test_waveforms_keep_within_their_height(name: str) -> None:
    value = WAVEFORMS[name](np.linspace(0, 5, 1001))
    assert value.dtype == np.float64
    assert -1 <= value.min() <= value.max() <= 1


def test_a_shape_that_cannot_be_is_refused() -> None:
    for wrong in ({"waveforms": ("cosine",)}, {"sensors": 0}, {"dropouts": 1.0}, {"rate_hz": 0}):
        with pytest.raises(ValueError, match=r"are|must|lie"):
            SimulationShape(**wrong)  # pyright: ignore[reportArgumentType] - what is wrong is wrong
