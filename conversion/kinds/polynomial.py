"""`polynomial`: a power series, as certificates give it. XTCE PolynomialCalibrator, NI polynomial scale."""

from conversion.formula import Formula
from conversion.horner import Polynomial
from conversion.payload import Fields

MAX_COEFFICIENTS = 32


def read(fields: Fields) -> Formula:
    """physical = c0 + c1·u + c2·u² + …  with u = (raw - center) / scale, by Horner's rule.

    `coefficients` ascend from c0; `center` (0) and `scale` (1), in input units, keep a fit over a narrow
    or remote domain well conditioned. Source of the rule: Higham, Accuracy and Stability of Numerical
    Algorithms, section 5.1: its error is at most about 2·degree roundings of Σ|c·uᵏ|.
    """
    coefficients = fields.numbers("coefficients", 1, MAX_COEFFICIENTS)
    center, scale = fields.number("center", 0.0), fields.number("scale", 1.0)
    if scale == 0.0:
        fields.note("scale", "must not be zero")
    fields.close()
    return Polynomial(coefficients, center, scale)
