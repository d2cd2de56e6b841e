"""What to plot of each kind: its example, over the domain and a little beyond."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from conversion.arrays import Floats
from conversion.compile import compile_profile
from conversion.formulas.limits import UNBOUNDED
from conversion.kind import Kind
from conversion.profile import CompiledProfile
from tools.reference.axis import label, spans_decades
from tools.reference.svg import Chart, PlottedCurve, Point

SAMPLES = 2001
BEYOND, EXTRA = 0.06, 120
"""How much of the domain's width is shown beyond each of its ends, and by how many samples."""

SPANS: Mapping[str, tuple[float, float]] = {
    "bitfield": (0, 65535),
    "bridge": (0, 0.02),
    "enumeration": (-1, 3),
    "strain_gauge": (-0.005, 0.005),
}
"""Raw values to show of kinds whose example is defined for many more."""

ARE_WHOLE = {"bitfield"}
"""Kinds that take whole numbers alone."""

LEVELS: Mapping[str, Sequence[float]] = {
    "bivariate": (-20, 20, 60),
    "contextual": (0, 1),
    "expression": (0, 25, 50),
    "ph": (5, 25, 80),
}
"""Values of the other channel to show, for kinds that need one."""

DEFAULT_SPAN = (0.0, 10.0)
DEFAULT_LEVELS = (0.0, 20.0, 40.0)


def chart_of(kind: Kind) -> Chart:
    """The example's curve; one for each of a few values of the other channel if it needs one."""
    profile = compile_profile({"kind": kind.name, "payload": dict(kind.example)})
    raw = raw_values(kind, profile)
    return Chart(
        curves=[_curve(profile, raw, level) for level in levels(kind, profile)],
        legend=", ".join(profile.channels),
        x_title=_title("raw", profile.input_unit or kind.input_unit),
        y_title=_title("physical", profile.output_unit or kind.output_unit),
        is_x_logarithmic=spans_decades(*span(kind, profile)),
        points=_points(kind.example, profile),
    )


def levels(kind: Kind, profile: CompiledProfile) -> Sequence[float | None]:
    """Values of the other channels, or one None if there are no other channels."""
    return LEVELS.get(kind.name, DEFAULT_LEVELS) if profile.channels else (None,)


def raw_values(kind: Kind, profile: CompiledProfile) -> Floats:
    """float64[n], ascending, from a little below the domain to a little above; its ends are among them."""
    lo, hi = span(kind, profile)
    # In steps of the domain's width, or of its logarithm where the axis has decades.
    steps = np.concatenate(
        [
            np.linspace(-BEYOND, 0, EXTRA, endpoint=False),
            np.linspace(0, 1, SAMPLES),
            1 + np.linspace(BEYOND, 0, EXTRA, endpoint=False)[::-1],
        ]
    )
    raw = lo * (hi / lo) ** steps if spans_decades(lo, hi) else lo + (hi - lo) * steps
    raw[[EXTRA, -EXTRA - 1]] = lo, hi
    return np.rint(raw) if kind.name in ARE_WHOLE else raw


def few_raw_values(kind: Kind, profile: CompiledProfile, count: int) -> Floats:
    """float64[count], evenly spread over the domain."""
    lo, hi = span(kind, profile)
    raw = np.geomspace(lo, hi, count) if spans_decades(lo, hi) else np.linspace(lo, hi, count)
    return np.rint(raw) if kind.name in ARE_WHOLE else raw


def span(kind: Kind, profile: CompiledProfile) -> tuple[float, float]:
    """The ends of what is shown: those of the domain, as far as it has any."""
    if kind.name in SPANS:
        return SPANS[kind.name]
    lo, hi = profile.limits.domain or UNBOUNDED
    return (lo if np.isfinite(lo) else DEFAULT_SPAN[0]), (hi if np.isfinite(hi) else DEFAULT_SPAN[1])


def _curve(profile: CompiledProfile, raw: Floats, level: float | None) -> PlottedCurve:
    aux = {} if level is None else {channel: np.full_like(raw, level) for channel in profile.channels}
    physical, flags = profile.convert(raw, aux)
    return PlottedCurve(raw, physical, flags != 0, "" if level is None else label(level))


def _points(example: Mapping[str, Any], profile: CompiledProfile) -> Sequence[Point]:
    """The example's table, if it is one, or its codes with their labels."""
    if profile.labels is None:
        return [Point(raw, physical) for raw, physical in example.get("points", ())]
    codes = sorted(float(code) for code in example["values"])
    texts = profile.labels.of(np.array(codes))
    return [Point(code, code, text or "") for code, text in zip(codes, texts, strict=True)]


def _title(name: str, unit: str | None) -> str:
    return f"{name}, {unit}" if unit not in {None, "1"} else name
