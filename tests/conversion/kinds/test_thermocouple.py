import numpy as np
import pytest
import thermocouple_its90
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile
from conversion.arrays import Floats
from conversion.formulas.limits import Interval

NAN = np.nan

# NIST Monograph 175, the tables of each type (also NIST SRD 60 and IEC 60584-1): °C and mV, rounded to
# 1 µV, the cold junction being at 0 °C. The ends of each table, and some round temperatures between.
# fmt: off
TABLES = {
    "B": [(100, 0.033), (250, 0.291), (500, 1.242), (700, 2.431), (1000, 4.834), (1820, 13.820)],
    "E": [(-270, -9.835), (-200, -8.825), (-100, -5.237), (100, 6.319), (500, 37.005), (1000, 76.373)],
    "J": [(-210, -8.095), (-100, -4.633), (0, 0), (100, 5.269), (500, 27.393), (760, 42.919), (1200, 69.553)],
    "K": [(-270, -6.458), (-200, -5.891), (-100, -3.554), (100, 4.096), (500, 20.644), (1372, 54.886)],
    "N": [(-270, -4.345), (-200, -3.990), (-100, -2.407), (100, 2.774), (600, 20.613), (1300, 47.513)],
    "R": [(-50, -0.226), (0, 0), (100, 0.647), (500, 4.471), (1000, 10.506), (1500, 17.451), (1768, 21.101)],
    "S": [(-50, -0.236), (0, 0), (100, 0.646), (500, 4.233), (1000, 9.587), (1500, 15.582), (1768, 18.693)],
    "T": [(-270, -6.258), (-200, -5.603), (-100, -3.379), (0, 0), (100, 4.279), (200, 9.288), (400, 20.872)],
}
# fmt: on

# Where each type can be inverted, °C.
RANGES = {
    "B": Interval(21.1, 1820),
    "E": Interval(-270, 1000),
    "J": Interval(-210, 1200),
    "K": Interval(-270, 1372),
    "N": Interval(-270, 1300),
    "R": Interval(-50, 1768.1),
    "S": Interval(-50, 1768.1),
    "T": Interval(-270, 400),
}

every_type = pytest.mark.parametrize("letter", RANGES)


def thermocouple(letter: str, cold_c: float = 0.0, /, **payload: object) -> CompiledProfile:
    own = {"type": letter, "input": "mV", "cold_junction": {"temperature_c": cold_c}}
    return compile_profile({"kind": "thermocouple", "payload": {**own, **payload}})


def emf_mv(letter: str, t_c: Floats) -> Floats:
    """The reference function by thermocouple-its90, whose own tests hold it to all values of the tables."""
    oracle = thermocouple_its90.get(letter)
    return np.array([oracle.emf(t) for t in t_c.tolist()])


def column(*values: float) -> Floats:
    return np.array(values, np.float64)


@every_type
def test_the_emf_of_a_temperature_is_the_one_of_the_published_table(letter: str) -> None:
    t_c, table_mv = np.array(TABLES[letter], np.float64).T
    assert_allclose(thermocouple(letter).inverse(t_c), table_mv, atol=0.000_501)


@every_type
def test_temperatures_are_within_a_fiftieth_of_a_millikelvin_over_the_full_range(letter: str) -> None:
    lo_c, hi_c = RANGES[letter]
    t_c = np.append(np.arange(np.ceil(lo_c), hi_c, 0.5), hi_c)
    converted = thermocouple(letter, out_of_domain="clamp").convert(emf_mv(letter, t_c))
    assert_allclose(converted.physical, t_c, rtol=0, atol=2e-5)


@every_type
def test_the_inverse_takes_temperatures_back_to_emf(letter: str) -> None:
    profile, t_c = thermocouple(letter, 20), np.linspace(*RANGES[letter], 2001)
    assert_allclose(profile.inverse(t_c), emf_mv(letter, t_c) - emf_mv(letter, column(20)), atol=1e-9)
    assert_allclose(profile.convert(profile.inverse(t_c)).physical, t_c, rtol=0, atol=2e-5)


@given(st.sampled_from(sorted(RANGES)), st.floats(0, 1), st.floats(0, 60))
def test_the_emf_of_the_cold_junction_is_added(letter: str, share: float, cold_c: float) -> None:
    lo_c, hi_c = RANGES[letter]
    t_c = column(lo_c + share * (hi_c - lo_c))
    raw = emf_mv(letter, t_c) - emf_mv(letter, column(cold_c))
    converted = thermocouple(letter, cold_c, out_of_domain="clamp").convert(raw)
    assert_allclose(converted.physical, t_c, rtol=0, atol=1e-4)


def test_a_meter_at_room_temperature_reads_less_than_the_table() -> None:
    # NIST Monograph 175, type K: 4.096 mV at 100 °C, 0.960 mV at 24 °C, rounded to 1 µV (0.025 °C).
    assert_allclose(thermocouple("K", 24).convert(column(4.096 - 0.960)).physical, 100, atol=0.025)


@pytest.mark.parametrize(("unit", "per_mv"), [("mV", 1), ("V", 1e-3), ("uV", 1e3)])
def test_raw_may_be_in_any_unit_of_emf(unit: str, per_mv: float) -> None:
    profile = thermocouple("K", 24, input=unit)
    expected = thermocouple("K", 24).convert(column(3, 30))
    assert_allclose(profile.convert(column(3, 30) * per_mv).physical, expected.physical, rtol=1e-12)


