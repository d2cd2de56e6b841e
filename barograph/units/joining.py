"""Units side by side: whether they are one, and the line that leads from one to the other."""

from fractions import Fraction
from itertools import product

from barograph.units.grammar import Meanings, meanings
from barograph.units.scale import UnitScale

UnitLine = tuple[float, float]

_SAME_SLOPE = Fraction(1, 10**12)
_SAME_OFFSET = Fraction(1, 10**9)


def is_unit(text: str) -> bool:
    """Whether the text means a unit; any other text is a label, and equals only itself."""
    return bool(meanings(text))


def are_same(first: str, second: str) -> bool:
    """Whether two texts mean the same unit: `mbar` and `hPa` do, `degC` and `K` don't.

    An ambiguous text is the same as another if they can't be taken for two units: `g` and `gram`, but not
    `MPA` and `MPa`; and `ton` is the same as `tons`, whatever it is.
    """
    if first == second:
        return True
    one, other = set(_scales(meanings(first))), set(_scales(meanings(second)))
    return (bool(one) and one == other) or _is_identity(_lines(first, second))


def _is_identity(lines: list[tuple[Fraction, Fraction]]) -> bool:
    if len(lines) != 1:
        return False
    ((slope, offset),) = lines
    return abs(slope - 1) < _SAME_SLOPE and abs(offset) < _SAME_OFFSET


def line_between(first: str, second: str) -> UnitLine | None:
    """Slope and offset from values in one unit to values in the other; None if no single line is known."""
    if first == second:
        return 1.0, 0.0
    lines = _lines(first, second)
    return (float(lines[0][0]), float(lines[0][1])) if len(lines) == 1 else None


def remark(first: str, second: str) -> str:
    """Why there is no single line, as far as the texts are to blame; empty if they are two units."""
    unknown = [repr(text) for text in dict.fromkeys((first, second)) if text and not is_unit(text)]
    if unknown:
        return f"{' and '.join(unknown)}: not known as a unit, so equal only to the same text"
    if len(_lines(first, second)) < 2:  # two lines are what makes a text ambiguous
        return ""
    return "; ".join(
        f"{text!r} may mean {' or '.join(each.name for each in meant)}"
        for text, meant in ((first, meanings(first)), (second, meanings(second)))
        if len(meant) > 1
    )


def _lines(first: str, second: str) -> list[tuple[Fraction, Fraction]]:
    """The lines between any meaning of one and any of the other."""
    found: dict[tuple[Fraction, Fraction], None] = {}
    for one, other in product(_scales(meanings(first)), _scales(meanings(second))):
        if one.dimension == other.dimension and one.is_level == other.is_level:
            line = one.slope / other.slope, (one.offset - other.offset) / other.slope
            found.setdefault(line)
    return list(found)


def _scales(meant: Meanings) -> list[UnitScale]:
    return [each.scale for each in meant]
