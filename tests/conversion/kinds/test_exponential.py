import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import KINDS, CompiledProfile, Flag, NotInvertible, compile_profile


def exponential(a: float, b: float, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "exponential", "payload": {"a": a, "b": b, **payload}})


def test_a_vacuum_gauge_reads_as_its_manual_says() -> None:
    # Pfeiffer Vacuum PKR 251: 1.82 V is 5e-9 hPa and 8.6 V is 1000 hPa, both rounded.
    gauge = compile_profile({"kind": "exponential", "payload": dict(KINDS["exponential"].example)})
    assert_allclose(gauge.convert(np.array([1.82, 8.6])).physical, [5e-9, 1000], rtol=0.02)


def test_a_half_life_halves() -> None:
    decay = exponential(8, -math.log(2) / 3, c=1)
    assert_allclose(decay.convert(np.array([0.0, 3, 6, 9])).physical, [9, 5, 3, 2], rtol=1e-15)


def test_a_result_beyond_the_doubles_is_nan() -> None:
    physical, flags = exponential(1, 1).convert(np.array([710.0, -800]))
    assert_array_equal(physical, [np.nan, 0])
    assert_array_equal(flags, [Flag.NOT_FINITE, 0])


@given(st.lists(st.floats(-5, 5)), st.sampled_from([-2.0, 0.3]), st.sampled_from([-1.0, 4.0]))
def test_the_inverse_takes_physical_back_to_raw(values: list[float], a: float, b: float) -> None:
    profile = exponential(a, b, c=0.5)
    raw = np.array(values, np.float64)
    physical = profile.convert(raw).physical
    assert_allclose(profile.convert(profile.inverse(physical)).physical, physical, rtol=1e-12)


def test_no_raw_value_reaches_beyond_the_constant() -> None:
    assert_array_equal(exponential(1, 1, c=10).inverse(np.array([9.0, 11])), [np.nan, 0])


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 0)])
def test_a_constant_has_no_inverse(a: float, b: float) -> None:
    with pytest.raises(NotInvertible, match="constant"):
        exponential(a, b).inverse(np.ones(1))
