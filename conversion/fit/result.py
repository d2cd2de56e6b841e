"""What a fit gives."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from conversion.arrays import Floats

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """A profile fitted to n points by p parameters."""

    kind: str

    payload: Payload
    """Compiles as it is."""

    parameters: tuple[str, ...]
    """Where in the payload each fitted number stands, as a JSON pointer within it."""

    values: Floats
    """float64[p]: these numbers."""

    covariance: Floats | None
    """float64[p, p] of the numbers, from the scatter of the residuals; None where n = p leaves no scatter."""

    residuals: Floats
    """float64[n]: physical minus what the profile gives, in physical units."""

    @property
    def rms(self) -> float:
        """Root mean square of the residuals."""
        return float(np.sqrt(np.mean(np.square(self.residuals))))

    @property
    def degrees_of_freedom(self) -> int:
        """n - p."""
        return len(self.residuals) - len(self.values)

    @property
    def residual_deviation(self) -> float | None:
        """Standard deviation of the residuals, √(Σr² / (n - p)); None where n = p."""
        freedom = self.degrees_of_freedom
        return float(np.sqrt(np.sum(np.square(self.residuals)) / freedom)) if freedom else None

    @property
    def standard_errors(self) -> Floats | None:
        """float64[p]: standard deviation of each number."""
        return None if self.covariance is None else np.sqrt(np.diag(self.covariance))
