"""Values of a column to float64: the nearest to what stands there, or a code that says why there is none.

Which mark is the decimal one is said by the dialect. The other mark may stand between thousands. `1.234`
under a decimal comma is one number to a person and another to a program: it is read only if the dialect
says that the point groups thousands, or if the number itself shows it, as 1.234,5 does.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.tables.files.dialect import Dialect
from barograph.tables.unreadable import Unreadable

_EXACT = 2**53
_INTEGER = r"^[+-]?[0-9]{16,}$"
_MAX_CHARACTERS = 400


@dataclass(frozen=True)
class Numbers:
    """A column of values.

    Attributes:
        number: float64[n], 0 where there is none.
        code: uint8[n], an `Unreadable`, or 0 for a number and for an empty cell.
        is_empty: bool[n].
    """

    number: NDArray[np.float64]
    code: NDArray[np.uint8]
    is_empty: NDArray[np.bool_]


def to_numbers(column: pl.Series, dialect: Dialect | None) -> Numbers:
    """The values of a column of numbers, truth values or texts."""
    if column.dtype == pl.String:
        return _from_texts(column.str.strip_chars(), dialect or Dialect.model_validate({}))
    is_empty = column.is_null().to_numpy()
    # Through texts: from a decimal the cast rounds twice.
    exact = column.cast(pl.String) if column.dtype.is_decimal() else column
    number = exact.cast(pl.Float64, strict=False)
    code = np.zeros(column.len(), np.uint8)
    code[number.is_null().to_numpy() & ~is_empty] = Unreadable.BAD_VALUE
    if column.dtype.is_integer():
        large = (number.abs() >= _EXACT).fill_null(value=False).arg_true()
        _mark_inexact(code, large.to_list(), column.gather(large).to_list(), number.gather(large).to_list())
    return Numbers(number.fill_null(0.0).to_numpy(), code, is_empty)


def plain(texts: pl.Series, dialect: Dialect) -> tuple[pl.Series, pl.Series]:
    """The texts with a decimal point and without groups; null where that is not certain.

    The second tells the uncertain ones from those that are just no numbers.
    """
    mark, group = (",", ".") if dialect.decimal_comma else (".", ",")
    is_grouped = texts.str.contains(group, literal=True).fill_null(value=False)
    is_uncertain = is_grouped & False
    if is_grouped.any():
        whole = rf"^[+-]?[1-9][0-9]{{0,2}}(?:\{group}[0-9]{{3}})+"
        fits = texts.str.contains(rf"{whole}(?:\{mark}[0-9]*)?$").fill_null(value=False)
        is_certain = texts.str.contains(mark, literal=True) | (texts.str.count_matches(rf"\{group}") > 1)
        is_uncertain = is_grouped & fits & ~(is_certain | (dialect.thousands == group))
        texts = texts.set(is_grouped & (~fits | is_uncertain), None)
        texts = texts.str.replace_all(group, "", literal=True)
    return (texts.str.replace(",", ".", literal=True) if dialect.decimal_comma else texts), is_uncertain


def _from_texts(texts: pl.Series, dialect: Dialect) -> Numbers:
    is_empty = (texts.is_null() | (texts == "")).fill_null(value=True)
    written, is_uncertain = plain(texts, dialect)
    number = written.cast(pl.Float64, strict=False)
    code = np.zeros(texts.len(), np.uint8)
    code[(number.is_null() & ~is_empty).to_numpy()] = Unreadable.BAD_VALUE
    code[is_uncertain.to_numpy()] = Unreadable.AMBIGUOUS_VALUE
    large = ((number.abs() >= _EXACT) & written.str.contains(_INTEGER)).fill_null(value=False).arg_true()
    integers = [_integer(text) for text in written.gather(large)]
    _mark_inexact(code, large.to_list(), integers, number.gather(large).to_list())
    return Numbers(number.fill_null(0.0).to_numpy(), code, is_empty.to_numpy())


def _integer(text: str) -> int | None:
    return int(text) if len(text) <= _MAX_CHARACTERS else None


def _mark_inexact(
    code: NDArray[np.uint8], rows: list[int], integers: list[int | None], numbers: list[float]
) -> None:
    """Marks the integers that their float is not equal to."""
    for row, integer, number in zip(rows, integers, numbers, strict=True):
        if integer != number:
            code[row] = Unreadable.INEXACT_VALUE
