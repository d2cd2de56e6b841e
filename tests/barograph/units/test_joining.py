import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.units import are_same, is_unit, line_between, remark
from conversion import KINDS, compile_profile
from tests.barograph.units.real_names import RealName, real_names


@pytest.mark.parametrize(
    "text",
    [
        *["V", "mV", "µV", "degC", "°C", "°F", "K", "count", "counts", "1", "%", "‰", "ppm", "psi", "hPa"],
        *["mV/V", "V / V", "m/s^2", "m/s**2", "m·s^-1", "kg/(m*s²)", "1/min", "rpm", "inH2O", "microstrain"],
        *["Ω", "Ohm", "ohm", " V ", "ft^3/s", "L/min", "m³/h", "rad/s", "pH", "dBm"],
    ],
)
def test_what_instruments_write_is_a_unit(text: str) -> None:
    assert is_unit(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "2 V",
        "0.5",
        "per",
        "V/",
        "m^",
        "exp(2)",
        "a.b",
        "V" * 101,
        "м!",
        "dBm/Hz",
        "cft",
        "furlongs",
        "MM",
        "MBAR",
        "MS",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert not is_unit(text)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "m**99**99**99",
        "m^9^9",
        "(m^99)^99^99",
        "1^99",
        "2^999999999",
        "m" * 99 + "!",
        "m/" * 50,
        "J/kg K " * 14,
        "((m^9)^9)^9",
        "g/" * 49 + "g",
        "m  " * 33 + "!",
        "%" * 99 + "!",
        "(" * 50 + "m" + ")" * 49,
        "m⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹^99",
    ],
)
def test_a_text_made_to_take_long_does_not(text: str) -> None:
    start = time.perf_counter()
    is_unit(text)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("hPa", "mbar"),
        ("degC", "°C"),
        ("N*m", "m·N"),
        ("Hz", "1/s"),
        ("microstrain", "ppm"),
        ("count", "1"),
        ("pH", "pH"),
        ("no unit", "no unit"),
        ("RPM", "rpm"),
        ("rpm", "1/min"),
        ("g", "gram"),
        ("g", "g_0"),
        ("ton", "tons"),
        ("C", "°C"),
    ],
)
def test_two_spellings_mean_one_unit(first: str, second: str) -> None:
    assert are_same(first, second)
    assert are_same(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("degC", "K"),
        ("degC", "degF"),
        ("V", "mV"),
        ("Pa", "m"),
        ("%", "1"),
        ("V", "volts?"),
        ("Hz", "rpm"),
        ("MPA", "MPa"),
    ],
)
def test_units_that_differ_in_size_zero_or_kind_are_two(first: str, second: str) -> None:
    assert not are_same(first, second)
    assert not are_same(second, first)


def test_every_unit_of_a_kind_is_known() -> None:
    for kind in KINDS.values():
        profile = compile_profile({"kind": kind.name, "payload": dict(kind.example)})
        for unit in (kind.input_unit, kind.output_unit, profile.input_unit, profile.output_unit):
            assert unit is None or is_unit(unit), (kind.name, unit)


@given(st.text(st.sampled_from("mVs1⁹²%°()*/^·- ΩNaé_"), max_size=30) | st.text(max_size=20))
def test_any_text_is_a_unit_or_is_not(text: str) -> None:
    assert are_same(text, text) or not is_unit(text)


@pytest.mark.parametrize(
    ("first", "second", "value", "expected"),
    [
        ("bar", "kPa", 1.5, 150),
        ("degF", "degC", 212, 100),
        ("degC", "K", -273.15, 0),
        ("mV", "V", 1, 0.001),
        ("count", "count", 7, 7),
        ("rpm", "Hz", 60, 1),
        ("rpm", "rad/s", 60, 2 * math.pi),
        ("g", "m/s^2", 2, 19.6133),
        ("g", "kg", 2, 0.002),
        ("mg", "g", 1, 0.001),
        ("C", "degF", 100, 212),
        ("dBm", "dBW", 30, 0),
        ("?", "?", 3, 3),
    ],
)
def test_a_line_leads_from_unit_to_unit(first: str, second: str, value: float, expected: float) -> None:
    line = line_between(first, second)
    assert line is not None
    assert line[0] * value + line[1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *[("bar", "degC"), ("dBm", "mW"), ("bar", ""), ("?", "bar"), ("psig", "psi"), ("psig", "psia")],
        *[("sccm", "ml/min"), ("Nm3/h", "scfm"), ("VA", "W"), ("var", "VA"), ("Hz", "rad/s"), ("%RH", "%")],
        *[
            ("NTU", "FNU"),
            ("dBA", "dB"),
            ("Vpp", "Vrms"),
            ("deg", "%"),
            ("delta_degC", "ppm"),
            ("ppmv", "ppm"),
        ],
        *[("MPA", "bar"), ("mv", "V"), ("MHZ", "Hz"), ("ton", "kg"), ("ppt", "%")],
    ],
)
def test_no_line_leads_between_other_units(first: str, second: str) -> None:
    assert line_between(first, second) is None


@pytest.mark.parametrize("unit", ["W", "V", "A", "Pa", "Hz", "N", "J", "ohm", "Torr", "S", "F", "bar", "K"])
def test_a_large_m_is_never_read_as_milli_nor_a_small_one_as_mega(unit: str) -> None:
    for text, factor in ((f"m{unit}", 1e-3), (f"M{unit}", 1e6)):
        line = line_between(text, unit)
        assert line is None or line[0] == pytest.approx(factor)
        assert line or text.startswith("M")
    for text in (f"M{unit}".upper(), f"m{unit}".lower()):
        line = line_between(text, unit)
        assert line is None or line[0] == pytest.approx(1e6 if text[0] == "M" else 1e-3)


def test_what_is_ambiguous_is_named_with_what_it_may_mean() -> None:
    assert remark("MPA", "bar") == "'MPA' may mean mPa or MPa"
    assert remark("kg", "ton") == "'ton' may mean short ton or long ton or tonne"
    assert remark("furl", "V") == "'furl': not known as a unit, so equal only to the same text"
    assert remark("bar", "degC") == remark("rpm", "V") == remark("g", "kg") == ""


def test_212_fahrenheit_is_exactly_100_celsius() -> None:
    line = line_between("degF", "degC")
    assert line is not None
    assert line[0] * 212 + line[1] == 100


@given(st.sampled_from(real_names()), st.sampled_from(real_names()))
def test_there_and_back_is_where_it_began(one: RealName, other: RealName) -> None:
    there, back = line_between(one.text, other.text), line_between(other.text, one.text)
    assert (there is None) == (back is None)
    if there and back:
        assert there[0] * back[0] == pytest.approx(1)
        assert there[0] * back[1] + there[1] == pytest.approx(0, abs=1e-9)
