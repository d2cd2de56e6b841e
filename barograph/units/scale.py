"""What a unit is: a dimension, and a line to that dimension's base unit."""

import functools
from fractions import Fraction
from typing import Any, NamedTuple, Self

import pint

Dimension = tuple[tuple[str, Fraction], ...]

_OWN_DIMENSIONS = (
    "plane_radian",  # pint's is a plain number, which would make rad/s the same as Hz
    "information_bit",
    "gauge",
    "differential",
    "standard_gas",
    "us_standard_gas",
    "normal_gas",
    "apparent",
    "reactive",
    "rms",
    "peak",
    "peak_to_peak",
    "volume_share",
    "mass_share",
    "relative_humidity",
    "full_scale",
    "explosive_limit",
    "ph_value",
    "salinity",
    "ntu",
    "fnu",
    "ftu",
    "fau",
    "decibel",
)
"""Marks that keep apart what pint would join: a pressure times `gauge` only meets others of its kind."""

MAX_DIGITS = 400


class UnitScale(NamedTuple):
    """A value in the dimension's base unit is slope · value + offset."""

    dimension: Dimension
    slope: Fraction
    offset: Fraction = Fraction(0)
    is_level: bool = False
    """Whether it is a logarithm of a quantity; no product or power of it has a meaning."""

    def times(self, factor: Fraction) -> Self:
        """A multiple of the unit."""
        return self._replace(slope=self.slope * factor, offset=self.offset)

    def power(self, exponent: int) -> "UnitScale":
        """The unit to a power; its offset goes, for a difference of temperatures is meant then."""
        dimension = tuple((name, power * exponent) for name, power in self.dimension if exponent)
        return UnitScale(dimension, self.slope**exponent)

    def product(self, other: "UnitScale") -> "UnitScale":
        """The product of both units, without offsets."""
        powers = dict(self.dimension)
        for name, power in other.dimension:
            powers[name] = powers.get(name, Fraction(0)) + power
        dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
        return UnitScale(dimension, self.slope * other.slope)

    def is_sound(self) -> bool:
        """Whether its numbers are of a size that calculations bear."""
        return max(self.slope.numerator.bit_length(), self.slope.denominator.bit_length()) < MAX_DIGITS


@functools.cache
def scale_of(expression: str) -> UnitScale:
    """The scale of an expression of pint's; it comes from the tables, never from outside."""
    registry: Any = _registry()  # the types of its methods are not complete
    base = registry.Quantity(Fraction(1)) * registry.parse_expression(expression)
    base = base.to_base_units()
    powers = sorted((name, Fraction(power)) for name, power in base.dimensionality.items())
    return UnitScale(tuple(powers), Fraction(base.magnitude))


@functools.cache
def _registry() -> Any:  # noqa: ANN401  # pint's type has a parameter that does not know fractions
    """pint's units in fractions, so that 0.001 is a thousandth and a line has no rounding of its own."""
    make: Any = pint.UnitRegistry
    registry = make(non_int_type=Fraction)
    for name in _OWN_DIMENSIONS:
        registry.define(f"own_{name} = [own_{name}]")
    return registry
