"""Charts as SVG: a few lines over two axes. The same input gives the same text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from conversion.arrays import Floats, Mask
from tools.reference.axis import Axis, axis_over

WIDTH, HEIGHT = 680, 340
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 20, 56
LEGEND_WIDTH, LABEL_WIDTH = 110, 60
MARGIN = 0.08
FAR = 20_000
"""Pixels from where on a curve is left out."""

COLORS = ("#0b6e99", "#c1440e", "#4b7f2c", "#7a4fa3", "#a67c00", "#3d4f5c")
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}"
    ".grid{stroke:#e4e7ea}.frame{fill:none;stroke:#8a939b}"
    ".line{fill:none;clip-path:url(#frame);stroke-width:2;stroke-linejoin:round}"
    ".flagged{stroke-dasharray:2 4}"
)


@dataclass(frozen=True, slots=True)
class PlottedCurve:
    """A line through (x, y), float64[n] each; y is NaN where there is no value."""

    x: Floats
    y: Floats
    is_flagged: Mask
    """bool[n]: here the line is dotted."""

    label: str = ""


class Point(NamedTuple):
    """A dot, and what is written beside it."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over the same axes, and points drawn as dots on the first of them."""

    curves: Sequence[PlottedCurve]
    x_title: str
    y_title: str
    is_x_logarithmic: bool = False
    legend: str = ""
    """What the curves' labels are values of."""

    points: Sequence[Point] = ()


def render(chart: Chart) -> str:
    """The chart as an SVG document."""
    right = WIDTH - RIGHT - (LEGEND_WIDTH if chart.legend else 0)
    raw = np.concatenate([curve.x for curve in chart.curves])
    x = Axis(raw.min(), raw.max(), LEFT, right, chart.is_x_logarithmic)
    y = _y_axis(chart.curves)
    parts = [
        _head(f"{chart.y_title} over {chart.x_title}"),
        *_x_ticks(x),
        *_y_ticks(y, right),
        f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{HEIGHT - BOTTOM - TOP}"/>',
        _text(chart.x_title, (LEFT + right) / 2, HEIGHT - 14),
        _text(chart.y_title, 18, (TOP + HEIGHT - BOTTOM) / 2, turned_by=-90),
        *[line for k, curve in enumerate(chart.curves) for line in _curve(curve, x, y, _color(k))],
        *_dots(chart.points, x, y),
        *_legend(chart, right),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _y_axis(curves: Sequence[PlottedCurve]) -> Axis:
    """The axis of values that are not flagged; the rest may leave the picture, as extrapolations do."""
    plain = np.concatenate([curve.y[~curve.is_flagged] for curve in curves])
    return axis_over(plain[np.isfinite(plain)], HEIGHT - BOTTOM, TOP, MARGIN)


def _head(title: str) -> str:
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<clipPath id="frame"><path d="M{LEFT} {TOP}H{WIDTH}V{HEIGHT - BOTTOM}H{LEFT}Z"/></clipPath>"""


def _text(text: str, x: float, y: float, turned_by: int = 0) -> str:
    place = f"translate({x:g} {y:g}) rotate({turned_by})"
    return f'<text transform="{place}" text-anchor="middle">{escape(text)}</text>'


def _color(number: int) -> str:
    return COLORS[number % len(COLORS)]


def _x_ticks(axis: Axis) -> list[str]:
    bottom = HEIGHT - BOTTOM
    return [
        f'<path class="grid" d="M{place:.1f} {TOP}V{bottom}"/>'
        f'<text x="{place:.1f}" y="{bottom + 18}" text-anchor="middle">{text}</text>'
        for place, text in _placed_ticks(axis, 8)
    ]


def _y_ticks(axis: Axis, right: float) -> list[str]:
    return [
        f'<path class="grid" d="M{LEFT} {place:.1f}H{right:g}"/>'
        f'<text x="{LEFT - 8}" y="{place + 4:.1f}" text-anchor="end">{text}</text>'
        for place, text in _placed_ticks(axis, 6)
    ]


def _placed_ticks(axis: Axis, about: int) -> Iterator[tuple[float, str]]:
    for value, text in axis.ticks(about):
        yield float(axis.place(np.array([value]))[0]), text


def _curve(curve: PlottedCurve, x: Axis, y: Axis, color: str) -> list[str]:
    places = np.column_stack([x.place(curve.x), y.place(curve.y)])
    drawn = np.abs(places[:, 1]) < FAR
    return [
        _path(places, drawn & ~curve.is_flagged, "line", color),
        _path(places, drawn & curve.is_flagged, "line flagged", color),
    ]


def _path(places: Floats, is_drawn: Mask, style: str, color: str) -> str:
    """One path of as many strokes as there are runs of rows to draw."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_drawn, [False]]).astype(np.int8)))
    strokes = [_stroke(places[first:last]) for first, last in edges.reshape(-1, 2)]
    return f'<path class="{style}" stroke="{color}" d="{"".join(strokes)}"/>' if strokes else ""


def _stroke(places: Floats) -> str:
    corners = np.round(_corners(places), 1)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)


def _corners(places: Floats) -> Floats:
    """The places without those that lie on the line between their neighbours, to a tenth of a pixel."""
    kept = [0]
    for i in range(2, len(places)):
        start, between, end = places[kept[-1]], places[kept[-1] + 1 : i], places[i]
        along = end - start
        off = np.abs(along[0] * (between[:, 1] - start[1]) - along[1] * (between[:, 0] - start[0]))
        if off.max() > 0.1 * np.hypot(*along):
            kept.append(i - 1)
    return places[sorted({*kept, len(places) - 1})]


def _dots(points: Sequence[Point], x: Axis, y: Axis) -> list[str]:
    dots: list[str] = []
    for point in points:
        px, py = float(x.place(np.array([point.x]))[0]), float(y.place(np.array([point.y]))[0])
        dots.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{_color(0)}"/>')
        if point.label:
            is_last = px > x.end - LABEL_WIDTH
            place = (
                f'x="{px - 8:.1f}" y="{py - 8:.1f}" text-anchor="end"'
                if is_last
                else (f'x="{px + 8:.1f}" y="{py + 14:.1f}"')
            )
            dots.append(f"<text {place}>{escape(point.label)}</text>")
    return dots


def _legend(chart: Chart, right: float) -> list[str]:
    title = f'<text x="{right + 12:g}" y="{TOP + 12}">{escape(chart.legend)}</text>'
    lines = [
        f'<path stroke="{_color(k)}" stroke-width="2" d="M{right + 12:g} {TOP + 30 + 20 * k}h18"/>'
        f'<text x="{right + 38:g}" y="{TOP + 34 + 20 * k}">{escape(curve.label)}</text>'
        for k, curve in enumerate(chart.curves)
    ]
    return [title, *lines] if chart.legend else []
