"""What may be asked of a fit; a kind takes of it what concerns it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """All have a default that suits most certificates."""

    degree: int | None = None
    """Of a polynomial, or of a quotient's numerator (1). A polynomial's is suggested by the points."""

    denominator_degree: int = 1
    """Of a quotient's denominator."""

    has_offset: bool = False
    """Whether an exponential or a power stands on a constant that is fitted too."""

    knots: tuple[float, ...] | None = None
    """Raw values of a table's points, increasing. By default the distinct raw values, repeats averaged."""
