"""Decimal digits anywhere in a text to integers, eight at a time and all of them at once. Pure, on columns.

Eight digits are one word of 64 bits; three multiplications make a number of it (D. Lemire, "Number
parsing at a gigabyte per second", 2021, section 2).
"""

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
_ZEROS, _TOO_HIGH, _HIGH = _repeated(0x30), _repeated(0x76), _repeated(0x80)
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
        third, are_digits_3 = _read_chunk(word, end - 16, length - 16)
        number += second * _CHUNK + third * _CHUNK * _CHUNK
        are_digits &= are_digits_2 & are_digits_3
    return number, are_digits & (length <= MAX_DIGITS)


def _read_chunk(
    word: Words, end: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The last eight digits before `end`, of so many."""
    digits = (word[end - 8] ^ _ZEROS) & LAST_BYTES[np.clip(length, 0, 8)]
    are_digits = ((digits + _TOO_HIGH) | digits) & _HIGH == 0
    digits = digits * _TEN + (digits >> _EIGHT)
    high, low = digits & _PAIRS, (digits >> _SIXTEEN) & _PAIRS
    return (high * _HUNDREDS + low * _ONES) >> _THIRTY_TWO, are_digits
