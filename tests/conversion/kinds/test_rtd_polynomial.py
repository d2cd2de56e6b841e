import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, ProfileSet, compile_profile
from conversion.arrays import Floats

# °C and Ω. Nickel 100 Ω: DIN 43760:1987, rounded to 0.1 Ω. Nickel 120 Ω and copper 10 Ω: Minco, resistance
# tables, rounded to 0.01 Ω and 0.001 Ω. Copper is 9.035 Ω at 0 °C and rises by 0.03862 Ω/°C.
NICKEL_120 = """
    66.60  73.10  79.62  86.17  92.76  99.41 106.15 113.00 120.00 127.17 134.52 142.06
   149.79 157.74 165.90 174.25 182.84 191.64 200.64 209.85 219.29 228.96 238.85 248.95
   259.30 269.91 280.77 291.96 303.46 315.31 327.54 340.14 353.14 366.53 380.31
"""
TABLES = {
    "Ni100": [(-60, 69.5), (-20, 89.3), (0, 100.0), (50, 129.1), (100, 161.8), (180, 223.2), (250, 289.2)],
    "Ni120": [(-80 + 10 * i, float(ohm)) for i, ohm in enumerate(NICKEL_120.split())],
    "Cu10": [(-50, 7.104), (0, 9.035), (25, 10.0005), (100, 12.897), (150, 14.828)],
}  # fmt: skip (a row a material)
ROUNDING_OHM = {"Ni100": 0.0501, "Ni120": 1e-9, "Cu10": 1e-9}

# The nickel polynomial of DIN 43760:1987 for 100 Ω at 0 °C.
DIN_43760 = [100, 0.5485, 6.65e-4, 0, 2.805e-9, 0, -2e-15]

every_material = pytest.mark.parametrize("material", TABLES)


def element(**payload: object) -> CompiledProfile:
    return compile_profile({"kind": "rtd_polynomial", "payload": payload})


def column(*values: float) -> Floats:
    return np.array(values, np.float64)


@every_material
def test_resistances_are_those_of_the_published_tables(material: str) -> None:
    t_c, table_ohm = np.array(TABLES[material], np.float64).T
    assert_allclose(element(material=material).inverse(t_c), table_ohm, atol=ROUNDING_OHM[material])


def test_copper_is_read_as_published() -> None:
    converted = element(material="Cu10").convert(column(9.035, 10.0005, 12.897))
    assert_allclose(converted.physical, [0, 25, 100], rtol=0, atol=1e-9)


def test_nickel_between_the_points_of_the_table_does_not_swing() -> None:
    """The table's rounding moves neighbouring slopes by up to 0.02 Ω in 10 °C."""
    t_c = np.arange(-80, 261, 1.0)
    slope = np.diff(element(material="Ni120").inverse(t_c))
    chords = np.repeat(np.diff([ohm for _, ohm in TABLES["Ni120"]]) / 10, 10)
    assert_allclose(slope, chords, rtol=0, atol=0.025)


@every_material
def test_temperatures_go_to_resistances_and_back(material: str) -> None:
    t_c = np.linspace(TABLES[material][0][0], TABLES[material][-1][0], 2001)
    profile = element(material=material)
    assert_allclose(profile.convert(profile.inverse(t_c)).physical, t_c, rtol=0, atol=1e-6)


def test_the_pieces_of_the_nickel_curve_meet() -> None:
    t_c = np.linspace(-80, 260, 34_001)
    steps_ohm = np.diff(element(material="Ni120").inverse(t_c))
    assert_allclose(np.diff(steps_ohm), 0, atol=1e-6)


def test_a_material_may_have_another_resistance() -> None:
    t_c = column(-50, 0, 200)
    ni1000 = element(material="Ni100", r0=1000)
    assert_allclose(ni1000.inverse(t_c), 10 * element(material="Ni100").inverse(t_c), rtol=1e-14)


def test_an_element_may_have_its_own_coefficients() -> None:
    own, named = element(coefficients=DIN_43760, range_c=[-60, 250]), element(material="Ni100")
    t_c = np.linspace(-60, 250, 311)
    assert_allclose(own.convert(named.inverse(t_c)).physical, t_c, rtol=0, atol=1e-6)


def test_leads_and_excitation_count_as_for_platinum() -> None:
    profile = element(material="Cu10", input={"excitation_a": 0.01}, wires=2, lead_ohm=0.1)
    assert_allclose(profile.convert(column((10.0005 + 0.2) * 0.01)).physical, 25)


def test_beyond_the_curve_its_tangents_go_on() -> None:
    profile = element(coefficients=[100, 0.5, 1e-3], range_c=[0, 100])
    # R(100) = 160, R'(100) = 0.7; R(0) = 100, R'(0) = 0.5.
    converted = profile.convert(column(95, 167))
    assert_allclose(converted.physical, [-10, 110])
    assert_array_equal(
        converted.flags, [Flag.BELOW_RANGE | Flag.EXTRAPOLATED, Flag.ABOVE_RANGE | Flag.EXTRAPOLATED]
    )
    assert_allclose(profile.inverse(converted.physical), [95, 167])


def test_all_elements_convert_in_one_batch_bit_for_bit() -> None:
    profiles = [
        element(material="Ni100"),
        element(material="Ni120", input={"excitation_a": 0.001}),
        element(coefficients=DIN_43760, range_c=[-60, 250]),
        element(coefficients=[99, 0.55, 6.6e-4, 1e-8]),
        element(material="Cu10", wires=3, lead_ohm=0.1),
    ]
    rng = np.random.default_rng(1)
    which = np.sort(rng.integers(0, len(profiles), 1000)).astype(np.int32)
    raw = rng.uniform(0, 500, 1000) * np.array([1, 1e-3, 1, 1, 0.1])[which]
    mixed = ProfileSet(profiles).convert(which, raw)
    for number, profile in enumerate(profiles):
        alone = profile.convert(raw[which == number])
        assert mixed.physical[which == number].tobytes() == alone.physical.tobytes()
        assert_array_equal(mixed.flags[which == number], alone.flags)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({}, "/payload/material"),
        ({"material": "Fe100"}, "/payload/material"),
        ({"material": "Ni100", "r0": -1}, "/payload/r0"),
        ({"material": "Ni100", "range_c": [0, 1]}, "/payload/range_c"),
        ({"coefficients": [100]}, "/payload/coefficients"),
        ({"coefficients": [100, 0.5], "r0": 100}, "/payload/r0"),
        ({"coefficients": [100, 0.5], "range_c": [100, 0]}, "/payload/range_c"),
        ({"coefficients": [100, -0.5]}, "/payload/coefficients"),
        ({"coefficients": [100, 0.5, -1e-3]}, "/payload/coefficients"),
        ({"coefficients": [100, 1e300, 1e308]}, "/payload/coefficients"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "rtd_polynomial", "payload": payload})
    assert pointer in [place for place, _ in caught.value.errors]
