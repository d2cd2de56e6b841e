"""Numbers since 1970 to microseconds, exactly: each row by itself, and no integer ever as a float."""

from decimal import ROUND_FLOOR, Context, Decimal

import polars as pl

_DIGITS = {"epoch_s": 6, "epoch_ms": 3, "epoch_us": 0, "epoch_ns": -3}
_PLAIN = r"^\+?(?P<whole>[0-9]{1,18})(?:\.(?P<part>[0-9]*))?$"
_MAX_CHARACTERS = 60
_MAX_DIGITS = 25
_EXACT = Context(prec=2 * _MAX_CHARACTERS)
_BEYOND_INT64 = 2**63
_EXCEL_EPOCH_US = -25_569 * 86_400_000_000
# Before 1 March 1900 Excel counts a day that never was.
_FIRST_EXCEL_DAY, _LAST_EXCEL_DAY = 61, 2_958_466
_MS_PER_DAY = 86_400_000


def from_epoch(times: pl.Series, unit: str) -> pl.Series:
    """int64[n], null where there is no number or a huge one. What is finer than a microsecond is cut off.

    Floats are rounded to the nearest microsecond: what they hold beyond it is their own error.
    """
    digits = _DIGITS[unit]
    if times.dtype == pl.String or times.dtype.is_decimal():
        return _from_texts(times.cast(pl.String).str.strip_chars(), digits)
    if times.dtype.is_integer():
        return _shifted(times.cast(pl.Int64, strict=False), digits)
    if digits < 0:  # 0.001 is no float64, so that a product with it is not the nearest
        return (times.cast(pl.Float64).round().cast(pl.Int64, strict=False) + 500) // 1000
    return (times.cast(pl.Float64, strict=False) * 10.0**digits).round().cast(pl.Int64, strict=False)


def from_excel(times: pl.Series) -> pl.Series:
    """Days as Excel counts them, to microseconds on the clock of whoever wrote them; to the millisecond.

    That is what Excel keeps: in these numbers a microsecond is lost.
    """
    if times.dtype == pl.String:
        times = times.str.strip_chars()
    days = times.cast(pl.Float64, strict=False)
    days = days.set(~days.is_between(_FIRST_EXCEL_DAY, _LAST_EXCEL_DAY), None)
    return (days * _MS_PER_DAY).round().cast(pl.Int64, strict=False) * 1000 + _EXCEL_EPOCH_US


def _from_texts(times: pl.Series, digits: int) -> pl.Series:
    whole = times.cast(pl.Int64, strict=False)
    found = _shifted(whole, digits)
    if whole.null_count() > times.null_count() and digits > 0:
        found = found.fill_null(_with_fractions(times, digits))
    return _with_the_rest(times, found, digits)


def _shifted(whole: pl.Series, digits: int) -> pl.Series:
    if digits < 0:
        return whole // 10**-digits
    bound = 2**62 // 10**digits
    return whole.set(~whole.is_between(-bound, bound), None) * 10**digits


def _with_fractions(times: pl.Series, digits: int) -> pl.Series:
    """Parses numbers as they are mostly written: none is negative or has an exponent."""
    groups = times.str.extract_groups(_PLAIN).struct
    part = groups.field("part").fill_null("").str.pad_end(digits, "0").str.slice(0, digits)
    whole = _shifted(groups.field("whole").cast(pl.Int64, strict=False), digits)
    return whole + part.cast(pl.Int64, strict=False)


def _with_the_rest(times: pl.Series, found: pl.Series, digits: int) -> pl.Series:
    """Parses, one by one, the rows that are still without a time."""
    rows = (found.is_null() & times.is_not_null()).arg_true()
    if not rows.len():
        return found
    return found.scatter(rows, [_exactly(text, digits) for text in times.gather(rows)])


def _exactly(text: str, digits: int) -> int | None:
    if len(text) > _MAX_CHARACTERS or "_" in text:
        return None
    try:
        number = Decimal(text)
        if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
            return None
        t_us = int(number.scaleb(digits, _EXACT).to_integral_value(ROUND_FLOOR, _EXACT))
    except ArithmeticError:
        return None
    return t_us if abs(t_us) < _BEYOND_INT64 else None