def test_a_measured_cold_junction_counts_like_a_fixed_one() -> None:
    measured = thermocouple("N", cold_junction={"channel": "terminal-block"})
    assert measured.channels == ("terminal-block",)
    raw, cold_c = column(-4, 0, 10, 40), column(-30, 0, 21.5, 60)
    expected = [thermocouple("N", cold).convert(raw[i : i + 1]) for i, cold in enumerate(cold_c.tolist())]
    converted = measured.convert(raw, {"terminal-block": cold_c})
    assert_array_equal(converted.physical, np.concatenate([each.physical for each in expected]))
    assert_array_equal(converted.flags, np.concatenate([each.flags for each in expected]))


def test_without_its_cold_junctions_temperature_there_is_none() -> None:
    measured = thermocouple("N", cold_junction={"channel": "block"})
    converted = measured.convert(column(10, 10, NAN), {"block": column(20, NAN, NAN)})
    assert_array_equal(np.isnan(converted.physical), [False, True, True])
    assert_array_equal(converted.flags, [0, Flag.MISSING_AUXILIARY, Flag.NOT_FINITE])
    with pytest.raises(NotInvertible, match="other channels"):
        measured.inverse(column(20))


def test_a_cold_junction_where_no_thermocouple_works_gives_nothing() -> None:
    measured = thermocouple("N", cold_junction={"channel": "block"})
    converted = measured.convert(column(10, 10), {"block": column(-300, 5000)})
    assert_array_equal(converted.physical, [NAN, NAN])
    assert_array_equal(converted.flags, [Flag.NOT_FINITE] * 2)


def test_the_domain_is_the_emf_of_the_type_less_that_of_the_cold_junction() -> None:
    profile = thermocouple("K", 24)
    assert profile.limits.domain is not None
    # NIST Monograph 175, type K: -6.458 mV at -270 °C, 54.886 mV at 1372 °C, 0.960 mV at 24 °C.
    assert_allclose(profile.limits.domain, [-6.458 - 0.960, 54.886 - 0.960], atol=0.001)


def test_the_domain_moves_with_a_measured_cold_junction() -> None:
    measured = thermocouple("K", cold_junction={"channel": "block"}, out_of_domain="clamp")
    converted = measured.convert(column(54, 54, -7, -7), {"block": column(20, 24, 0, 40)})
    assert_array_equal(converted.flags, [0, Flag.ABOVE_RANGE, Flag.BELOW_RANGE, 0])
    assert_allclose(converted.physical[1:3], [1372, -270], atol=1e-6)


def test_beyond_its_ends_a_tangent_goes_on() -> None:
    profile = thermocouple("K")
    assert profile.limits.domain is not None
    lo, hi = profile.limits.domain
    converted = profile.convert(column(lo - 0.001, hi + 1))
    # The derivative of the reference function at the ends: 0.735 and 33.88 µV/°C.
    assert_allclose(converted.physical, [-270 - 0.001 / 0.000_735, 1372 + 1 / 0.033_88], rtol=1e-4)
    assert_array_equal(converted.flags & Flag.EXTRAPOLATED, [Flag.EXTRAPOLATED] * 2)
    assert_allclose(profile.inverse(converted.physical), [lo - 0.001, hi + 1])


def test_type_b_is_held_where_its_emf_is_lowest() -> None:
    profile = thermocouple("B")
    # NIST Monograph 175, type B: -0.002 mV from 2 to 41 °C; -0.003 mV (the lowest) at 21 °C.
    converted = profile.convert(column(-0.0025, -0.003, -1))
    assert_allclose(converted.physical, [24.8, 21.1, 21.1], atol=0.1)
    assert_array_equal((converted.flags & Flag.BELOW_RANGE) != 0, [False, True, True])
    assert_array_equal(profile.inverse(column(20)), [NAN])


def test_all_types_convert_in_one_batch_bit_for_bit() -> None:
    profiles = [
        *(thermocouple(letter, cold) for letter in RANGES for cold in (0, 21.5)),
        *(thermocouple(letter, cold_junction={"channel": "block"}) for letter in RANGES),
    ]
    rng = np.random.default_rng(1)
    which = np.sort(rng.integers(0, len(profiles), 2000)).astype(np.int32)
    raw, cold_c = rng.uniform(-10, 60, 2000), rng.uniform(-30, 60, 2000)
    mixed = ProfileSet(profiles).convert(which, raw, [cold_c])
    for number, profile in enumerate(profiles):
        rows = which == number
        alone = profile.convert(raw[rows], {"block": cold_c[rows]})
        assert mixed.physical[rows].tobytes() == alone.physical.tobytes()
        assert_array_equal(mixed.flags[rows], alone.flags)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"type": "k"}, "/payload/type"),
        ({"input": "kV"}, "/payload/input"),
        ({"cold_junction": {}}, "/payload/cold_junction"),
        ({"cold_junction": 25}, "/payload/cold_junction"),
        ({"cold_junction": {"temperature_c": 25, "channel": "a"}}, "/payload/cold_junction"),
        ({"cold_junction": {"temperature_c": 25, "offset": 1}}, "/payload/cold_junction/offset"),
        ({"cold_junction": {"temperature_c": -300}}, "/payload/cold_junction/temperature_c"),
        ({"type": "S", "cold_junction": {"temperature_c": -51}}, "/payload/cold_junction/temperature_c"),
        ({"cold_junction": {"channel": ""}}, "/payload/cold_junction/channel"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        thermocouple("K", 0, **payload)
    assert pointer in [place for place, _ in caught.value.errors]
