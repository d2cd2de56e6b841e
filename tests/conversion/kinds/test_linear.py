import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conversion import compile_profile


def test_the_tmp36_gives_the_temperatures_of_its_datasheet() -> None:
    # Analog Devices TMP36 data sheet, specifications: 10 mV/°C, 750 mV at 25 °C, -40 to 125 °C.
    sensor = compile_profile({"kind": "linear", "payload": {"slope": 0.1, "offset": -50}})
    assert_allclose(sensor.convert(np.array([100.0, 750, 1750])).physical, [-40, 25, 125], rtol=1e-14)


def test_celsius_becomes_fahrenheit() -> None:
    # Exact by definition: 0 °C is 32 °F, 100 °C is 212 °F.
    scale = compile_profile({"kind": "linear", "payload": {"slope": 1.8, "offset": 32}})
    assert scale.convert(np.array([-40.0, 0, 100])).physical.tolist() == [-40, 32, 212]


@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.lists(st.floats(-1e6, 1e6)))
def test_the_inverse_takes_physical_back_to_raw(slope: float, offset: float, values: list[float]) -> None:
    profile = compile_profile({"kind": "linear", "payload": {"slope": slope, "offset": offset}})
    raw = np.array(values, np.float64)
    assert_allclose(profile.inverse(profile.convert(raw).physical), raw, rtol=1e-9, atol=1e-9)
