"""Spans of time, ascending and apart: int64[n, 2], from and to. Pure."""

import numpy as np
from numpy.typing import NDArray

from barograph.times import MINUTE_US

Spans = NDArray[np.int64]


def make_spans(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Spans:
    """Makes spans of bounds, and leaves out those without length."""
    spans = np.stack([starts, ends], axis=1)
    return spans[spans[:, 0] < spans[:, 1]]


def are_within(spans: Spans, t_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each time lies in one of them."""
    if not len(spans):
        return np.zeros(t_us.size, np.bool_)
    place = np.searchsorted(spans[:, 0], t_us, side="right") - 1
    return (place >= 0) & (t_us < spans[place, 1])


def time_before(spans: Spans, t_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much of them lies before each time, in microseconds."""
    if not len(spans):
        return np.zeros(t_us.size, np.int64)
    length = spans[:, 1] - spans[:, 0]
    before = np.cumsum(length) - length
    place = np.searchsorted(spans[:, 0], t_us, side="right") - 1
    inside = np.minimum(t_us, spans[place, 1]) - spans[place, 0]
    return np.where(place >= 0, before[place] + inside, 0)


def near_together(spans: Spans) -> list[tuple[int, int, Spans]]:
    """The same in groups that are read as one: from, to, and which of them lie there."""
    if not len(spans):
        return []
    cuts = np.flatnonzero(spans[1:, 0] - spans[:-1, 1] > MINUTE_US) + 1
    return [(int(group[0, 0]), int(group[-1, 1]), group) for group in np.split(spans, cuts)]


def whole_minutes(start_us: int, end_us: int) -> tuple[int, int]:
    """The first and last boundary of a minute within a span; equal ones, or worse, if it holds no minute."""
    return -(-start_us // MINUTE_US) * MINUTE_US, end_us // MINUTE_US * MINUTE_US
