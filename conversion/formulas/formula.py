"""What a kind compiles to: the bare formula, without domain, range or null handling, for one and for many."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from copy import copy
from typing import Any, NamedTuple, Self

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.labels import Labels
from conversion.formulas.limits import UNBOUNDED, Beyond, Interval, RowIntervals
from conversion.formulas.runs import Runs


class Formula(ABC):
    """A pure function on arrays. Immutable once built; used by many threads at once."""

    domain: Interval = UNBOUNDED
    """Where the formula is defined by itself; the payload's domain can only narrow it."""

    beyond: Beyond = Beyond.EXTRAPOLATE
    """What becomes of values beyond the domain if the payload does not say."""

    full_scale: Interval | None = None
    """The ends of the converter's scale, where it is saturated; None for what has no such ends."""

    fault_free: Interval | None = None
    """Raw values outside are not measurements: a current loop signals a fault with them."""

    input_unit: str | None = None
    output_unit: str | None = None
    """Units of raw and physical values, where the payload's own fields give them."""

    labels: Labels | None = None
    """Names of the physical values, where these are codes."""

    channels: tuple[str, ...] = ()
    """The other channels it needs; `aux` holds their columns in this order."""

    @abstractmethod
    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        """Physical float64[n], a new array, from raw float64[n] and one float64[n] per channel.

        May set bits in `flags`. Need not look after NaN or infinity: whoever calls discards what
        comes of them, and NumPy's floating-point warnings are off.
        """

    def domain_at(self, aux: Columns) -> RowIntervals | None:
        """The domain in each row if it depends on other channels, NaN where these are missing."""
        del aux

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Raw float64[n] whose physical value is given, NaN where none in the domain has it.

        Only called for formulas without channels.
        """
        del physical, domain
        raise NotInvertible("this kind of profile has no inverse")

    def bounded(
        self,
        domain: Interval = UNBOUNDED,
        full_scale: Interval | None = None,
        fault_free: Interval | None = None,
    ) -> Self:
        """The same formula with these bounds."""
        other = copy(self)
        other.domain, other.full_scale, other.fault_free = domain, full_scale, fault_free
        return other

    def in_unit(self, output_unit: str) -> Self:
        """The same formula with this unit."""
        other = copy(self)
        other.output_unit = output_unit
        return other

    @property
    def group_key(self) -> "GroupKey | None":
        """Formulas with equal keys are evaluated together. A formula without a key is evaluated by itself."""
        return None


class GroupKey(NamedTuple):
    """The key of a family: formulas with equal keys form one."""

    family: Callable[[Sequence[Any]], "Family"]
    """Makes the family from its members. Usually a class."""

    shape: Hashable = ()
    """What its members have in common."""


class Family(ABC):
    """Formulas of one shape, evaluated together for rows that belong to many of them.

    It keeps its members' parameters as columns and spreads them over the rows, so that a batch costs a
    few NumPy calls however many members it touches. Each row gets the same operations in the same order
    as its formula alone would do, hence the same bits.
    """

    @abstractmethod
    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        """Physical float64[n], a new array, as `Formula.evaluate` gives it; `runs` numbers the members.

        `aux` holds at least as many columns as any member has channels: in row i, column k is the
        k-th channel of that row's member.
        """

    def domain_at(self, runs: Runs, aux: Columns) -> RowIntervals | None:
        """The domain in each row, as `Formula.domain_at` gives it."""
        del runs, aux
