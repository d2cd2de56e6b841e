import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile


def bitfield(mask: object, shift: object, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "bitfield", "payload": {"mask": mask, "shift": shift, **payload}})


def test_an_accelerometer_delivers_signed_codes_in_the_upper_bits() -> None:
    # STMicroelectronics LIS3DH, high resolution: 12 bits left-justified in 16, two's complement.
    upper = bitfield(0xFFF0, 4, signed=True)
    words = np.array([0x7FF0, 0x0010, 0x0000, 0xFFF0, 0x8000], np.float64)
    assert_array_equal(upper.convert(words).physical, [2047, 1, 0, -1, -2048])


@given(
    st.integers(1, 2**53 - 1), st.integers(0, 52), st.booleans(), st.lists(st.integers(1 - 2**53, 2**53 - 1))
)
def test_fields_agree_with_pythons_integers(mask: int, shift: int, is_signed: bool, words: list[int]) -> None:
    field = mask >> shift
    if not field:
        return
    weight = 1 << (field.bit_length() - 1)
    values = [(word & mask) >> shift for word in words]
    expected = [value - 2 * weight if is_signed and value & weight else value for value in values]
    profile = bitfield(mask, shift, signed=is_signed)
    assert_array_equal(profile.convert(np.array(words, np.float64)).physical, np.array(expected, np.float64))


def test_what_is_no_word_has_no_fields() -> None:
    physical, flags = bitfield(1, 0).convert(np.array([1.5, 1e300, -1e300, 3]))
    assert_array_equal(physical, [np.nan, np.nan, np.nan, 1])
    beyond = Flag.EXTRAPOLATED | Flag.NOT_FINITE
    assert_array_equal(flags, [Flag.NOT_FINITE, Flag.ABOVE_RANGE | beyond, Flag.BELOW_RANGE | beyond, 0])


def test_many_fields_are_taken_together_as_each_alone() -> None:
    members = [bitfield(0xFF << k, k, signed=k % 2 == 0) for k in range(6)]
    which = np.repeat(np.arange(6), 50)
    raw = np.random.default_rng(1).integers(0, 2**16, which.size).astype(np.float64)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(6)]
    assert_array_equal(mixed, np.concatenate(alone))


def test_a_field_does_not_tell_the_word() -> None:
    with pytest.raises(NotInvertible):
        bitfield(1, 0).inverse(np.ones(1))


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"mask": 0, "shift": 0}, "/payload/mask"),
        ({"mask": -1, "shift": 0}, "/payload/mask"),
        ({"mask": 2**53, "shift": 0}, "/payload/mask"),
        ({"mask": 1.5, "shift": 0}, "/payload/mask"),
        ({"mask": 3, "shift": 2}, "/payload/shift"),
        ({"mask": 3, "shift": -1}, "/payload/shift"),
        ({"mask": 3, "shift": 0, "signed": 1}, "/payload/signed"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "bitfield", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
