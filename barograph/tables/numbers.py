"""A column's values as float64: the nearest number to the text, or a code that says why there is none.

Integers that no float64 is equal to are marked as rounded.

Which mark is the decimal one is said by the dialect. The other mark may stand between thousands. `1.234`
under a decimal comma is one number to a person and another to a program: it is read only if the dialect
says that the point groups thousands, or if the number itself shows it, as 1.234,5 does.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.tables.files.dialect import Dialect
from barograph.tables.unreadable import Unreadable

_EXACT = 2**53
_INTEGER = r"^[+-]?[0-9]{16,}$"


@dataclass(frozen=True)
class Numbers:
    """A column of values.

    Attributes:
        number: float64[n], 0 where there is none.
        code: uint8[n], an `Unreadable`, or 0 for a number and for an empty cell.
        is_empty: bool[n].
        is_rounded: bool[n], an integer to which the number is only the nearest.
    """

    number: NDArray[np.float64]
    code: NDArray[np.uint8]
    is_empty: NDArray[np.bool_]
    is_rounded: NDArray[np.bool_]


def stacked(table: pl.DataFrame, columns: Sequence[str]) -> Iterator[pl.Series]:
    """The columns end to end, those of one type beside each other as one: a wide table has thousands."""
    kinds = table.schema
    for _, alike in groupby(columns, kinds.__getitem__):
        yield pl.concat([table[name].rename("") for name in alike], rechunk=True)


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
    is_rounded = np.zeros(column.len(), np.bool_)
    if column.dtype.is_integer() or column.dtype.is_decimal():
        large = (number.abs() >= _EXACT).fill_null(value=False).arg_true()
        is_rounded[large.to_numpy()] = _are_rounded(column.gather(large), number.gather(large))
    return Numbers(number.fill_null(0.0).to_numpy(), code, is_empty, is_rounded)


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
    is_rounded = np.zeros(texts.len(), np.bool_)
    is_rounded[large.to_numpy()] = _are_rounded(written.gather(large), number.gather(large))
    return Numbers(number.fill_null(0.0).to_numpy(), code, is_empty.to_numpy(), is_rounded)


def _are_rounded(written: pl.Series, numbers: pl.Series) -> list[bool]:
    """Finds the large numbers that are integers to which their float64 is not equal."""
    pairs = zip(written.to_list(), numbers.to_list(), strict=True)
    return [math.isfinite(number) and _is_other_integer(each, number) for each, number in pairs]


def _is_other_integer(written: str | int | Decimal, number: float) -> bool:
    exact = int(written)
    return exact != number and exact == Decimal(written)
