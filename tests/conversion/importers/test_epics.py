import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conversion import Flag, ImportRefused, compile_profile
from conversion.importers.epics import records as epics
from conversion.kinds.thermocouple import KIND as THERMOCOUPLE
from tests.conversion.importers.values import physical

# In the form of the EPICS Record Reference Manual and Base's own bpt*.dbd files.
TEXT = r"""
# a menu, which is none of ours
menu(menuConvert) { choice(menuConverttypeJdegC, "typeJdegC") }
breaktable(typeJdegC) {   # made by makeBpt: counts, degrees Celsius
    0.000000 0.000000
    365.023224 67.000000
    1000.046448 178.000000
    3007.255859 524.000000
    3543.383789 613.000000
    4042.988281 692.000000
    4101.488281 701.000000
}
breaktable("falling") { 30, 1.5  20, 2.5  10, 4 }
record(ai, "rig7:pressure") {
    field(DESC, "Inlet # 1")
    field(INP, {pva: {pv: "other", "field": "value"}})
    field(LINR, "SLOPE") field(ESLO, "0.0025") field(EOFF, "-2.5")
    field(ROFF, "16") field(ASLO, "2") field(AOFF, "-1")
    field(EGU, "bar")
}
record(ai, "rig7:level") { field(LINR, "LINEAR") field(EGUL, "-10") field(EGUF, "10") }
record(ai, "rig7:cj") { field(LINR, "typeJdegC") field(EGU, "degC") }
record(ai, "rig7:shifted") { field(LINR, "typeJdegC") field(ROFF, "100") field(AOFF, "0.5") }
record(ai, "rig7:plain") { field(EGU, "V") }
record(ai, "rig7:smooth") { field(SMOO, "0.9") }
record(ai, "rig7:other") { field(LINR, "typeXdegC") }
record(ao, "rig7:out") { field(LINR, "SLOPE") }
"""
DATABASE = epics.read(TEXT)
J = np.array(DATABASE.tables["typeJdegC"])


def breakpoints(value: float) -> float:
    """As cvtRawToEngBpt of EPICS Base does it: the interval's line, the outer ones beyond the ends."""
    k = int(np.clip(np.searchsorted(J[:, 0], value, side="left") - 1, 0, len(J) - 2))
    slope = (J[k + 1, 1] - J[k, 1]) / (J[k + 1, 0] - J[k, 0])
    return J[k, 1] + (value - J[k, 0]) * slope


RAW = [-50, 0, 100, 365.023224, 700, 4000, 4101.488281, 5000]


def test_a_breakpoint_table_interpolates_and_goes_on_beyond_its_ends() -> None:
    profile = DATABASE.table("typeJdegC")
    assert_allclose(physical(profile, RAW), [breakpoints(value) for value in RAW], rtol=1e-14)
    flags = compile_profile(profile).convert(np.array(RAW)).flags  # where EPICS raises a soft alarm
    assert flags.astype(bool).tolist() == [True, *[False] * 6, True]
    assert flags[0] & Flag.EXTRAPOLATED


def test_the_table_of_a_thermocouple_agrees_with_the_kind() -> None:
    # 0 to 701 °C over 4101.49 of 4095 counts, the scale of the table's own header: "0 0 700 4095".
    table = compile_profile(DATABASE.table("typeJdegC"))
    payload = {"type": "J", "input": "mV", "cold_junction": {"temperature_c": 0}}
    direct = compile_profile({"kind": THERMOCOUPLE.name, "payload": payload})
    mv_per_count = 39.132 / 4095  # NIST: 700 °C is 39.132 mV
    counts = np.linspace(0, 4095, 50)
    # The header allows half a degree; ITS-90 replaced IPTS-68 since, up to another half.
    assert_allclose(table.convert(counts).physical, direct.convert(counts * mv_per_count).physical, atol=1.0)


def test_a_falling_table_is_turned_round() -> None:
    assert_allclose(physical(DATABASE.table("falling"), [10, 15, 30, 40]), [4, 3.25, 1.5, 0.5])


def test_slope_follows_the_adjustment_of_raw() -> None:
    raw = np.array([-3.0, 0.0, 4095.0])
    expected = ((raw + 16) * 2 - 1) * 0.0025 - 2.5
    profile = DATABASE.record("rig7:pressure")
    assert_allclose(physical(profile, raw.tolist()), expected, rtol=1e-13)
    assert profile["payload"]["output_unit"] == "bar"


def test_linear_needs_the_devices_range() -> None:
    profile = DATABASE.record("rig7:level", raw_range=(0, 65535))
    assert_allclose(physical(profile, [0, 65535 / 2, 65535]), [-10, 0, 10], atol=1e-12)
    with pytest.raises(ImportRefused, match="raw range"):
        DATABASE.record("rig7:level")


def test_linear_with_a_slope_of_its_own_needs_no_range() -> None:
    text = """record(ai, a) { field(LINR, "LINEAR") field(ESLO, "0.5") field(EOFF, "-3") field(EGUF, "10") }
    record(ai, b) { field(LINR, "LINEAR") field(EOFF, "7") }"""
    database = epics.read(text)
    assert_allclose(physical(database.record("a"), [0, 2]), [-3, -2])
    assert_allclose(physical(database.record("b"), [0, 2]), [7, 9])
    # The device's range goes before them, as device support does.
    assert_allclose(physical(database.record("a", (0, 100)), [0, 100]), [0, 10])


def test_a_record_with_a_table_takes_it_as_it_is_or_after_the_adjustment() -> None:
    plain, shifted = DATABASE.record("rig7:cj"), DATABASE.record("rig7:shifted")
    assert (plain["kind"], plain["payload"]["output_unit"]) == ("piecewise_linear", "degC")
    assert shifted["kind"] == "chain"
    expected = [breakpoints(value + 100.5) for value in RAW]
    assert_allclose(physical(shifted, RAW), expected, rtol=1e-13)


def test_no_conversion_gives_the_raw_value() -> None:
    assert_allclose(physical(DATABASE.record("rig7:plain"), [1.5]), [1.5])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rig7:smooth", "SMOO"),
        ("rig7:other", "breaktable typeXdegC: is not in the text"),
        ("rig7:out", "is not in the text"),
        ("rig7:none", "is not in the text"),
    ],
)
def test_other_records_are_refused(name: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        DATABASE.record(name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("breaktable(t) { 1 2 3 }", "without its engineering value"),
        ("breaktable(t) { 1 a }", "no finite number"),
        ("breaktable(t) { 1 2", "closing brace"),
        ("breaktable { 1 2 }", "name in parentheses"),
        ("record(ai) { }", "name in parentheses"),
    ],
)
def test_malformed_groups_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        epics.read(text)


def test_a_table_that_turns_back_is_refused() -> None:
    with pytest.raises(ImportRefused, match="as piecewise_linear"):
        epics.read("breaktable(t) { 1 2 1 3 }").table("t")


words = st.sampled_from(
    [*TEXT.split(), "breaktable", "record", "field", "(", ")", "{", "}", ",", '"', "#", "\n"]
)


@given(st.lists(words, max_size=60))
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    try:
        database = epics.read(" ".join(parts))
    except ImportRefused:
        return
    for name in database.records:
        try:
            database.record(name, (0, 1))
        except ImportRefused:
            continue
