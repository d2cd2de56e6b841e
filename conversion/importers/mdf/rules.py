"""Channel conversions of ASAM MDF 4: a CC block's type and parameters, as an MDF library reads them.

Source: ASAM MDF 4.1, CCBLOCK. Types 0 to 8 have numbers as input and become profiles; 9 and 10 start from
text, and 11 gives texts for bits.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conversion.errors import ImportRefused
from conversion.importers import algebra, codes
from conversion.importers.algebra import FormulaSyntax
from conversion.importers.rule import PlainProfile, profile, unit_field


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The content of a CC block."""

    cc_type: int
    cc_val: Sequence[float] = ()
    cc_ref: Sequence[str | None] = ()
    """Texts of the TX blocks; None where the link is nil."""

    unit: str = ""
    """Text of cc_md_unit."""

    name: str = ""
    raw_is_integer: bool = True
    """Whether the channel holds whole numbers; the upper end of a range belongs to it then."""

    @property
    def rule(self) -> str:
        """The rule's name in errors."""
        return f"CC block {self.name}".rstrip()


def profile_of(conversion: Conversion) -> PlainProfile:
    """The profile that does what the block does.

    Raises:
        ImportRefused: the block is malformed, or no profile can express it.
    """
    make = _TYPES.get(conversion.cc_type)
    if make is None:
        raise ImportRefused(conversion.rule, f"cc_type {conversion.cc_type} does not convert numbers")
    if not all(math.isfinite(value) for value in conversion.cc_val):
        raise ImportRefused(conversion.rule, "cc_val holds a value that is not finite")
    made = make(conversion)
    if made["kind"] == "enumeration":
        return made
    return {"kind": made["kind"], "payload": {**made["payload"], **unit_field(conversion.unit)}}


def _identity(conversion: Conversion) -> PlainProfile:
    return profile(conversion.rule, "identity", {})


def _linear(conversion: Conversion) -> PlainProfile:
    offset, slope = _values(conversion, 2)
    return profile(conversion.rule, "linear", {"slope": slope, "offset": offset})


def _rational(conversion: Conversion) -> PlainProfile:
    """The six parameters stand in descending order, numerator first."""
    values = _values(conversion, 6)
    payload = {"numerator": values[2::-1], "denominator": values[:2:-1]}
    return profile(conversion.rule, "rational", payload)


def _algebraic(conversion: Conversion) -> PlainProfile:
    formula = conversion.cc_ref[0] if conversion.cc_ref else None
    if not formula:
        raise ImportRefused(conversion.rule, "cc_type 3 without a formula")
    return algebra.profile_of(conversion.rule, formula, FormulaSyntax.GENERAL)


def _interpolated(conversion: Conversion) -> PlainProfile:
    payload = {"points": sorted(_rows(conversion, 2)), "out_of_domain": "clamp"}
    return profile(conversion.rule, "piecewise_linear", payload)


def _nearest(conversion: Conversion) -> PlainProfile:
    """A table of nearest keys. In the middle between two keys, the lower one counts, here as in the kind."""
    payload = {"points": sorted(_rows(conversion, 2)), "method": "nearest", "out_of_domain": "clamp"}
    return profile(conversion.rule, "lookup_table", payload)


def _ranges(conversion: Conversion) -> PlainProfile:
    ranges = [
        dict(zip(("from", "to"), _span(conversion, lo, hi), strict=True), value=value)
        for lo, hi, value in sorted(_rows(conversion, 3, extra=1))
    ]
    payload = {"ranges": ranges, "default": conversion.cc_val[-1]}
    return profile(conversion.rule, "range_map", payload)


def _value_labels(conversion: Conversion) -> PlainProfile:
    keys = _rows(conversion, 1)
    labels = [codes.single(key, text) for (key,), text in zip(keys, _texts(conversion, keys), strict=True)]
    return codes.enumeration(conversion.rule, labels, conversion.cc_ref[-1])


def _range_labels(conversion: Conversion) -> PlainProfile:
    keys = _rows(conversion, 2)
    labels = [
        codes.Labelled(*_span(conversion, lo, hi), text)
        for (lo, hi), text in zip(keys, _texts(conversion, keys), strict=True)
    ]
    return codes.enumeration(conversion.rule, labels, conversion.cc_ref[-1])


_TYPES: Mapping[int, Callable[[Conversion], PlainProfile]] = {
    0: _identity,
    1: _linear,
    2: _rational,
    3: _algebraic,
    4: _interpolated,
    5: _nearest,
    6: _ranges,
    7: _value_labels,
    8: _range_labels,
}


def _values(conversion: Conversion, count: int) -> list[float]:
    if len(conversion.cc_val) != count:
        raise ImportRefused(conversion.rule, f"cc_val must hold {count} values")
    return list(conversion.cc_val)


def _rows(conversion: Conversion, width: int, extra: int = 0) -> list[list[float]]:
    """The values by `width`; `extra` ones at the end belong to no row."""
    values = conversion.cc_val
    count, rest = divmod(len(values) - extra, width)
    if count < 1 or rest:
        raise ImportRefused(conversion.rule, f"cc_val must hold rows of {width} values")
    return [list(values[width * i : width * (i + 1)]) for i in range(count)]


def _span(conversion: Conversion, lo: float, hi: float) -> tuple[float, float]:
    return codes.span(conversion.rule, lo, hi, is_integer=conversion.raw_is_integer)


def _texts(conversion: Conversion, keys: Sequence[object]) -> list[str]:
    """One for each key; the block holds one more, for all other values."""
    if len(conversion.cc_ref) != len(keys) + 1:
        raise ImportRefused(conversion.rule, f"cc_ref must hold {len(keys) + 1} texts")
    return [text or "" for text in conversion.cc_ref[:-1]]
