import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile


def logarithmic(a: float, b: float, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "logarithmic", "payload": {"a": a, "b": b, **payload}})


def test_absorbance_is_minus_the_decadic_logarithm_of_transmittance() -> None:
    # IUPAC Gold Book: a tenth passes at absorbance 1, a hundredth at 2. Powers of the base come out exactly.
    assert_array_equal(logarithmic(0, -1, base=10).convert(np.array([1, 0.1, 0.01])).physical, [0, 1, 2])


def test_octaves_and_other_bases() -> None:
    # Equal temperament: 440 Hz is A4, note 69 of 12 to the octave; 880 Hz note 81, 261.6256 Hz note 60.
    midi = logarithmic(69 - 12 * np.log2(440), 12, base=2)
    assert_allclose(midi.convert(np.array([440, 880, 261.6255653])).physical, [69, 81, 60], atol=1e-8)
    assert_allclose(logarithmic(0, 1, base=3).convert(np.array([9.0, 27])).physical, [2, 3], rtol=1e-15)
    assert_allclose(logarithmic(0, 1).convert(np.array([np.e])).physical, [1], rtol=1e-15)


def test_zero_and_below_have_no_logarithm() -> None:
    physical, flags = logarithmic(0, 1).convert(np.array([0.0, -1, 1]))
    assert_array_equal(physical, [np.nan, np.nan, 0])
    below = Flag.BELOW_RANGE | Flag.EXTRAPOLATED | Flag.NOT_FINITE
    assert_array_equal(flags, [below, below, 0])


@given(st.lists(st.floats(1e-3, 1e3)), st.sampled_from([2, 10, np.e, 0.5]), st.sampled_from([-3.0, 2.0]))
def test_the_inverse_takes_physical_back_to_raw(values: list[float], base: float, b: float) -> None:
    profile = logarithmic(1, b, base=base)
    raw = np.array(values, np.float64)
    assert_allclose(profile.inverse(profile.convert(raw).physical), raw, rtol=1e-12)


def test_a_constant_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="constant"):
        logarithmic(1, 0).inverse(np.ones(1))


def test_different_bases_are_computed_together_as_each_alone() -> None:
    members = [logarithmic(k, 2, base=base) for k, base in enumerate([2, 3, 5, 10, np.e, 10])]
    which, raw = np.repeat(np.arange(6), 20), np.linspace(0.1, 30, 120)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(6)]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize("base", [0, -1, 1, "e"])
def test_an_impossible_base_is_refused(base: object) -> None:
    with pytest.raises(InvalidProfile) as caught:
        logarithmic(0, 1, base=base)
    assert [place for place, _ in caught.value.errors] == ["/payload/base"]
