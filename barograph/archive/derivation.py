"""Physical values that need not be stored, because their profile gives them again bit for bit.

Only formulas of sums, products, quotients, square roots and tables count: IEEE 754 says what each of these
gives, on every machine and in every release. Others go through libraries of mathematics, whose last bits
differ. What is left out is proven when it is written, and looked at again whenever it is read.

Why: decision 1091.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns
from conversion import CompiledProfile, compile_profile
from conversion.formulas.piecewise_polynomial import PiecewisePolynomial
from conversion.formulas.polynomial import Polynomial
from conversion.formulas.rational import Rational
from conversion.formulas.segments import Polyline
from conversion.formulas.steps import StepFunction
from conversion.kinds.chain import ProfileChain
from conversion.sensors.callendar_van_dusen import CallendarVanDusen

NO_PROFILE = -1
# A formula that is to be added takes neither powers nor transcendental functions, nor a library's solver.
REPRODUCIBLE = (CallendarVanDusen, Polyline, Polynomial, Rational, StepFunction)


@dataclass(frozen=True)
class ArchivedProfile:
    """A version of a sensor's conversion profile, as files name it.

    Attributes:
        profile_id: the database's own number.
        number: of the version.
    """

    profile_id: int
    public_id: str
    number: int
    kind: str
    payload: Any

    @property
    def document(self) -> dict[str, Any]:
        """The profile for JSON."""
        return dict(vars(self))


class Derivation:
    """Computes physical values from raw ones, by the profiles that can be relied on for ever.

    Args:
        profiles: by their numbers in the database.
    """

    def __init__(self, profiles: Mapping[int, ArchivedProfile]) -> None:
        self._profiles = profiles
        self._compiled: dict[int, CompiledProfile | None] = {}

    def physical(self, raw: NDArray[np.float64], profile_id: NDArray[np.int32]) -> NDArray[np.float64] | None:
        """float64[n], NaN without a profile; None if a profile can't be relied on."""
        physical = np.full(raw.size, np.nan)
        for each in np.unique(profile_id).tolist():
            if each == NO_PROFILE:
                continue
            compiled = self._find(each)
            if compiled is None:
                return None
            rows = np.flatnonzero(profile_id == each)
            physical[rows] = compiled.convert(raw[rows]).physical
        return physical

    def gives(self, columns: ReadingColumns) -> bool:
        """Whether all physical values come out as they are, bit for bit."""
        physical = self.physical(columns.raw, columns.profile_id)
        return physical is not None and are_same(physical, columns.physical)

    def _find(self, profile_id: int) -> CompiledProfile | None:
        if profile_id not in self._compiled:
            self._compiled[profile_id] = _compile(self._profiles.get(profile_id))
        return self._compiled[profile_id]


def are_same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two columns hold the same bits, where any NaN is NULL."""
    is_null = np.isnan(one)
    if not np.array_equal(is_null, np.isnan(other)):
        return False
    return bool((is_null | (one.view(np.int64) == other.view(np.int64))).all())


def is_reproducible(profile: CompiledProfile) -> bool:
    """Whether the profile gives the same bits for ever.

    A spline does not: its coefficients come out of a library's solver.
    """
    formula = profile.formula
    if isinstance(formula, ProfileChain):
        return all(map(is_reproducible, formula.stages))
    if isinstance(formula, PiecewisePolynomial):
        return profile.kind == "segmented_polynomial"
    return isinstance(formula, REPRODUCIBLE) and not profile.channels


def _compile(profile: ArchivedProfile | None) -> CompiledProfile | None:
    if profile is None:
        return None
    compiled = compile_profile({"kind": profile.kind, "payload": profile.payload})
    return compiled if is_reproducible(compiled) else None
