import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conversion.formulas.runs import Runs


@given(st.lists(st.integers(-1, 3)))
def test_runs_spread_back_to_their_rows(which: list[int]) -> None:
    runs = Runs.of(np.array(which, np.int32))
    assert_array_equal(runs.spread(runs.which), which)
    assert (np.diff(runs.which) != 0).all()
    assert [number for number, rows in runs.spans() for _ in which[rows]] == which


def test_chosen_runs_close_up() -> None:
    runs = Runs.of(np.array([4, 4, 7, 4]))
    fours = np.array([0, 2])
    chosen = runs.take(fours)
    assert list(chosen.spans()) == [(4, slice(0, 2)), (4, slice(2, 3))]
    assert (runs.count, chosen.count) == (4, 3)
    assert runs.rows_of(fours).tolist() == [0, 1, 3]
