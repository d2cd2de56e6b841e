import numpy as np
from hypothesis import given
from numpy.testing import assert_array_equal

from conversion import compile_profile
from conversion.arrays import Floats
from tests.conversion.profiles import raw_columns

IDENTITY = compile_profile({"kind": "identity"})


@given(raw_columns)
def test_finite_values_stay_bit_for_bit(raw: Floats) -> None:
    raw = raw[np.isfinite(raw)]
    assert IDENTITY.convert(raw).physical.tobytes() == raw.tobytes()
    assert_array_equal(IDENTITY.inverse(raw), raw)
