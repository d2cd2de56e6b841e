"""Strain against published scalings, and against the circuit itself: four resistors and their leads."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import CompiledProfile, Flag, InvalidProfile, ProfileSet, compile_profile
from conversion.arrays import Floats

BRIDGES = ["quarter_i", "quarter_ii", "half_i", "half_ii", "full_i", "full_ii", "full_iii"]


def gauge(bridge: str, **payload: object) -> CompiledProfile:
    fields = {"bridge": bridge, "gauge_factor": 2.1, "poisson": 0.3, **payload}
    return compile_profile({"kind": "strain_gauge", "payload": fields})


# npTDMS 1.9, nptdms/test/test_scaling.py: strain scales of NI TDMS files. Gauge factor 2.1, Poisson's ratio
# 0.3, 350 Ω, 2.5 V excitation; raw 6.8827 mV and 6.7900 mV, alone; then the first again with an initial
# bridge voltage of 1.35 mV, and the first with leads of 1.234 Ω.
PUBLISHED = {
    "full_i": (-1.310990e-3, -1.293333e-3, -1.053848e-3, -1.310990e-3),
    "full_ii": (-2.016908e-3, -1.989744e-3, -1.621304e-3, -2.016908e-3),
    "full_iii": (-2.013923e-3, -1.986838e-3, -1.619374e-3, -2.013923e-3),
    "half_i": (-4.021893e-3, -3.967881e-3, -3.234898e-3, -4.036073e-3),
    "half_ii": (-2.621981e-3, -2.586667e-3, -2.107695e-3, -2.631225e-3),
    "quarter_i": (-5.215246e-3, -5.145384e-3, -4.196815e-3, -5.233633e-3),
    "quarter_ii": (-5.215246e-3, -5.145384e-3, -4.196815e-3, -5.233633e-3),
}


@pytest.mark.parametrize("bridge", BRIDGES)
def test_strain_agrees_with_published_scalings(bridge: str) -> None:
    ratio = np.array([0.0068827, 0.0067900]) / 2.5
    plain = gauge(bridge).convert(ratio).physical
    zeroed = gauge(bridge, initial_ratio=0.00135 / 2.5).convert(ratio[:1]).physical
    with_leads = gauge(bridge, lead_ohm=1.234, gauge_ohm=350).convert(ratio[:1]).physical
    assert_allclose(np.concatenate([plain, zeroed, with_leads]), PUBLISHED[bridge], rtol=5e-7)


def output(arms: list[Floats]) -> Floats:
    """Of a Wheatstone bridge as a part of its excitation, arms R1 to R4 in NI's order: R3 and R4 in one
    half, R2 and R1 in the other."""
    r1, r2, r3, r4 = arms
    return r3 / (r3 + r4) - r2 / (r1 + r2)


STRAIN = np.linspace(-0.02, 0.02, 41)
NONE, ALONG, AGAINST, ACROSS = 0.0, 1.0, -1.0, -0.3


@pytest.mark.parametrize(
    ("bridge", "strained"),
    [
        ("quarter_i", (NONE, NONE, NONE, ALONG)),
        ("quarter_ii", (NONE, NONE, NONE, ALONG)),
        ("half_i", (NONE, NONE, ACROSS, ALONG)),
        ("half_ii", (NONE, NONE, AGAINST, ALONG)),
        ("full_i", (AGAINST, ALONG, AGAINST, ALONG)),
        ("full_ii", (ACROSS, -ACROSS, AGAINST, ALONG)),
        ("full_iii", (ACROSS, ALONG, ACROSS, ALONG)),
    ],
)
def test_the_equations_undo_what_the_circuit_does(bridge: str, strained: tuple[float, ...]) -> None:
    # Each gauge has 350·(1 + 2.1·(its share of the strain)) Ω.
    arms = [350 * (1 + 2.1 * share * STRAIN) for share in strained]
    assert_allclose(gauge(bridge).convert(output(arms)).physical, STRAIN, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("bridge", BRIDGES)
def test_the_inverse_takes_strain_back_to_the_ratio(bridge: str) -> None:
    profile = gauge(bridge, initial_ratio=0.001)
    ratio = np.linspace(-0.45, 0.5, 50)
    assert_allclose(profile.inverse(profile.convert(ratio).physical), ratio, rtol=1e-9, atol=1e-12)


def test_no_bridge_gives_more_than_its_excitation_allows() -> None:
    flags = gauge("quarter_i").convert(np.array([-0.5, -0.49, 0.5, 0.51])).flags
    below = Flag.BELOW_RANGE | Flag.EXTRAPOLATED | Flag.NOT_FINITE
    assert_array_equal(flags, [below, 0, 0, Flag.ABOVE_RANGE | Flag.EXTRAPOLATED])


def test_all_configurations_are_computed_together_as_each_alone() -> None:
    members = [gauge(bridge, initial_ratio=0.001 * k) for k, bridge in enumerate(BRIDGES)]
    which = np.repeat(np.arange(len(members)), 30)
    raw = np.random.default_rng(1).normal(0, 0.01, which.size)
    mixed = ProfileSet(members).convert(which, raw).physical
    alone = [members[k].convert(raw[which == k]).physical for k in range(len(members))]
    assert_array_equal(mixed, np.concatenate(alone))


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"bridge": "quarter_iii", "gauge_factor": 2}, "/payload/bridge"),
        ({"bridge": "quarter_i"}, "/payload/gauge_factor"),
        ({"bridge": "half_i", "gauge_factor": 2}, "/payload/poisson"),
        ({"bridge": "full_ii", "gauge_factor": 2, "poisson": 0.6}, "/payload/poisson"),
        ({"bridge": "quarter_i", "gauge_factor": 2, "lead_ohm": 1}, "/payload/gauge_ohm"),
        ({"bridge": "quarter_i", "gauge_factor": 2, "lead_ohm": -1, "gauge_ohm": 1}, "/payload/lead_ohm"),
    ],
)
def test_wrong_payloads_are_refused_where_they_are_wrong(payload: object, pointer: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        compile_profile({"kind": "strain_gauge", "payload": payload})
    assert [place for place, _ in caught.value.errors] == [pointer]
