"""Physical values that need not be stored, because their profile gives them again bit for bit.

Only formulas of sums and products count: IEEE 754 says what each of these gives, on every machine and in
every release. Others go through libraries of mathematics, whose last bits differ. What is left out is proven
when it is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns
from conversion import CompiledProfile, compile_profile
from conversion.formulas.polynomial import Polynomial

NO_PROFILE = -1


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
        """For JSON."""
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


def _compile(profile: ArchivedProfile | None) -> CompiledProfile | None:
    if profile is None:
        return None
    compiled = compile_profile({"kind": profile.kind, "payload": profile.payload})
    return compiled if isinstance(compiled.formula, Polynomial) and not compiled.channels else None
