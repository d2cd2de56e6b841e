"""Units written out, in upper or lower case, in the singular and the plural."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

PREFIX_WORDS: Mapping[str, Fraction] = {
    "pico": Fraction(1, 10**12),
    "nano": Fraction(1, 10**9),
    "micro": Fraction(1, 10**6),
    "milli": Fraction(1, 10**3),
    "centi": Fraction(1, 100),
    "deci": Fraction(1, 10),
    "hecto": Fraction(100),
    "kilo": Fraction(10**3),
    "mega": Fraction(10**6),
    "giga": Fraction(10**9),
}

PREFIXED_WORDS: Sequence[tuple[str, str]] = (
    ("meter metre", "metre"),
    ("gram gramme", "gram"),
    ("second sec", "second"),
    ("ampere amp", "ampere"),
    ("kelvin", "kelvin"),
    ("mole", "mole"),
    ("candela", "candela"),
    ("radian", "own_plane_radian"),
    ("hertz", "hertz"),
    ("newton", "newton"),
    ("pascal", "pascal"),
    ("joule", "joule"),
    ("watt", "watt"),
    ("coulomb", "coulomb"),
    ("volt", "volt"),
    ("farad", "farad"),
    ("ohm", "ohm"),
    ("siemens", "siemens"),
    ("weber", "weber"),
    ("tesla", "tesla"),
    ("henry henries", "henry"),
    ("lumen", "candela * steradian"),
    ("lux", "candela * steradian / metre**2"),
    ("liter litre", "litre"),
    ("gauss", "0.0001 * tesla"),
    ("byte", "8 * own_information_bit"),
    ("strain", "1"),
)

WORDS: Sequence[tuple[str, str]] = (
    ("minute", "minute"),
    ("hour", "hour"),
    ("day", "day"),
    ("week", "week"),
    ("year", "year"),
    ("angstrom", "angstrom"),
    ("micron", "micrometre"),
    ("inch inches", "inch"),
    ("foot feet", "foot"),
    ("yard", "yard"),
    ("mile", "mile"),
    ("pound", "pound"),
    ("gallon", "gallon"),
    ("tonne", "tonne"),
    ("acre", "acre"),
    ("hectare", "hectare"),
    ("knot", "knot"),
    ("horsepower", "horsepower"),
    ("atmosphere", "standard_atmosphere"),
    ("poise", "poise"),
    ("stokes", "stokes"),
    ("dyne", "dyne"),
    ("percent", "0.01"),
    ("degree", "pi / 180 * own_plane_radian"),
    ("arcminute", "pi / 10800 * own_plane_radian"),
    ("arcsecond", "pi / 648000 * own_plane_radian"),
    ("microepsilon", "0.000001"),
    ("bit", "own_information_bit"),
)

PLAIN_NUMBERS = """
    1 - -- [-] (-) # none n/a unitless dimensionless bool boolean flag on/off true/false status state enum raw
    count counts cts cnt cnts lsb digit digits adu code codes step steps unit units number num nr hex dec
    ratio fraction factor index tick ticks pulse pulses event events sample samples frame frames
    pcs pieces ea each item items cycle cycles stroke strokes beat beats pixel pixels px
"""
"""What stands for the number one."""
