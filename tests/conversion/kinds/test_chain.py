from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import (
    KINDS,
    CompiledProfile,
    Flag,
    InvalidProfile,
    NotInvertible,
    ProfileSet,
    compile_profile,
)
from conversion.kind import Kind
from conversion.payload.fields import MAX_DEPTH

Profile = dict[str, Any]


def stage(kind: str, **payload: object) -> Profile:
    return {"kind": kind, "payload": payload}


def chain(*stages: object, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "chain", "payload": {"stages": list(stages), **payload}})


def example(kind: Kind) -> Profile:
    return {"kind": kind.name, "payload": dict(kind.example)}


def line(slope: float, offset: float = 0, **payload: object) -> Profile:
    return stage("linear", slope=slope, offset=offset, **payload)


def test_a_code_becomes_a_force() -> None:
    # ±2.5 V / 128 over 24 bits, 2 mV/V of 5 V for 10 kg: half of 10 mV is 5 kg, 49.03325 N; its code is
    # 5 mV · 128 / 2.5 V · 2²³ = 2147483.648.
    weight = compile_profile(example(KINDS["chain"]))
    assert_allclose(weight.convert(np.array([2147483.648])).physical, [49.03325], rtol=1e-14)
    assert_allclose(weight.inverse(np.array([49.03325])), [2147483.648], rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_chain_of_one_is_that_one(kind: Kind) -> None:
    alone, chained = compile_profile(example(kind)), chain(example(kind))
    raw = np.concatenate([np.linspace(-50, 1000, 200), [np.nan, np.inf, -1e9, 1e9, 5e-324]])
    aux = {channel: np.linspace(0, 30, len(raw)) for channel in alone.channels}
    for column in aux.values():
        column[::7] = np.nan
    assert chained.channels == alone.channels
    assert_array_equal(chained.convert(raw, aux).physical, alone.convert(raw, aux).physical)
    assert_array_equal(chained.convert(raw, aux).flags, alone.convert(raw, aux).flags)


def test_flags_gather_and_each_stage_keeps_its_limits() -> None:
    clamping = line(2, domain={"min": 0, "max": 10}, out_of_domain="clamp")
    bounded = line(1, range={"max": 15}, out_of_domain="flag")
    physical, flags = chain(clamping, bounded).convert(np.array([-1.0, 5, 9, 20]))
    assert_array_equal(physical, [0, 10, 18, 20])
    above = Flag.ABOVE_RANGE
    assert_array_equal(flags, [Flag.BELOW_RANGE, 0, above, above])


def test_a_value_that_one_stage_nulls_stays_null_for_that_reason_alone() -> None:
    nulling = line(1, domain={"max": 10}, out_of_domain="null")
    physical, flags = chain(line(2), nulling, line(5, 1)).convert(np.array([1.0, 6]))
    assert_array_equal(physical, [11, np.nan])
    assert_array_equal(flags, [0, Flag.ABOVE_RANGE])


def test_a_result_that_is_not_finite_is_flagged_as_such() -> None:
    physical, flags = chain(line(1), stage("power", a=1, exponent=-1), line(2)).convert(np.array([0.0, 4]))
    assert_array_equal(physical, [np.nan, 0.5])
    assert_array_equal(flags, [Flag.NOT_FINITE, 0])


@pytest.mark.parametrize("policy", ["clamp", "null", "flag", "extrapolate"])
def test_a_fault_of_the_loop_is_a_fault_of_the_chain(policy: str) -> None:
    loop = stage("current_loop", physical=[0, 16])
    physical, flags = chain(loop, line(2), domain={"min": 4}, out_of_domain=policy).convert(
        np.array([2.0, 12])
    )
    assert_array_equal(physical, [np.nan, 16])
    assert flags[0] & Flag.LOOP_FAULT
    assert flags[1] == 0


def test_stages_share_channels_by_name() -> None:
    plus, minus = (
        stage("expression", expression=text, inputs={"t": "temperature", "p": name})
        for text, name in (("raw + t * p", "p1"), ("raw - t * p", "p2"))
    )
    both = chain(plus, minus)
    assert both.channels == ("temperature", "p1", "p2")
    aux = {
        "temperature": np.array([2.0, 2, np.nan]),
        "p1": np.array([10.0, 10, 1]),
        "p2": np.array([1.0, np.nan, 1]),
    }
    physical, flags = both.convert(np.array([5.0, 5, 5]), aux)
    assert_array_equal(physical, [23, np.nan, np.nan])
    assert_array_equal(flags, [0, Flag.MISSING_AUXILIARY, Flag.MISSING_AUXILIARY])


def test_a_chain_has_the_units_and_labels_of_its_ends() -> None:
    states = stage("enumeration", values={"1": "on"}, output_unit="state")
    ends = chain(stage("bitfield", mask=2, shift=1, input_unit="word"), states)
    assert (ends.input_unit, ends.output_unit) == ("word", "state")
    assert ends.labels is not None
    assert ends.labels.of(ends.convert(np.array([2.0, 0])).physical) == ["on", None]


def test_one_stage_without_inverse_leaves_the_chain_without() -> None:
    with pytest.raises(NotInvertible, match="constant"):
        chain(line(1), line(0)).inverse(np.ones(1))


@given(st.integers(0, 2**32 - 1))
def test_many_chains_are_computed_together_as_each_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    members = [
        *(chain(line(k + 1, domain={"max": 3}, out_of_domain="null"), line(-1, k)) for k in range(3)),
        *(chain(line(2), stage("exponential", a=1, b=k), line(1)) for k in range(2)),
        *(chain(stage("expression", expression="raw * t", inputs={"t": f"t{k}"}), line(k)) for k in range(2)),
    ]
    which = rng.integers(0, len(members), 60)
    raw, t = rng.normal(0, 3, 60), np.where(rng.random(60) < 0.2, np.nan, rng.normal(size=60))
    mixed = ProfileSet(members).convert(which, raw, [t])
    for number, member in enumerate(members):
        rows = which == number
        alone = member.convert(raw[rows], dict.fromkeys(member.channels, t[rows]))
        assert_array_equal(mixed.physical[rows], alone.physical)
        assert_array_equal(mixed.flags[rows], alone.flags)


def faults(*stages: object, **payload: object) -> dict[str, str]:
    with pytest.raises(InvalidProfile) as caught:
        chain(*stages, **payload)
    return dict(caught.value.errors)


def test_faults_in_stages_are_told_where_they_are() -> None:
    assert set(faults()) == {"/payload/stages"}
    assert set(faults(5)) == {"/payload/stages/0"} | {"/payload/stages/0/kind"}
    assert set(faults(line(1), {"kind": "lnear"})) == {"/payload/stages/1/kind"}
    assert set(faults(line(1), {"kind": "linear", "payload": {"slope": "x"}})) == {
        "/payload/stages/1/payload/slope",
        "/payload/stages/1/payload/offset",
    }
    assert set(faults({**line(1), "colour": 1})) == {"/payload/stages/0/colour"}
    nested = stage("chain", stages=[line(1), stage("power", a=1)])
    assert set(faults(line(1), nested)) == {"/payload/stages/1/payload/stages/1/payload/exponent"}
    assert set(faults(line(1, max_age_s=5))) == {"/payload/stages/0/payload/max_age_s"}
    table = stage("piecewise_linear", points=[[0, 0], [1, 1]], domain={"min": 2})
    assert set(faults(table)) == {"/payload/stages/0/payload/domain"}


def test_units_must_join_where_both_are_named() -> None:
    assert chain(line(1, output_unit="V"), line(1), line(1, input_unit="A")).output_unit is None
    assert set(faults(line(1, output_unit="V"), line(1, input_unit="mV"))) == {
        "/payload/stages/1/payload/input_unit"
    }
    assert set(faults(line(1, output_unit="V"), output_unit="mV")) == {"/payload/output_unit"}
    assert set(faults(line(1, input_unit="V"), input_unit="mV")) == {"/payload/input_unit"}


def test_chains_do_not_nest_without_end() -> None:
    profile = line(1)
    for _ in range(MAX_DEPTH - 1):
        profile = stage("chain", stages=[profile])
    assert chain(profile).convert(np.array([3.0])).physical == 3
    assert f"more than {MAX_DEPTH}" in next(iter(faults(stage("chain", stages=[profile])).values()))
    for _ in range(500):
        profile = stage("chain", stages=[profile])
    assert len(faults(profile)) == 1
