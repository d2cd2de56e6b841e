"""Equal pieces of a text get one number, without making a string of each. Pure, on columns."""

import secrets
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.messages.line_protocol.digits import FIRST_BYTES, Words

MAX_BYTES = 512
"""Longer pieces are told apart elsewhere."""
# Nobody outside knows it, so nobody can make many pieces collide.
_FACTOR = np.uint64(secrets.randbits(64) | 1)
_SHIFT = np.uint64(29)
_BUCKETS = 2**16
_TO_BUCKET = np.uint64(64 - 16)


@dataclass(frozen=True)
class InternedPieces:
    """Pieces by number.

    Attributes:
        number: int64[n], the same for equal pieces.
        example: int64[k], a piece with each number.
        is_sure: bool[n], whether it equals its example indeed.
        content: what the examples say, byte by byte; the same for the same ones.
    """

    number: NDArray[np.int64]
    example: NDArray[np.int64]
    is_sure: NDArray[np.bool_]
    content: bytes


@dataclass(frozen=True)
class NumberedPairs:
    """Pairs by number.

    Attributes:
        number: int64[n], the same for equal pairs.
        example: int64[k], a row with each number.
        content: what the pairs are of; the same for the same ones.
    """

    number: NDArray[np.int64]
    example: NDArray[np.int64]
    content: bytes


def intern(word: Words, start: NDArray[np.int64], end: NDArray[np.int64]) -> InternedPieces:
    """The pieces between these places, numbered.

    Args:
        word: the eight bytes from each place on; up to MAX_BYTES beyond the last piece's start are there.
        start: of each piece.
        end: of each piece, at most MAX_BYTES later.
    """
    length = end - start
    mixed = length.astype(np.uint64)
    chunks: list[Words] = []
    for offset in range(0, int(length.max(initial=0)), 8):
        chunk = word[np.minimum(start + offset, word.size - 1)] & FIRST_BYTES[np.clip(length - offset, 0, 8)]
        chunks.append(chunk)
        mixed = (mixed ^ chunk) * _FACTOR
        mixed ^= mixed >> _SHIFT
    example, number = _number(mixed)
    is_sure = length == length[example[number]]
    content = [np.int64(example.size).tobytes(), length[example].tobytes()]
    for chunk in chunks:
        own = chunk[example]
        is_sure &= chunk == own[number]
        content.append(own.tobytes())
    return InternedPieces(number, example, is_sure, b"".join(content))


def _number(mixed: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """int64[k] and int64[n]: a place of each distinct number, ascending by number, and which one each is.

    Sorting all of them takes several times as long where they are few and come again and again.
    """
    place = np.arange(mixed.size)
    bucket = (mixed >> _TO_BUCKET).view(np.int64)
    held = np.empty(_BUCKETS, np.int64)
    held[bucket] = place
    same = held[bucket]
    others = np.flatnonzero(mixed != mixed[same])  # of those that share their bucket
    if others.size:
        _, first, which = np.unique(mixed[others], return_index=True, return_inverse=True)
        same[others] = others[first[which]]
    example = np.flatnonzero(same == place)
    example = example[np.argsort(mixed[example])]
    number = np.empty(mixed.size, np.int64)
    number[example] = np.arange(example.size)
    return example, number[same]


def number_pairs(first: NDArray[np.int64], second: NDArray[np.int64], seconds: int) -> NumberedPairs:
    """The pairs, numbered.

    Args:
        first: numbers from 0.
        second: numbers below `seconds`.
    """
    pair = first * seconds + second
    pairs = int(pair.max(initial=-1)) + 1
    if pairs > 4 * pair.size + 1024:
        distinct, example, number = np.unique(pair, return_index=True, return_inverse=True)
        return NumberedPairs(number, example, distinct.tobytes())
    example_of = np.full(pairs, -1, np.int64)
    example_of[pair] = np.arange(pair.size)
    is_there = example_of >= 0
    distinct = np.flatnonzero(is_there)
    return NumberedPairs((np.cumsum(is_there) - 1)[pair], example_of[distinct], distinct.tobytes())
