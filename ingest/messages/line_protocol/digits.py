"""Decimal digits anywhere in a text to integers, eight at a time and all of them at once. Pure, on columns.

Eight digits are one word of 64 bits; three multiplications make a number of it (D. Lemire, "Number
parsing at a gigabyte per second", 2021, section 2).

Why: decision 1080.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
MAX_DIGITS = 19
"""So many always fit in 64 bits without a sign."""


def _repeated(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


# By how many bytes are kept: the last ones of a word, or the first ones.
LAST_BYTES = np.array([(2**64 - 1) ^ (2 ** (64 - 8 * kept) - 1) for kept in range(9)], np.uint64)
FIRST_BYTES = np.array([2 ** (8 * kept) - 1 for kept in range(9)], np.uint64)
_ZEROS, _TOO_HIGH, _HIGH, _LOWEST = (_repeated(each) for each in (0x30, 0x76, 0x80, 0x01))
_DOTS = _repeated(ord(".") ^ 0x30)
_ONE, _SEVEN, _FIFTY_SIX, _LAST = (np.uint64(each) for each in (1, 7, 56, 0xFF))
# Times 256^p, what is in the highest byte: 7 - p, and p.
_BYTES_BEHIND, _BYTES_BEFORE = (
    np.uint64(int.from_bytes(bytes(range(8)), order)) for order in ("little", "big")
)
_TEN, _EIGHT, _SIXTEEN, _THIRTY_TWO = (np.uint64(each) for each in (10, 8, 16, 32))
_PAIRS = np.uint64(0x000000FF000000FF)
_HUNDREDS, _ONES = np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)
_CHUNK = np.uint64(10**8)


def read_digits(
    word: Words, start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """uint64[n]: the numbers that stand there, 0 for nothing; and bool[n]: whether they are digits alone.

    Args:
        word: the eight bytes from each place on.
        start: of each number.
        end: of each; what is longer than MAX_DIGITS is none.
    """
    length = end - start
    number, are_digits = _read_chunk(word, end, length)
    if (length > 8).any():
        second, are_digits_2 = _read_chunk(word, end - 8, length - 8)
        number += second * _CHUNK
        are_digits &= are_digits_2
    if (length > 16).any():
        third, are_digits_3 = _read_chunk(word, end - 16, length - 16)
        number += third * _CHUNK * _CHUNK
        are_digits &= are_digits_3
    return number, are_digits & (length <= MAX_DIGITS)


@dataclass(frozen=True)
class ShortDecimals:
    """Decimals of up to eight characters.

    Attributes:
        mantissa: uint64[n], their digits as one number.
        places: int64[n], how many of them stand after the dot.
        has_dot: bool[n].
        is_read: bool[n], whether they are digits, at least one, with at most one dot.
    """

    mantissa: NDArray[np.uint64]
    places: NDArray[np.int64]
    has_dot: NDArray[np.bool_]
    is_read: NDArray[np.bool_]

    @classmethod
    def between(cls, word: Words, end: NDArray[np.int64], length: NDArray[np.int64]) -> Self:
        """Cuts out decimals before `end`, of so many characters each.

        The dot is taken out of the word they are in.
        """
        text = (word[end - 8] ^ _ZEROS) & LAST_BYTES[length]
        before, has_dot = _before_dot(text)
        digits = ((text & before) << (has_dot * _EIGHT)) | (text & ~((before << _EIGHT) | _LAST))
        mantissa, are_digits = _to_number(digits)
        places = (((before + _ONE) * _BYTES_BEHIND) >> _FIFTY_SIX).view(np.int64)
        return cls(mantissa, places, has_dot, are_digits & (length > has_dot))


def first_dots(word: Words, start: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """int64[n]: how many of the eight bytes from `start` on stand before a dot, 8 for no dot; and bool[n]:
    whether there is none.
    """
    before, has_dot = _before_dot(word[start] ^ _ZEROS)
    place = (((before + _ONE) * _BYTES_BEFORE) >> _FIFTY_SIX).view(np.int64)
    return np.where(has_dot, place, 8), ~has_dot


def _before_dot(text: Words) -> tuple[Words, NDArray[np.bool_]]:
    """uint64[n]: the bits before the first dot of eight bytes, all of them where there is none; and bool[n]:
    whether there is one.
    """
    unlike = text ^ _DOTS
    # The lowest bit of the first byte that is a dot, and perhaps of later bytes.
    dots = ((unlike - _LOWEST) & ~unlike & _HIGH) >> _SEVEN
    return (dots - _ONE) & ~dots, dots != 0


def _read_chunk(
    word: Words, end: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The last eight digits before `end`, of so many."""
    return _to_number((word[end - 8] ^ _ZEROS) & LAST_BYTES[np.clip(length, 0, 8)])


def _to_number(digits: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Reads eight digits, a byte each and the first one lowest; and says whether they are digits."""
    are_digits = ((digits + _TOO_HIGH) | digits) & _HIGH == 0
    digits = digits * _TEN + (digits >> _EIGHT)
    high, low = digits & _PAIRS, (digits >> _SIXTEEN) & _PAIRS
    return (high * _HUNDREDS + low * _ONES) >> _THIRTY_TWO, are_digits
