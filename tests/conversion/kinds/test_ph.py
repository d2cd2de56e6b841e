import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile


def electrode(slope_mv: object, zero_ph: object, temperature: object, **payload: object) -> CompiledProfile:
    fields = {"slope_mv": slope_mv, "zero_ph": zero_ph, "temperature": temperature, **payload}
    return compile_profile({"kind": "ph", "payload": fields})


# Nernst slopes R·T·ln 10 / F as electrode manuals print them, mV per pH by °C.
NERNST = {0: 54.20, 10: 56.18, 20: 58.17, 25: 59.16, 30: 60.15, 50: 64.12, 80: 70.07, 100: 74.04}


@pytest.mark.parametrize("temperature_c", NERNST)
def test_the_slope_follows_the_temperature(temperature_c: int) -> None:
    ideal = electrode(59.16, 7, {"c": temperature_c})
    assert_allclose(ideal.convert(np.array([NERNST[temperature_c], 0])).physical, [6, 7], atol=1e-4)


def test_an_acid_gives_a_positive_voltage() -> None:
    # At 25 °C pH 4 is three slopes above zero, 177.48 mV, and pH 10 three below.
    ideal = electrode(59.16, 7, {"c": 25})
    assert_allclose(ideal.convert(np.array([177.48, -177.48])).physical, [4, 10], rtol=1e-14)
    assert_allclose(ideal.inverse(np.array([4.0, 10])), [177.48, -177.48], rtol=1e-14)


def test_the_temperature_may_come_from_a_channel() -> None:
    measured = electrode(59.16, 7, {"channel": "bath"})
    bath = np.array([25.0, 50, np.nan, -300])
    physical, flags = measured.convert(np.array([59.16, 64.12, 0, 1]), {"bath": bath})
    assert_allclose(physical, [6, 6, np.nan, np.nan], atol=1e-4)
    assert_array_equal(flags, [0, 0, Flag.MISSING_AUXILIARY, Flag.NOT_FINITE])
    with pytest.raises(NotInvertible, match="other channels"):
        measured.inverse(np.array([7.0]))


def test_many_electrodes_are_computed_together_as_each_alone() -> None:
    fixed = [electrode(58 + k / 10, 7 - k / 100, {"c": 20 + k}) for k in range(3)]
    measured = [electrode(58 + k / 10, 7, {"channel": f"bath {k}"}) for k in range(3)]
    which = np.repeat(np.arange(6), 20)
    rng = np.random.default_rng(1)
    raw, bath = rng.normal(0, 100, which.size), rng.uniform(0, 100, which.size)
    mixed = ProfileSet([*fixed, *measured]).convert(which, raw, [bath]).physical
    alone = [each.convert(raw[which == k]).physical for k, each in enumerate(fixed)]
    alone += [
        each.convert(raw[which == k], {f"bath {k - 3}": bath[which == k]}).physical
        for k, each in enumerate(measured, start=3)
    ]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize(
    ("slope_mv", "temperature", "pointer"),
    [
        (-59.16, {"c": 25}, "/payload/slope_mv"),
        (59.16, {}, "/payload/temperature"),
        (59.16, {"c": 25, "channel": "bath"}, "/payload/temperature"),
        (59.16, {"c": -273.15}, "/payload/temperature/c"),
        (59.16, {"channel": ""}, "/payload/temperature/channel"),
        (59.16, 25, "/payload/temperature"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(
    slope_mv: object, temperature: object, pointer: str
) -> None:
    with pytest.raises(InvalidProfile) as caught:
        electrode(slope_mv, 7, temperature)
    assert pointer in [place for place, _ in caught.value.errors]
