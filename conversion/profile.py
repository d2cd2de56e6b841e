"""A compiled profile: the frame that every kind shares. Compile once, convert often, from any thread."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from conversion.arrays import Auxiliary, FlagWords, Floats, Mask
from conversion.flags import Flag, mark
from conversion.formula import Formula
from conversion.limits import UNBOUNDED, Beyond, Interval, Limits, admit, release


class Converted(NamedTuple):
    """Physical values and what there is to say about them.

    `physical` is float64[n], finite or NaN, never infinite; a NaN comes with a flag that says why.
    `flags` is uint16[n] of `Flag` bits.
    """

    physical: Floats
    flags: FlagWords


@dataclass(frozen=True, slots=True)
class CompiledProfile:
    """A conversion ready to run. `content_hash` identifies kind and payload, however they were spelled."""

    kind: str
    content_hash: str
    input_unit: str | None
    output_unit: str | None
    formula: Formula
    limits: Limits

    def convert(self, raw: Floats, aux: Auxiliary | None = None) -> Converted:
        """Convert raw float64[n]; `aux` holds other channels' values for the kinds that need them."""
        raw = np.asarray(raw, dtype=np.float64)
        if raw.ndim != 1:
            raise ValueError(f"raw must have one dimension, it has {raw.ndim}")
        flags = np.zeros(raw.shape, np.uint16)
        with np.errstate(all="ignore"):
            admitted, null_in = admit(self.limits, raw, flags)
            physical = self.formula.evaluate(admitted, aux or {}, flags)
            physical, null_out = release(self.limits, physical, flags)
        return settle(raw, physical, flags, null_in, null_out)

    def inverse(self, physical: Floats) -> Floats:
        """Raw float64[n] that converts to `physical`, NaN where none does.

        A profile that clamps or nulls has no raw values beyond its domain and range. Raises
        `NotInvertible` unless the profile is strictly monotone.
        """
        physical = np.asarray(physical, dtype=np.float64)
        domain = self.limits.domain or UNBOUNDED
        with np.errstate(all="ignore"):
            raw = self.formula.inverse(physical, domain)
            if self.limits.beyond in (Beyond.NULL, Beyond.CLAMP):
                raw = np.clip(raw, *domain)  # rounding may have carried it out
                raw[self._is_unreachable(physical, domain)] = np.nan
        raw[~np.isfinite(raw)] = np.nan
        return raw

    def _is_unreachable(self, physical: Floats, domain: Interval) -> Mask:
        ends = self.formula.evaluate(np.array(domain), {}, np.zeros(2, np.uint16))
        image = Interval(float(ends.min()), float(ends.max()))
        return _is_outside(physical, image) | _is_outside(physical, self.limits.range or UNBOUNDED)


def settle(
    raw: Floats, physical: Floats, flags: FlagWords, null_in: Mask | None, null_out: Mask | None
) -> Converted:
    """Replace what is not finite by NaN, with its flag, and null what the policy wants nulled.

    `physical` must be the caller's own array: it is changed in place.
    """
    if not np.isfinite(physical).all():
        bad = ~np.isfinite(physical)
        physical[bad] = np.nan
        mark(flags, bad, Flag.NOT_FINITE)
    if not np.isfinite(raw).all():
        # An infinite raw value says nothing of the quantity, on whichever side of the domain it lies.
        bad = ~np.isfinite(raw)
        physical[bad] = np.nan
        flags[bad] = Flag.NOT_FINITE
    for nulled in (null_in, null_out):
        if nulled is not None:
            physical[nulled] = np.nan
    return Converted(physical, flags)


def _is_outside(values: Floats, bounds: Interval) -> Mask:
    return (values < bounds.lo) | (values > bounds.hi)
