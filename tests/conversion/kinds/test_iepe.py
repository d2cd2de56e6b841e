import numpy as np
import pytest
from numpy.testing import assert_allclose

from conversion import CompiledProfile, InvalidProfile, compile_profile


def iepe(sensitivity: object, unit: object, **payload: object) -> CompiledProfile:
    fields = {"sensitivity": sensitivity, "unit": unit, **payload}
    return compile_profile({"kind": "iepe", "payload": fields})


def test_a_sensitivity_of_100_millivolts_makes_10_g_of_one_volt() -> None:
    # PCB Piezotronics 352C33: 100 mV/g, ±5 V for ±50 g.
    accelerometer = iepe(100, "g")
    assert_allclose(accelerometer.convert(np.array([-5.0, 0, 1])).physical, [-50, 0, 10], rtol=1e-15)
    assert_allclose(accelerometer.inverse(np.array([10.0])), [1], rtol=1e-15)


def test_a_pistonphone_gives_one_pascal() -> None:
    # Brüel & Kjær 4189: 50 mV/Pa; a calibrator's 94 dB re 20 µPa are 1.0024 Pa r.m.s.
    microphone = iepe(50, "Pa", db_reference=20e-6)
    pressure = microphone.convert(np.array([0.05012])).physical
    assert_allclose(20 * np.log10(pressure / 20e-6), [94], atol=1e-3)


def test_the_unit_is_the_physical_values_unit() -> None:
    assert iepe(100, "g").output_unit == "g"
    assert iepe(100, "g", output_unit="g").output_unit == "g"


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"sensitivity": 0, "unit": "g"}, "/payload/sensitivity"),
        ({"sensitivity": 1}, "/payload/unit"),
        ({"sensitivity": 1, "unit": "g", "db_reference": -1}, "/payload/db_reference"),
        ({"sensitivity": 1, "unit": "g", "output_unit": "Pa"}, "/payload/output_unit"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "iepe", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
