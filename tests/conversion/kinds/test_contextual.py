from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, NotInvertible, ProfileSet, compile_profile

Profile = dict[str, Any]


def line(slope: float, offset: float = 0, **payload: object) -> Profile:
    return {"kind": "linear", "payload": {"slope": slope, "offset": offset, **payload}}


def case(profile: object, **when: object) -> Profile:
    return {"when": when, "profile": profile}


def contextual(default: object, *cases: object, **payload: object) -> CompiledProfile:
    return compile_profile(
        {"kind": "contextual", "payload": {"cases": list(cases), "default": default, **payload}}
    )


SWITCHED = contextual(
    line(1), case(line(10), channel="switch", min=1, max=2), case(line(100), channel="switch", min=2)
)


def test_the_channel_chooses_the_profile() -> None:
    switch = np.array([0, 0.999, 1, 1.999, 2, 1e9])
    physical, flags = SWITCHED.convert(np.ones(6), {"switch": switch})
    assert_array_equal(physical, [1, 1, 10, 10, 100, 100])
    assert not flags.any()


def test_the_first_case_that_holds_counts() -> None:
    overlapping = contextual(
        line(1),
        case(line(2), channel="a", max=5),
        case(line(3), channel="b", min=0),
        case(line(4), channel="a") | {"when": {"channel": "a", "max": 9}},
    )
    aux = {"a": np.array([4.0, 6, 6, 9]), "b": np.array([1.0, 1, -1, -1])}
    assert overlapping.channels == ("a", "b")
    assert_array_equal(overlapping.convert(np.ones(4), aux).physical, [2, 3, 4, 1])


def test_without_the_channel_there_is_no_value() -> None:
    physical, flags = SWITCHED.convert(np.ones(2), {"switch": np.array([np.nan, 1])})
    assert_array_equal(physical, [np.nan, 10])
    assert_array_equal(flags, [Flag.MISSING_AUXILIARY, 0])


def test_the_profiles_keep_their_limits_and_flags() -> None:
    nulling = line(1, domain={"max": 10}, out_of_domain="null")
    limited = contextual(line(2, domain={"max": 10}), case(nulling, channel="c", min=0))
    physical, flags = limited.convert(np.array([20.0, 20, 5]), {"c": np.array([1.0, -1, 1])})
    assert_array_equal(physical, [np.nan, 40, 5])
    assert_array_equal(flags, [Flag.ABOVE_RANGE, Flag.ABOVE_RANGE | Flag.EXTRAPOLATED, 0])


def test_the_profiles_may_need_channels_of_their_own() -> None:
    def product(name: str) -> Profile:
        return {"kind": "expression", "payload": {"expression": "raw * x", "inputs": {"x": name}}}

    own = contextual(product("p"), case(product("q"), channel="c", min=0), case(line(1), channel="q", max=0))
    assert own.channels == ("c", "q", "p")
    aux = {"c": np.array([1.0, -1, -1]), "q": np.array([7.0, 7, -7]), "p": np.array([3.0, 3, 3])}
    assert_array_equal(own.convert(np.array([2.0, 2, 2]), aux).physical, [14, 6, 2])


def test_a_choice_has_no_inverse() -> None:
    with pytest.raises(NotInvertible, match="other channels"):
        SWITCHED.inverse(np.ones(1))


def test_many_choices_are_computed_together_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    members = [
        contextual(line(k), case(line(10, k, domain={"max": k}), channel=f"c{k}", min=k, max=k + 2))
        for k in range(4)
    ]
    which = rng.integers(0, 4, 200)
    raw, switch = rng.normal(0, 3, 200), np.where(rng.random(200) < 0.1, np.nan, rng.uniform(-1, 6, 200))
    mixed = ProfileSet(members).convert(which, raw, [switch])
    for number, member in enumerate(members):
        rows = which == number
        alone = member.convert(raw[rows], {f"c{number}": switch[rows]})
        assert_array_equal(mixed.physical[rows], alone.physical)
        assert_array_equal(mixed.flags[rows], alone.flags)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"cases": [], "default": line(1)}, "/payload/cases"),
        ({"cases": [case(line(1), channel="c", min=0)]}, "/payload/default"),
        ({"cases": [case(line(1), channel="c")], "default": line(1)}, "/payload/cases/0/when"),
        ({"cases": [case(line(1), channel="c", min=1, max=1)], "default": line(1)}, "/payload/cases/0/when"),
        ({"cases": [case(line(1), min=1)], "default": line(1)}, "/payload/cases/0/when/channel"),
        ({"cases": [{"when": {"channel": "c", "min": 0}}], "default": line(1)}, "/payload/cases/0/profile"),
        (
            {"cases": [case({"kind": "linear"}, channel="c", min=0)], "default": line(1)},
            "/payload/cases/0/profile/payload/slope",
        ),
        (
            {
                "cases": [case(line(1, output_unit="mV"), channel="c", min=0)],
                "default": line(1, output_unit="V"),
            },
            "/payload/cases/0/profile/payload/output_unit",
        ),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "contextual", "payload": payload})
    assert pointer in [place for place, _ in caught.value.errors]
