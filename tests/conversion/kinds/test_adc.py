import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, compile_profile


def adc(bits: object, reference_v: object, coding: object, **payload: object) -> CompiledProfile:
    fields = {"bits": bits, "reference_v": reference_v, "coding": coding, **payload}
    return compile_profile({"kind": "adc", "payload": fields})


def test_the_ads1115_has_the_codes_of_its_datasheet() -> None:
    # Texas Instruments ADS1115, tables 7-1 and 7-3: ±4.096 V full scale has an LSB of 125 µV; 7FFFh is
    # FS·(2¹⁵ - 1)/2¹⁵, 0001h FS/2¹⁵, FFFFh -FS/2¹⁵, 8000h -FS.
    volts = adc(16, 4.096, "twos_complement").convert(np.array([32767.0, 1, 0, -1, -32768])).physical
    assert_allclose(volts, [4.096 * 32767 / 32768, 125e-6, 0, -125e-6, -4.096], rtol=1e-15)


def test_unsigned_codes_start_at_zero() -> None:
    # Microchip MCP3008: code = 1024·V_in / V_ref.
    assert_allclose(
        adc(10, 3.3, "unsigned").convert(np.array([0.0, 512, 1023])).physical, [0, 1.65, 3.3 * 1023 / 1024]
    )


def test_offset_binary_has_zero_volts_in_the_middle() -> None:
    # Analog Devices, The Data Conversion Handbook, section 2.1, 4 bits, ±5 V: 1111 is +4.375 V, 1000 is 0,
    # 0001 is -4.375 V, 0000 is -5 V.
    volts = adc(4, 5, "offset_binary").convert(np.array([15.0, 8, 1, 0])).physical
    assert_allclose(volts, [4.375, 0, -4.375, -5], rtol=1e-15)


def test_the_amplifier_before_the_converter_is_taken_out() -> None:
    behind_amplifier = adc(12, 5, "unsigned", gain=100, offset_v=0.002)
    assert_allclose(behind_amplifier.convert(np.array([2048.0])).physical, [0.002 + 0.025], rtol=1e-15)


@pytest.mark.parametrize(
    ("coding", "lowest", "highest"),
    [("unsigned", 0, 255), ("offset_binary", 0, 255), ("twos_complement", -128, 127)],
)
def test_the_ends_of_the_scale_are_flagged_as_saturated(coding: str, lowest: float, highest: float) -> None:
    raw = np.array([lowest - 1, lowest, lowest + 1, highest - 1, highest, highest + 1])
    flags = adc(8, 1, coding).convert(raw).flags
    below, above = Flag.BELOW_RANGE | Flag.EXTRAPOLATED, Flag.ABOVE_RANGE | Flag.EXTRAPOLATED
    full = Flag.SATURATED
    assert_array_equal(flags, [below | full, full, 0, 0, full, above | full])


def test_a_code_that_is_clamped_was_saturated_all_the_same() -> None:
    narrow = adc(8, 1, "unsigned", domain={"min": 10, "max": 200}, out_of_domain="clamp")
    physical, flags = narrow.convert(np.array([255.0, 201]))
    assert_array_equal(physical, [200 / 256, 200 / 256])
    assert_array_equal(flags, [Flag.ABOVE_RANGE | Flag.SATURATED, Flag.ABOVE_RANGE])


def test_the_inverse_takes_volts_back_to_codes() -> None:
    converter = adc(24, 2.5, "twos_complement", gain=-8, offset_v=0.1)
    codes = np.array([-8388608.0, -1, 0, 12345, 8388607])
    assert_allclose(converter.inverse(converter.convert(codes).physical), codes, rtol=1e-9)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"bits": 0}, "/payload/bits"),
        ({"bits": 33}, "/payload/bits"),
        ({"bits": 8.5}, "/payload/bits"),
        ({"reference_v": 0}, "/payload/reference_v"),
        ({"coding": "gray"}, "/payload/coding"),
        ({"gain": 0}, "/payload/gain"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(changes: dict[str, object], pointer: str) -> None:
    payload: dict[str, object] = {"bits": 8, "reference_v": 1, "coding": "unsigned", **changes}
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "adc", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
