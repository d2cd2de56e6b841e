import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, ProfileSet, compile_profile
from conversion.arrays import Floats
from conversion.kinds.rtd import STANDARDS


def rtd(**payload: object) -> CompiledProfile:
    own = {"r0": 100} if "a" in payload else {"r0": 100, "standard": "iec60751"}
    return compile_profile({"kind": "rtd", "payload": {**own, **payload}})


def column(*values: float) -> Floats:
    return np.array(values, np.float64)


def ohms(t_c: Floats, a: float = 3.9083e-3, b: float = -5.775e-7, c: float = -4.183e-12) -> Floats:
    """The equation of IEC 60751:2022 for a Pt100, as it stands there."""
    below_zero = c * (t_c - 100) * t_c**3
    return 100 * (1 + a * t_c + b * t_c**2 + np.where(t_c < 0, below_zero, 0))


# IEC 60751:2022, table 1: °C and the resistance of a Pt100, rounded to 0.01 Ω.
IEC_60751 = [
    *((-200, 18.52), (-150, 39.72), (-100, 60.26), (-50, 80.31), (0, 100.00), (50, 119.40), (100, 138.51)),
    *((150, 157.33), (200, 175.86), (300, 212.05), (400, 247.09), (500, 280.98), (600, 313.71)),
    *((700, 345.28), (800, 375.70), (850, 390.48)),
]


def test_resistances_are_those_of_the_standards_table() -> None:
    t_c, table_ohm = np.array(IEC_60751, np.float64).T
    assert_allclose(rtd().inverse(t_c), table_ohm, atol=0.005_01)


def test_temperatures_of_the_standards_table_are_as_near_as_it_is_fine() -> None:
    # 0.01 Ω are 26 mK at 0 °C, 34 mK at 850 °C.
    t_c, table_ohm = np.array(IEC_60751, np.float64).T
    assert_allclose(rtd(out_of_domain="flag").convert(table_ohm).physical, t_c, atol=0.018)


def test_temperatures_are_within_a_ten_thousandth_of_a_millikelvin_of_the_equation() -> None:
    t_c = np.arange(-200, 850.5, 0.5)
    converted = rtd(out_of_domain="clamp").convert(ohms(t_c))
    assert_allclose(converted.physical, t_c, rtol=0, atol=1e-7)


@pytest.mark.parametrize("standard", STANDARDS)
def test_each_standard_has_the_temperature_coefficient_it_is_named_by(standard: str) -> None:
    profile = rtd(standard=standard, r0=1000)
    r0, r100 = profile.inverse(column(0, 100))
    # The names are ppm/°C; IEC 60751 states 3851. The coefficients agree with them to 2 ppm/°C.
    named = 3851 if standard == "iec60751" else int(standard)
    assert_allclose((r100 / r0 - 1) / 100 * 1e6, named, atol=2)
    t_c = np.linspace(-200, 850, 1051)
    assert_allclose(profile.convert(profile.inverse(t_c)).physical, t_c, rtol=0, atol=1e-7)


def test_an_element_may_have_its_own_coefficients() -> None:
    # Keithley, Model 2750 User's Manual, appendix F: A = 0.00391, B = -5.77e-7 give 138.5 Ω at 100 °C.
    profile = rtd(a=0.00391, b=-5.77e-7, c=-4.18e-12)
    assert_allclose(profile.inverse(column(100)), 138.5, atol=0.05)
    assert_allclose(
        profile.convert(ohms(column(-100, 100), 0.00391, -5.77e-7, -4.18e-12)).physical, [-100, 100]
    )


def test_a_straight_line_is_an_equation_too() -> None:
    assert_allclose(rtd(a=0.004, b=0).convert(column(60, 100, 180)).physical, [-100, 0, 200], atol=1e-9)


@pytest.mark.parametrize(("wires", "in_series"), [(2, 2), (3, 1), (4, 0)])
def test_leads_that_are_measured_with_it_are_taken_off(wires: int, in_series: int) -> None:
    profile = rtd(wires=wires, lead_ohm=0.5)
    assert_allclose(profile.convert(ohms(column(-50, 50)) + in_series * 0.5).physical, [-50, 50], atol=1e-9)
    assert_allclose(profile.inverse(column(-50, 50)), ohms(column(-50, 50)) + in_series * 0.5)


def test_raw_may_be_volts_at_a_known_current() -> None:
    profile = rtd(input={"excitation_a": 0.001}, wires=3, lead_ohm=0.5)
    t_c = column(-200, -50, 0, 850)
    assert_allclose(profile.convert((ohms(t_c) + 0.5) * 0.001).physical, t_c, rtol=0, atol=1e-7)


def test_the_domain_is_the_resistance_from_minus_200_to_850_degrees() -> None:
    converted = rtd(out_of_domain="clamp").convert(column(18, 391))
    assert_allclose(converted.physical, [-200, 850], atol=1e-6)
    assert_array_equal(converted.flags, [Flag.BELOW_RANGE, Flag.ABOVE_RANGE])


def test_beyond_its_range_the_equation_goes_on() -> None:
    converted = rtd().convert(ohms(column(-210, 900)))
    assert_allclose(converted.physical, [-210, 900], atol=1e-4)
    assert_array_equal(converted.flags & Flag.EXTRAPOLATED, [Flag.EXTRAPOLATED] * 2)


def test_resistances_that_platinum_never_reaches_have_no_temperature() -> None:
    # The quadratic is highest at -a / 2b = 3384 °C, 761 Ω.
    assert_array_equal(rtd().convert(column(1000)).physical, [np.nan])


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=40))
def test_elements_of_all_standards_convert_in_one_batch_bit_for_bit(rows: list[tuple[int, float]]) -> None:
    profiles = [
        rtd(),
        rtd(r0=1000, standard="3750", input={"excitation_a": 1e-3}),
        rtd(a=0.00391, b=-5.77e-7, wires=2, lead_ohm=0.2),
        rtd(standard="3916"),
    ]
    which = np.array([number for number, _ in rows], np.int32)
    raw = np.array([ratio for _, ratio in rows], np.float64) * np.array([100, 1, 100, 100])[which]
    mixed = ProfileSet(profiles).convert(which, raw)
    for number, profile in enumerate(profiles):
        alone = profile.convert(raw[which == number])
        assert mixed.physical[which == number].tobytes() == alone.physical.tobytes()
        assert_array_equal(mixed.flags[which == number], alone.flags)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"r0": 0, "standard": "3750"}, "/payload/r0"),
        ({"r0": 100}, "/payload/standard"),
        ({"r0": 100, "standard": "pt385"}, "/payload/standard"),
        ({"r0": 100, "standard": "3750", "a": 1}, "/payload/a"),
        ({"r0": 100, "a": 0.004}, "/payload/b"),
        ({"r0": 100, "a": -0.004, "b": 0}, "/payload/a"),
        ({"r0": 100, "a": 0.004, "b": -4e-6}, "/payload/a"),
        ({"r0": 1e308, "a": 1e10, "b": 0}, "/payload/a"),
        ({"r0": 100, "standard": "3750", "input": "V"}, "/payload/input"),
        ({"r0": 100, "standard": "3750", "input": {"excitation_a": 0}}, "/payload/input/excitation_a"),
        ({"r0": 100, "standard": "3750", "input": {"divider": {}}}, "/payload/input/divider"),
        ({"r0": 100, "standard": "3750", "wires": 5}, "/payload/wires"),
        ({"r0": 100, "standard": "3750", "lead_ohm": -1}, "/payload/lead_ohm"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "rtd", "payload": payload})
    assert pointer in [place for place, _ in caught.value.errors]
