"""Values: the nearest float64 to what stands there, or a code."""

import math
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.tables.files.dialect import Dialect
from barograph.tables.numbers import to_numbers
from barograph.tables.times.epochs import from_epoch, from_excel
from barograph.tables.unreadable import Unreadable

COMMA, POINT = {"decimal_comma": True}, {"decimal_comma": False}


def read(values: list[Any], dialect: dict[str, Any] | None = None) -> list[float | str | None]:
    found = to_numbers(pl.Series(values), Dialect.model_validate(dialect or {}))
    return [
        None if empty else Unreadable(int(code)).slug if code else float(number)
        for number, code, empty in zip(found.number, found.code, found.is_empty, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        ("1.234", COMMA, "ambiguous-value"),
        ("1.234", COMMA | {"thousands": "."}, 1234.0),
        ("1.234,5", COMMA, 1234.5),
        ("1.234.567", COMMA, 1234567.0),
        ("-12.345,", COMMA, -12345.0),
        ("1.23", COMMA, "bad-value"),
        ("0.123", COMMA | {"thousands": "."}, "bad-value"),
        ("1234.5", COMMA, "bad-value"),
        ("1,5", COMMA, 1.5),
        ("1,5e-3", COMMA, 0.0015),
        ("1,2,3", COMMA, "bad-value"),
        ("1,234", POINT, "ambiguous-value"),
        ("1,234", POINT | {"thousands": ","}, 1234.0),
        ("1,234.5", POINT, 1234.5),
        ("1,5", POINT, "bad-value"),
        ("12,34,567", POINT | {"thousands": ","}, "bad-value"),
        ("1.234", POINT, 1.234),
        (" +1.5 ", POINT, 1.5),
        ("9007199254740992", POINT, 2.0**53),
        ("9007199254740993", POINT, 2.0**53),
        ("9007199254740993", COMMA, 2.0**53),
        ("-9007199254740993", POINT, -(2.0**53)),
        (str(2**70), POINT, 2.0**70),
        ("1" * 400, POINT, math.inf),
        (" ", POINT, None),
        ("0x10", POINT, "bad-value"),
    ],
)
def test_texts(text: str, dialect: dict[str, Any], expected: float | str | None) -> None:
    assert read([text, "1"], dialect) == [expected, 1.0]


@settings(deadline=None)
@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_are_exact_or_marked(integer: int) -> None:
    is_exact = int(float(integer)) == integer
    kind = pl.UInt64 if integer >= 2**63 else pl.Int64
    found = to_numbers(pl.Series([integer, None], dtype=kind), None)
    for each in (found, to_numbers(pl.Series([str(integer), None]), None)):
        assert each.is_rounded.tolist() == [not is_exact, False]
        assert each.number[0] == float(integer)
        assert each.is_empty.tolist() == [False, True]
        assert not each.code.any()


@settings(deadline=None)
@given(st.integers(-(10**36), 10**36), st.integers(0, 9))
def test_decimals_are_rounded_if_they_are_integers_that_no_float_equals(integer: int, tenths: int) -> None:
    value = Decimal(f"{integer}.{tenths}")
    found = to_numbers(pl.Series([value], dtype=pl.Decimal(38, 1)), None)
    assert bool(found.is_rounded[0]) == (tenths == 0 and int(float(integer)) != integer)
    assert found.number[0] == float(value)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=18))
def test_decimals_become_the_nearest_float(value: Decimal) -> None:
    column = pl.Series([value], dtype=pl.Decimal(38, 18))
    assert to_numbers(column, None).number.tolist() == [float(value)]


def test_a_cell_that_is_no_number_leaves_the_others_exact() -> None:
    t_ns = 1_700_000_000_123_456_789
    for odd in ("x", "1.7e18", "", f"{t_ns}.5"):
        assert from_epoch(pl.Series([odd, str(t_ns)]), "epoch_ns")[1] == t_ns // 1000


@settings(deadline=None)
@given(
    number=st.decimals(-(10**9), 10**11, allow_nan=False, allow_infinity=False, places=9),
    unit=st.sampled_from([("epoch_s", 6), ("epoch_ms", 3), ("epoch_us", 0), ("epoch_ns", -3)]),
)
def test_texts_since_1970_are_cut_off_exactly(number: Decimal, unit: tuple[str, int]) -> None:
    exact = number.scaleb(unit[1])
    floor = int(exact) - (int(exact) > exact)
    assert from_epoch(pl.Series([f"{number:f}", "x"]), unit[0]).to_list() == [floor, None]
    assert from_epoch(pl.Series([f"{number:E}"]), unit[0]).to_list() == [floor]


@pytest.mark.parametrize("text", ["1e999999999", "nan", "inf", "1_000", "9" * 70, "1e30", "0x5"])
def test_numbers_that_are_no_time_are_none(text: str) -> None:
    assert from_epoch(pl.Series([text, "1"]), "epoch_s").to_list() == [None, 1_000_000]


def test_days_of_excel_are_read_to_the_millisecond() -> None:
    half_past_twelve = 1_704_112_200_000_000  # 2024-01-01 12:30 UTC
    days = pl.Series([45292.520833333336, 60.0, 61.0, 3e6])
    assert from_excel(days).to_list() == [half_past_twelve, None, -2_203_891_200_000_000, None]
    assert from_excel(pl.Series(["45292.5208333333"])).to_list() == [half_past_twelve]
