"""`bivariate`: a surface over raw and one other channel."""

from collections.abc import Hashable, Iterable, Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Formula
from conversion.formulas.grid import InterpolationGrid
from conversion.formulas.parametric import Parameter, Parametric
from conversion.formulas.polynomial import horner
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import inner, integer, items, number, numbers, text

MAX_POWER = 9
MAX_TERMS = (MAX_POWER + 1) ** 2
MAX_AXIS = 1024
MAX_GRID = 65_536

_Terms = dict[tuple[int, int], float]


@final
class Surface(Parametric):
    """Σ c·rawⁱ·otherʲ, by Horner's rule in both."""

    def __init__(self, terms: _Terms, channel: str) -> None:
        # Two powers of each at least, so that NaN and infinity spread even from a constant.
        self._powers = tuple(max(1, *powers) + 1 for powers in zip(*terms, strict=True))
        self.parameters = tuple(terms.get((i, j), 0.0) for i, j in np.ndindex(self._powers))
        self.channels = (channel,)

    @property
    def variant(self) -> Hashable:
        """How many powers of raw and of the other channel there are."""
        return self._powers

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del flags
        return horner(raw, self._by_power_of_raw(parameters, aux[0]))

    def _by_power_of_raw(self, parameters: Sequence[Parameter], other: Floats) -> Iterable[Floats]:
        """The coefficients of the powers of raw, descending."""
        width = self._powers[1]
        for start in reversed(range(0, len(parameters), width)):
            yield horner(other, reversed(parameters[start : start + width]))


def read(fields: Fields) -> Formula:
    """Read the channel, and either the grid or the terms."""
    channel = fields.required_text("channel")
    if ("terms" in fields) == ("z" in fields):
        fields.note("z", "there must be either x, y and z, or terms")
    if "terms" in fields:
        terms = _terms(fields)
        fields.close()
        return Surface(terms, channel)
    x, y = (_axis(fields, name) for name in ("x", "y"))
    z = fields.rows("z", 2, MAX_AXIS)
    if len(x) * len(y) > MAX_GRID:
        fields.note("z", f"may hold {MAX_GRID} values at most")
    if len(z) != len(x):
        fields.note("z", f"must hold a list for each of the {len(x)} values of x")
    for i, row in enumerate(z):
        if len(row) != len(y):
            fields.note(f"z/{i}", f"must hold a number for each of the {len(y)} values of y")
    fields.close()
    return InterpolationGrid(x, y, np.array(z), channel)


def _axis(fields: Fields, name: str) -> Floats:
    axis = fields.numbers(name, 2, MAX_AXIS)
    for i in range(1, len(axis)):
        if not axis[i] > axis[i - 1]:
            fields.note(f"{name}/{i}", "must be strictly increasing")
    return np.array(axis)


def _terms(fields: Fields) -> _Terms:
    terms: _Terms = {}
    for i, term in enumerate(fields.each("terms", 1, MAX_TERMS)):
        powers = term.integer("x", 0, MAX_POWER), term.integer("y", 0, MAX_POWER)
        if powers in terms:
            fields.note(f"terms/{i}", "has the powers of an earlier term")
        terms[powers] = term.number("coefficient")
        term.end()
    return terms


KIND = Kind(
    name="bivariate",
    title="Surface over two channels",
    description=(
        "A value that depends on another channel as well, such as a cell with a temperature sensor: a grid, "
        "bilinear between its points, or a polynomial in both. Outside the grid, the other channel's value "
        "is held at the edge, and flagged as extrapolated."
    ),
    formula="physical = z bilinear at raw and other, or Σ coefficient · rawˣ · otherʸ",
    valid_range="the grid: raw beyond it is clamped unless told otherwise; every raw value for terms",
    accuracy="a few roundings; the grid's points are met to a rounding",
    source="by definition",
    properties={
        "channel": text("The sensor whose physical value is the other one."),
        "x": numbers("Raw values of the grid, strictly increasing.", 2, MAX_AXIS),
        "y": numbers("The other channel's values of the grid, strictly increasing.", 2, MAX_AXIS),
        "z": items(
            "For each x a list: the physical value for each y.",
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": MAX_AXIS},
            2,
            MAX_AXIS,
        ),
        "terms": items(
            "The terms of the polynomial.",
            inner(
                "coefficient · rawˣ · otherʸ",
                {
                    "x": integer("Power of raw.", 0, MAX_POWER),
                    "y": integer("Power of the other channel's value.", 0, MAX_POWER),
                    "coefficient": number("Its coefficient."),
                },
                ("x", "y", "coefficient"),
            ),
            1,
            MAX_TERMS,
        ),
    },
    required=("channel",),
    rules={"oneOf": [{"required": ["x", "y", "z"]}, {"required": ["terms"]}]},
    # A pressure cell calibrated at three temperatures: bar over mV, by °C.
    example={
        "channel": "cell temperature",
        "x": [0, 50, 100],
        "y": [-20, 20, 60],
        "z": [[0.02, 0, -0.03], [5.05, 5, 4.92], [10.11, 10, 9.85]],
        "input_unit": "mV",
        "output_unit": "bar",
    },
    read=read,
)
