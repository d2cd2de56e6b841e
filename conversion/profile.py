"""A compiled profile: the frame that every kind shares. Compile once, convert often, from any thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from conversion.arrays import Auxiliary, Columns, FlagWords, Floats, Mask
from conversion.auxiliary import DEFAULT_MAX_AGE_S, columns_by_name, without_infinity
from conversion.errors import NotInvertible
from conversion.flags import EXPLAINED, Flag, mark
from conversion.formulas.formula import Formula
from conversion.formulas.labels import Labels
from conversion.formulas.limits import (
    UNBOUNDED,
    Beyond,
    Interval,
    Limits,
    RowLimits,
    admit,
    narrowed,
    release,
    watch,
)


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
    max_age_s: float = DEFAULT_MAX_AGE_S
    """How old another channel's value may be, for whoever aligns it with the readings."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The other channels whose values it needs."""
        return self.formula.channels

    @property
    def labels(self) -> Labels | None:
        """Names of the physical values, where these are codes."""
        return self.formula.labels

    def convert(self, raw: Floats, aux: Auxiliary | None = None) -> Converted:
        """Convert raw float64[n]; `aux` holds float64[n] for each of `channels`.

        A row in which one of these is missing, NaN or infinite has physical NaN and MISSING_AUXILIARY.
        """
        raw = np.asarray(raw, dtype=np.float64)
        if raw.ndim != 1:
            raise ValueError(f"raw must have one dimension, it has {raw.ndim}")
        flags = np.zeros(raw.shape, np.uint16)
        columns, missing = self._aligned(aux or {}, len(raw))
        with np.errstate(all="ignore"):
            limits = self._limits_at(columns)
            null_fault = watch(limits, raw, flags)
            admitted, null_in = admit(limits, raw, flags)
            physical = self.formula.evaluate(admitted, columns, flags)
            physical, null_out = release(limits, physical, flags)
        return finish_values(raw, physical, flags, missing, (null_fault, null_in, null_out))

    def inverse(self, physical: Floats) -> Floats:
        """Raw float64[n] that converts to `physical`, NaN where none does.

        A profile that clamps or nulls has no raw values beyond its domain and range. Raises
        `NotInvertible` unless the profile is strictly monotone and rests on raw alone.
        """
        if self.channels:
            raise NotInvertible("the profile depends on other channels")
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
        ends = self.formula.evaluate(np.array(domain), (), np.zeros(2, np.uint16))
        image = Interval(float(ends.min()), float(ends.max()))
        return _is_outside(physical, image) | _is_outside(physical, self.limits.range or UNBOUNDED)

    def _aligned(self, aux: Auxiliary, count: int) -> tuple[Columns, Mask | None]:
        cleaned = [without_infinity(column) for column in columns_by_name(self.channels, aux, count)]
        missing = np.logical_or.reduce([mask for _, mask in cleaned]) if cleaned else None
        return [column for column, _ in cleaned], missing

    def _limits_at(self, columns: Columns) -> Limits | RowLimits:
        return narrowed(self.limits, self.formula.domain_at(columns)) if columns else self.limits


def finish_values(
    raw: Floats, physical: Floats, flags: FlagWords, missing: Mask | None, nulled: Sequence[Mask | None]
) -> Converted:
    """Replace what is not finite by NaN, with its flag, and null what lacks a channel or the policy wants so.

    `physical` must be the caller's own array: it is changed in place.
    """
    if missing is not None:
        physical[missing] = np.nan
        flags[missing] |= EXPLAINED | np.uint16(Flag.MISSING_AUXILIARY)
    if not np.isfinite(physical).all():
        bad = ~np.isfinite(physical)
        physical[bad] = np.nan
        mark(flags, bad & (flags < EXPLAINED), Flag.NOT_FINITE)
        flags &= ~EXPLAINED
    if not np.isfinite(raw).all():
        # An infinite raw value says nothing of the quantity, on whichever side of the domain it lies.
        bad = ~np.isfinite(raw)
        physical[bad] = np.nan
        flags[bad] = Flag.NOT_FINITE
    for rows in nulled:
        if rows is not None:
            physical[rows] = np.nan
    return Converted(physical, flags)


def _is_outside(values: Floats, bounds: Interval) -> Mask:
    return (values < bounds.lo) | (values > bounds.hi)
