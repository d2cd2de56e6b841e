import numpy as np
import pytest
from numpy.testing import assert_allclose

from conversion import ImportRefused
from conversion.importers.epics import breakpoints as epics_data
from tests.conversion.importers.values import physical

# The shape of EPICS Base's bptTypeKdegF.data: a header, values of a line of ten a row, comments.
TEXT = """! a made-up thermocouple, in millivolts
"typeXdegC"  5 0  35 300  1.0  0 40 10
!data
 0.0  1.0
 2.5  4.0 6.0 ! the last
"""


def test_raw_values_are_a_line_over_the_tables_values() -> None:
    data = epics_data.read(TEXT)
    assert data.name == "typeXdegC"
    # 0.5 mV at 5 °C is 0, 5 mV at 35 °C is 300: 66.67 counts for each millivolt.
    counts = (np.array([0.5, 1.0, 2.5, 4.0, 5.0]) - 0.5) * 300 / 4.5
    made = epics_data.profile_of(data)
    assert_allclose(physical(made, counts.tolist()), [5, 10, 20, 30, 35], atol=1e-9)


def test_such_files_are_told_from_databases() -> None:
    assert epics_data.is_data(TEXT)
    assert not epics_data.is_data('record(ai, "a") { }')
    assert not epics_data.is_data("")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TEXT.replace("1.0  0 40 10", "1.0 0 40"), "8 numbers"),
        (TEXT.replace("0.0  1.0", "0.0 x"), "no finite number"),
        (TEXT.replace("35 300", "90 300"), "do not reach"),
        (TEXT.replace("0 40 10", "0 40 -10"), "do not reach"),
        (TEXT.replace("2.5  4.0 6.0", "0.5 0.7 0.2"), "as piecewise_linear"),
        ('"name" 0 0 2 1 1 0 2 1\n1 1 1', "the same at both ends"),
    ],
)
def test_malformed_files_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        epics_data.profile_of(epics_data.read(text))
