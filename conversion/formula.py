"""What a kind compiles to: the bare formula, without domain, range or null handling."""

from abc import ABC, abstractmethod

from conversion.arrays import Auxiliary, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.limits import UNBOUNDED, Beyond, Interval


class Formula(ABC):
    """A pure function on arrays. Immutable once built; used by many threads at once."""

    domain: Interval = UNBOUNDED
    """Where the formula is defined by itself; the payload's domain can only narrow it."""

    beyond: Beyond = Beyond.EXTRAPOLATE
    """What becomes of values beyond the domain if the payload does not say."""

    @abstractmethod
    def evaluate(self, raw: Floats, aux: Auxiliary, flags: FlagWords) -> Floats:
        """Physical float64[n], a new array, from raw float64[n].

        May set bits in `flags`. Need not look after NaN or infinity: whoever calls discards what
        comes of them, and NumPy's floating-point warnings are off.
        """

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Raw float64[n] whose physical value is given, NaN where none in the domain has it."""
        del physical, domain
        raise NotInvertible("this kind of profile has no inverse")
