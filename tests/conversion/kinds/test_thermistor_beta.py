import numpy as np
import pytest
from numpy.testing import assert_allclose

from conversion import CompiledProfile, InvalidProfile, compile_profile


def thermistor(**payload: object) -> CompiledProfile:
    own = {"r0": 10_000, "t0_c": 25, "beta": 3380}
    return compile_profile({"kind": "thermistor_beta", "payload": {**own, **payload}})


def test_resistances_of_a_data_sheet_give_its_temperatures() -> None:
    # Murata NCP15XH103, data sheet: 10 kΩ at 25 °C, 4.161 kΩ at 50 °C, B 3380 K between these.
    assert_allclose(thermistor().convert(np.array([10_000.0, 4161])).physical, [25, 50], atol=0.01)
    # Vishay NTCLE100E3103, data sheet 29049: 10 kΩ at 25 °C, 1070 Ω at 85 °C, B 3977 K between these.
    assert_allclose(thermistor(beta=3977).convert(np.array([10_000.0, 1070])).physical, [25, 85], atol=0.02)


def test_the_inverse_takes_temperatures_back() -> None:
    t_c = np.linspace(-40, 125, 331)
    assert_allclose(thermistor().convert(thermistor().inverse(t_c)).physical, t_c, rtol=0, atol=1e-9)


def test_the_resistance_may_be_measured_in_a_divider() -> None:
    profile = thermistor(input={"divider": {"r_ohm": 10_000, "supply_v": 5, "side": "high"}})
    assert_allclose(profile.convert(np.array([2.5])).physical, 25)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"r0": 0}, "/payload/r0"),
        ({"beta": -1}, "/payload/beta"),
        ({"t0_c": -273.15}, "/payload/t0_c"),
        ({"t0_c": None}, "/payload/t0_c"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        thermistor(**payload)
    assert [place for place, _ in caught.value.errors] == [pointer]
