import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, ProfileSet, compile_profile

BELOW, ABOVE, FAULT = Flag.BELOW_RANGE, Flag.ABOVE_RANGE, Flag.LOOP_FAULT


def loop(physical: object, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "current_loop", "payload": {"physical": physical, **payload}})


def test_the_live_zero_and_full_scale_are_four_and_twenty_milliamperes() -> None:
    # IEC 60381-1: the span is 16 mA, its quarters at 8, 12 and 16 mA.
    physical, flags = loop([0, 100]).convert(np.array([4.0, 8, 12, 16, 20]))
    assert_array_equal(physical, [0, 25, 50, 75, 100])
    assert not flags.any()


def test_a_shunt_of_250_ohms_makes_one_to_five_volts() -> None:
    # IEC 60381-2 has the 1 to 5 V that 250 Ω make of 4 to 20 mA.
    assert_allclose(loop([-50, 150], shunt_ohm=250).convert(np.array([1.0, 3, 5])).physical, [-50, 50, 150])


def test_the_bands_are_those_of_namur_ne_43() -> None:
    # NE 43: measurement 3.8 to 20.5 mA, failure up to 3.6 mA and from 21 mA on.
    raw = np.array([0, 3.6, 3.61, 3.79, 3.8, 20.5, 20.51, 20.99, 21, 24])
    physical, flags = loop([0, 16], out_of_domain="flag").convert(raw)
    low, high = FAULT | BELOW, FAULT | ABOVE
    assert_array_equal(flags, [low, low, BELOW, BELOW, 0, 0, ABOVE, ABOVE, high, high])
    nan = np.nan
    assert_allclose(physical, [nan, nan, -0.39, -0.21, -0.2, 16.5, 16.51, 16.99, nan, nan], rtol=1e-12)


@pytest.mark.parametrize("policy", ["null", "clamp", "extrapolate", "flag"])
def test_a_fault_has_no_value_whatever_the_policy(policy: str) -> None:
    narrow = loop([0, 16], out_of_domain=policy, domain={"min": 4, "max": 20})
    physical, flags = narrow.convert(np.array([2.0, 22, np.nan]))
    assert np.isnan(physical).all()
    assert (flags[:2] & FAULT).all()
    assert flags[2] == Flag.NOT_FINITE


def test_faults_of_some_loops_leave_other_sensors_alone() -> None:
    line = compile_profile({"kind": "linear", "payload": {"slope": 1, "offset": 0}})
    mixed = ProfileSet([loop([0, 16]), line, loop([0, 16], shunt_ohm=100)])
    physical, flags = mixed.convert(np.array([0, 1, 1, 2, 2]), np.array([2.0, 2, 30, 0.2, 1.2]))
    assert_allclose(physical, [np.nan, 2, 30, np.nan, 8], rtol=1e-12)
    assert_array_equal(flags & FAULT, [FAULT, 0, 0, FAULT, 0])


def test_the_inverse_takes_physical_back_to_milliamperes() -> None:
    assert_array_equal(loop([0, 100]).inverse(np.array([0.0, 50, 100])), [4, 12, 20])


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({}, "/payload/physical"),
        ({"physical": [0]}, "/payload/physical"),
        ({"physical": [-1e308, 1e308]}, "/payload/physical"),
        ({"physical": [0, 1], "shunt_ohm": 0}, "/payload/shunt_ohm"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "current_loop", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
