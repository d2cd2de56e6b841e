"""Hypothesis strategies: profiles that compile, and columns of raw values with every awkward double."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

Profile = dict[str, Any]

raw_values = st.one_of(
    st.floats(-20, 20), st.floats(), st.sampled_from([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.8e308])
)
raw_columns = arrays.arrays(np.float64, st.integers(0, 40), elements=raw_values)

_numbers = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6))


@st.composite
def _bounds(draw: st.DrawFn, lo: float = -10, hi: float = 10) -> dict[str, float]:
    first, second = sorted([draw(st.floats(lo, hi)), draw(st.floats(lo, hi))])
    return draw(st.sampled_from([{}, {"min": first}, {"max": second}, {"min": first, "max": second}]))


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, Any]:
    x = sorted(draw(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20, unique=True)))
    y = draw(st.lists(_numbers, min_size=len(x), max_size=len(x)))
    return {"points": [[a / 100, b] for a, b in zip(x, y, strict=True)]}


_own_fields: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "identity": st.just({}),
    "linear": st.fixed_dictionaries({"slope": _numbers, "offset": _numbers}),
    "polynomial": st.fixed_dictionaries(
        {"coefficients": st.lists(_numbers, min_size=1, max_size=6)},
        optional={"center": _numbers, "scale": _numbers.filter(bool)},
    ),
    "piecewise_linear": _tables(),
}
_shared_fields = st.fixed_dictionaries(
    {},
    optional={
        "range": _bounds(),
        "out_of_domain": st.sampled_from(["null", "clamp", "extrapolate", "flag"]),
        "input_unit": st.sampled_from(["V", "count"]),
    },
)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """A profile of any kind that compiles."""
    kind = draw(st.sampled_from(sorted(_own_fields)))
    payload: dict[str, Any] = {**draw(_own_fields[kind]), **draw(_shared_fields)}
    # A table's declared domain must overlap its points.
    lo, hi = (payload["points"][0][0], payload["points"][-1][0]) if "points" in payload else (-10, 10)
    if draw(st.booleans()):
        payload["domain"] = draw(_bounds(lo, hi))
    return {"kind": kind, "payload": payload}
