"""Profiles whose physical values may be left out of files give the same bits for ever."""

import hashlib

import numpy as np
import pytest

from barograph.archive.derivation import is_reproducible
from conversion import compile_profile
from conversion.kinds import KINDS

# Files hold check values of these bits. A change that gives others makes files unreadable: it is a fault,
# however small the difference. Payloads are the kinds' examples, raw values are made by quotients alone.
GIVEN = {
    "adc": "3ecd259b4aba25ab",
    "bridge": "79dce6f69e64582b",
    "chain": "7c23884a86b83b48",
    "current_loop": "04430a5600718a26",
    "frequency": "c9f8ab697e0eef09",
    "identity": "a0bf008f1af2d9be",
    "iepe": "bf0ff51d3d2ae59a",
    "linear": "f14834d063d537a2",
    "lookup_table": "2c4121537f412a07",
    "map_range": "673a07427c1a6d92",
    "piecewise_linear": "351721089930c8a8",
    "polynomial": "3d29d12a278660bc",
    "range_map": "34b493804fc5575d",
    "rational": "7decfa1b1179902d",
    "rtd": "e1ddd184ba923df8",
    "segmented_polynomial": "edc0dd0fd0f91cbe",
    "strain_gauge": "670a6fc0cf319859",
}
RAW = np.concatenate(
    [np.arange(-40_000, 40_000) / 7.0, np.arange(1, 4000) / 333.0, np.arange(1, 2000) / 100_000.0]
)


def test_kinds_count_whose_arithmetic_is_that_of_ieee_754() -> None:
    compiled = {
        name: compile_profile({"kind": name, "payload": kind.example}) for name, kind in KINDS.items()
    }
    assert {name for name, each in compiled.items() if is_reproducible(each)} == GIVEN.keys()


@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_they_give_the_bits_that_they_always_gave(kind: str) -> None:
    physical = compile_profile({"kind": kind, "payload": KINDS[kind].example}).convert(RAW).physical
    plain = np.where(np.isnan(physical), np.nan, physical).astype("<f8")
    assert hashlib.sha256(plain.tobytes()).hexdigest()[:16] == GIVEN[kind]


def test_a_chain_is_no_better_than_its_stages() -> None:
    stage = {"kind": "exponential", "payload": KINDS["exponential"].example}
    linear = {"kind": "linear", "payload": {"slope": 2, "offset": 1}}
    for stages, expected in (([linear, linear], True), ([linear, stage], False)):
        assert is_reproducible(compile_profile({"kind": "chain", "payload": {"stages": stages}})) is expected
