import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile
from conversion.arrays import Floats

# BetaTHERM 10K3A1, data sheet.
BETATHERM = {"a": 1.129241e-3, "b": 2.341077e-4, "c": 8.775468e-8}
# National Instruments, SCXI-1328 Installation Guide, cold-junction sensor.
SCXI_1328 = {"a": 1.295361e-3, "b": 2.343159e-4, "c": 1.018703e-7}


def thermistor(**payload: object) -> CompiledProfile:
    return compile_profile({"kind": "thermistor_steinhart_hart", "payload": {**BETATHERM, **payload}})


def divider(side: str, r_ohm: float = 5000, supply_v: float = 2.5) -> dict[str, object]:
    return {"divider": {"r_ohm": r_ohm, "supply_v": supply_v, "side": side}}


def column(*values: float) -> Floats:
    return np.array(values, np.float64)


def test_resistances_of_a_data_sheet_give_its_temperatures() -> None:
    # BetaTHERM 10K3A1, data sheet, R/T table: 32650 Ω, 10000 Ω and 3601 Ω at 0, 25 and 50 °C.
    assert_allclose(thermistor().convert(column(32_650, 10_000, 3601)).physical, [0, 25, 50], atol=0.01)


def test_the_squared_term_counts() -> None:
    # Vishay NTCLE100E3103, data sheet 29049: 1/T = A + B·L + C·L² + D·L³ with L = ln(R / 10 kΩ), and
    # 332094 Ω, 10000 Ω and 677.3 Ω at -40, 25 and 100 °C. Our equation takes ln R, so L is multiplied out.
    a, b, c, d = 3.354016e-3, 2.569850e-4, 2.620131e-6, 6.383091e-8
    ln = math.log(10_000)
    profile = thermistor(
        a=a - b * ln + c * ln**2 - d * ln**3,
        b=b - 2 * c * ln + 3 * d * ln**2,
        d=c - 3 * d * ln,
        c=d,
    )
    assert_allclose(profile.convert(column(332_094, 10_000, 677.3)).physical, [-40, 25, 100], atol=0.01)


def test_a_sensor_below_the_middle_of_a_divider_gives_its_own_volts() -> None:
    # SCXI-1328 Installation Guide: 5 kΩ and 2.5 V, "1.91 to 0.58 V from 0 to 55 °C".
    profile = thermistor(**SCXI_1328, input=divider("low"))
    assert_allclose(profile.convert(column(1.91, 0.58)).physical, [0, 55], atol=0.5)
    # 5 kΩ at 25 °C, so half the supply.
    assert_allclose(profile.convert(column(1.25)).physical, 25, atol=0.001)


def test_a_sensor_above_the_middle_leaves_the_rest_of_the_supply() -> None:
    low, high = (thermistor(**SCXI_1328, input=divider(side)) for side in ("low", "high"))
    volts = column(0.2, 1.25, 2.2)
    assert_allclose(high.convert(2.5 - volts).physical, low.convert(volts).physical, rtol=1e-12)


def test_raw_may_be_volts_at_a_known_current() -> None:
    profile = thermistor(input={"excitation_a": 1e-5})
    assert_allclose(profile.convert(column(0.1)).physical, 25, atol=0.001)


@pytest.mark.parametrize("source", ["ohm", {"excitation_a": 1e-4}, divider("low"), divider("high")])
@pytest.mark.parametrize("d", [0, 1e-6, -1e-6])
def test_the_inverse_takes_temperatures_back(source: object, d: float) -> None:
    t_c = np.linspace(-40, 125, 331)
    profile = thermistor(input=source, d=d)
    assert_allclose(profile.convert(profile.inverse(t_c)).physical, t_c, rtol=0, atol=1e-9)
    assert_array_equal(profile.inverse(column(-273.15, -300)), [np.nan, np.nan])


def test_the_cubic_term_may_be_missing() -> None:
    profile = thermistor(c=0)
    assert_allclose(profile.inverse(profile.convert(column(10_000)).physical), 10_000)


@pytest.mark.parametrize("turning", [{"c": -1e-7}, {"d": 1e-5}, {"c": 0, "d": 1e-6}])
def test_coefficients_that_turn_have_no_inverse(turning: dict[str, float]) -> None:
    with pytest.raises(NotInvertible, match="does not rise"):
        thermistor(**turning).inverse(column(25))


def test_there_is_no_temperature_without_a_resistance() -> None:
    shorted = thermistor().convert(column(0, -1, 1e-30))
    assert_array_equal(shorted.physical, [np.nan] * 3)
    assert (shorted.flags & Flag.NOT_FINITE).all()
    assert_array_equal((shorted.flags & Flag.BELOW_RANGE) != 0, [False, True, False])
    at_ends = thermistor(input=divider("low")).convert(column(-0.1, 0, 2.5, 2.6))
    assert_array_equal(at_ends.physical, [np.nan] * 4)
    assert_array_equal((at_ends.flags & Flag.ABOVE_RANGE) != 0, [False, False, False, True])


def test_thermistors_of_all_sorts_convert_in_one_batch_bit_for_bit() -> None:
    profiles = [
        thermistor(),
        thermistor(**SCXI_1328, d=1e-7),
        thermistor(input=divider("low")),
        thermistor(input=divider("low", 10_000, 3.3)),
        thermistor(input=divider("high")),
        compile_profile({"kind": "thermistor_beta", "payload": {"r0": 10_000, "t0_c": 25, "beta": 3380}}),
    ]
    rng = np.random.default_rng(1)
    which = np.sort(rng.integers(0, len(profiles), 1000)).astype(np.int32)
    raw = rng.uniform(-0.1, 2.6, 1000) * np.array([1e4, 1e4, 1, 1, 1, 1e4])[which]
    mixed = ProfileSet(profiles).convert(which, raw)
    for number, profile in enumerate(profiles):
        alone = profile.convert(raw[which == number])
        assert mixed.physical[which == number].tobytes() == alone.physical.tobytes()
        assert_array_equal(mixed.flags[which == number], alone.flags)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"b": 0}, "/payload/b"),
        ({"c": None}, "/payload/c"),
        ({"input": 5}, "/payload/input"),
        ({"input": {}}, "/payload/input/excitation_a"),
        ({"input": {"excitation_a": -1}}, "/payload/input/excitation_a"),
        ({"input": {"excitation_a": 1, **divider("low")}}, "/payload/input/excitation_a"),
        ({"input": divider("left")}, "/payload/input/divider/side"),
        ({"input": divider("low", r_ohm=0)}, "/payload/input/divider/r_ohm"),
        ({"input": divider("low", supply_v=-5)}, "/payload/input/divider/supply_v"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        thermistor(**payload)
    assert [place for place, _ in caught.value.errors] == [pointer]
