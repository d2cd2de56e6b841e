import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.units import ALIASES, are_same, is_unit, line_between
from conversion import KINDS, compile_profile


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
    ["", " ", "-", "psig", "Pa (gauge)", "2 V", "0.5", "per", "V/", "m^", "exp(2)", "a.b", "V" * 101, "м!"],
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
    ],
)
def test_two_spellings_mean_one_unit(first: str, second: str) -> None:
    assert are_same(first, second)
    assert are_same(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [("degC", "K"), ("degC", "degF"), ("V", "mV"), ("Pa", "m"), ("%", "1"), ("V", "volts?"), ("Hz", "rpm")],
)
def test_units_that_differ_in_size_zero_or_kind_are_two(first: str, second: str) -> None:
    assert not are_same(first, second)
    assert not are_same(second, first)


def test_every_alias_and_every_unit_of_a_kind_is_known() -> None:
    for text in ALIASES:
        assert is_unit(text), text
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
    ],
)
def test_a_line_leads_from_unit_to_unit(first: str, second: str, value: float, expected: float) -> None:
    line = line_between(first, second)
    assert line is not None
    assert line[0] * value + line[1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [("bar", "degC"), ("dBm", "mW"), ("bar", ""), ("?", "bar")])
def test_no_line_leads_between_other_units(first: str, second: str) -> None:
    assert line_between(first, second) is None
