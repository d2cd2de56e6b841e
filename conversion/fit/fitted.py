"""A payload with fitted numbers in it, and the profile itself as the model of a search."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from conversion.arrays import Floats
from conversion.compile import compile_profile
from conversion.errors import InvalidProfile
from conversion.fit.least_squares import Solution, refine
from conversion.fit.result import Payload


class FittedCurve(NamedTuple):
    """A kind's payload, where in it the fitted numbers stand, and what they are."""

    payload: Payload
    parameters: tuple[str, ...]
    solution: Solution


def search(
    kind: str,
    payload_of: Callable[[Floats], Payload],
    parameters: tuple[str, ...],
    start: Floats,
    raw: Floats,
    physical: Floats,
) -> FittedCurve:
    """Fit the very profile that will convert, from numbers that come close."""

    def model(values: Floats) -> Floats:
        try:
            return compile_profile({"kind": kind, "payload": payload_of(values)}).convert(raw).physical
        except InvalidProfile:
            return np.full(raw.shape, np.nan)

    solution = refine(model, start, physical)
    return FittedCurve(payload_of(solution.values), parameters, solution)


def list_pointers(name: str, count: int, start: int = 0) -> tuple[str, ...]:
    """JSON list_pointers of a list's members."""
    return tuple(f"/{name}/{i}" for i in range(start, start + count))
