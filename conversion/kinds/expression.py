"""`expression`: a formula written out."""

import re
from collections.abc import Hashable, Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.expressions.grammar import (
    CONSTANTS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_SYMBOLS,
    RAW,
    compile_expression,
)
from conversion.expressions.program import FUNCTIONS, MAX_EXPONENT, ExpressionRefused, Program, PushColumn
from conversion.formulas.formula import Formula
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import text

MAX_INPUTS = 8
_NAME = "^[A-Za-z][A-Za-z0-9_]{0,30}$"
_TAKEN = {RAW, *CONSTANTS, *FUNCTIONS}


@final
class Expression(Parametric):
    """A program over raw and the channels; the numbers in it are its parameters."""

    def __init__(self, program: Program, channels: tuple[str, ...]) -> None:
        self.channels = channels
        self.parameters = program.numbers
        self._program = program

    @property
    def variant(self) -> Hashable:
        """All but the numbers: five hundred sensors with one formula are computed together."""
        return self._program.outline, len(self.channels)

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del flags
        physical = np.empty_like(raw)
        physical[...] = self._program.run((raw, *aux), parameters)
        return physical


def read(fields: Fields) -> Formula:
    """Read the inputs, and translate the expression."""
    inputs = _inputs(fields)
    program = _program(fields, tuple(inputs))
    fields.close()
    return Expression(program, tuple(inputs.values()))


def _inputs(fields: Fields) -> dict[str, str]:
    """Channels by the name that the expression gives them."""
    if "inputs" not in fields:
        return {}
    inner = fields.inner("inputs")
    names = inner.unread
    if len(names) > MAX_INPUTS:
        fields.note("inputs", f"may be {MAX_INPUTS} at most")
    if not all(re.fullmatch(_NAME, name) and name not in _TAKEN for name in names):
        fields.note(
            "inputs", "must be named by a letter, then letters, digits and _, unlike raw and functions"
        )
        return {}
    return {name: inner.required_text(name) for name in names}


def _program(fields: Fields, names: tuple[str, ...]) -> Program:
    expression = fields.required_text("expression", MAX_LENGTH)
    try:
        program = compile_expression(expression, names)
    except ExpressionRefused as refusal:
        fields.note("expression", str(refusal))
        return Program()
    for column, name in enumerate(names, start=1):
        if PushColumn(column) not in program.outline:
            fields.note(f"inputs/{name}", "is not used")
    return program


KIND = Kind(
    name="expression",
    title="Expression",
    description=(
        "A formula written out, over `raw` and the physical values of other channels. Operators are + - * / "
        "**, and < <= > >=, which give 1 or 0; constants pi and e; functions " + ", ".join(FUNCTIONS) + ". "
        "where(c, a, b) is a unless c is 0, then b. What is beyond this is refused when the profile is saved."
    ),
    formula="physical = expression",
    valid_range="wherever the result is finite",
    accuracy="a rounding of each operation; functions to one or two units in the last place",
    source="IEEE 754 arithmetic as NumPy does it",
    properties={
        "expression": {
            "description": (
                f"Up to {MAX_LENGTH} characters, {MAX_SYMBOLS} numbers, names and signs, {MAX_DEPTH} levels; "
                f"an exponent that is a number may be {MAX_EXPONENT} at most."
            ),
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_LENGTH,
        },
        "inputs": {
            "description": "Sensors whose physical values the expression uses, by the name it gives them.",
            "type": "object",
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": text("The sensor."),
            "maxProperties": MAX_INPUTS,
        },
    },
    required=("expression",),
    # Sensirion SHT1x data sheet: relative humidity from the code at 12 bits, compensated for temperature.
    example={
        "expression": "(t - 25) * (0.01 + 8e-5 * raw) - 2.0468 + 0.0367 * raw - 1.5955e-6 * raw ** 2",
        "inputs": {"t": "temperature"},
        "domain": {"min": 0, "max": 3500},
        "range": {"min": 0, "max": 100},
        "input_unit": "count",
        "output_unit": "%",
    },
    read=read,
)
