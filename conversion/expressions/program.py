"""Programs that compute an expression: what they may do, and how they run over columns.

A program is a flat list of steps for a stack. A step pushes raw, another channel or a number, or applies
an operation to what was pushed last, which gives one float64[n], or one number if it rests on numbers
alone. So nothing that anybody writes as an expression can do anything else, or take more memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from conversion.arrays import Floats
from conversion.errors import ConversionError
from conversion.formulas.parametric import Parameter

MAX_EXPONENT = 64


class ExpressionRefused(ConversionError):
    """The text is no expression, or one that may not be computed."""


class Operation(NamedTuple):
    """An operation on the last `arity` values."""

    arity: int
    apply: Callable[..., Parameter]


@dataclass(frozen=True, slots=True)
class PushColumn:
    """Push raw, which is column 0, or another channel."""

    column: int


@dataclass(frozen=True, slots=True)
class PushNumber:
    """Push a number of the expression."""

    number: float


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise to a power that is a number. It belongs to the step: NumPy takes shortcuts for some numbers."""

    exponent: float


@dataclass(frozen=True, slots=True)
class Apply:
    """Apply an operation to the last values."""

    name: str


Step = PushColumn | PushNumber | Raise | Apply


def _truth(comparison: np.ufunc) -> Callable[..., Parameter]:
    """1.0 where it holds, else 0.0."""

    def compare(a: Parameter, b: Parameter) -> Parameter:
        return comparison(a, b).astype(np.float64)

    return compare


def _where(condition: Parameter, if_so: Parameter, if_not: Parameter) -> Parameter:
    return np.where(np.not_equal(condition, 0.0), if_so, if_not)


OPERATORS: Mapping[str, Operation] = {
    "+": Operation(2, np.add),
    "-": Operation(2, np.subtract),
    "*": Operation(2, np.multiply),
    "/": Operation(2, np.divide),
    "**": Operation(2, np.power),
    "<": Operation(2, _truth(np.less)),
    "<=": Operation(2, _truth(np.less_equal)),
    ">": Operation(2, _truth(np.greater)),
    ">=": Operation(2, _truth(np.greater_equal)),
    "negative": Operation(1, np.negative),
}
FUNCTIONS: Mapping[str, Operation] = {
    "abs": Operation(1, np.abs),
    "sqrt": Operation(1, np.sqrt),
    "cbrt": Operation(1, np.cbrt),
    "exp": Operation(1, np.exp),
    "expm1": Operation(1, np.expm1),
    "log": Operation(1, np.log),
    "log1p": Operation(1, np.log1p),
    "log2": Operation(1, np.log2),
    "log10": Operation(1, np.log10),
    "sin": Operation(1, np.sin),
    "cos": Operation(1, np.cos),
    "tan": Operation(1, np.tan),
    "arcsin": Operation(1, np.arcsin),
    "arccos": Operation(1, np.arccos),
    "arctan": Operation(1, np.arctan),
    "arctan2": Operation(2, np.arctan2),
    "sinh": Operation(1, np.sinh),
    "cosh": Operation(1, np.cosh),
    "tanh": Operation(1, np.tanh),
    "hypot": Operation(2, np.hypot),
    "floor": Operation(1, np.floor),
    "ceil": Operation(1, np.ceil),
    "rint": Operation(1, np.rint),
    "sign": Operation(1, np.sign),
    "degrees": Operation(1, np.degrees),
    "radians": Operation(1, np.radians),
    "min": Operation(2, np.minimum),
    "max": Operation(2, np.maximum),
    "where": Operation(3, _where),
}
_OPERATIONS = {**OPERATORS, **FUNCTIONS}


class Program:
    """Steps in order, written one after the other. What rests on numbers alone is computed at once."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def push_column(self, column: int) -> None:
        """Push raw (0) or another channel (from 1 on)."""
        self._steps.append(PushColumn(column))

    def push_number(self, number: float) -> None:
        """Push a number. Raises `ExpressionRefused` unless it is finite."""
        if not np.isfinite(number):
            raise ExpressionRefused("a number in it is not finite")
        self._steps.append(PushNumber(number))

    def apply(self, name: str) -> None:
        """Apply an operation. Raises `ExpressionRefused` for huge powers, and numbers that are not finite."""
        arity, function = _OPERATIONS[name]
        numbers = [step.number for step in self._steps[-arity:] if isinstance(step, PushNumber)]
        exponent = numbers[-1] if name == "**" and isinstance(self._steps[-1], PushNumber) else None
        if exponent is not None and abs(exponent) > MAX_EXPONENT:
            raise ExpressionRefused(f"an exponent may be {MAX_EXPONENT} at most")
        if len(numbers) == arity:
            del self._steps[-arity:]
            with np.errstate(all="ignore"):
                self.push_number(float(function(*numbers)))
        elif exponent is not None:
            self._steps[-1] = Raise(exponent)
        else:
            self._steps.append(Apply(name))

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers that are pushed, in order."""
        return tuple(step.number for step in self._steps if isinstance(step, PushNumber))

    @property
    def outline(self) -> tuple[Step | None, ...]:
        """The steps without the numbers that are pushed. Programs of one outline can run together."""
        return tuple(None if isinstance(step, PushNumber) else step for step in self._steps)

    def run(self, columns: Sequence[Floats], numbers: Sequence[Parameter]) -> Parameter:
        """The result over raw and the other channels, with `numbers` in place of the program's own."""
        stack: list[Parameter] = []
        remaining = iter(numbers)
        for step in self._steps:
            match step:
                case PushColumn(column):
                    stack.append(columns[column])
                case PushNumber():
                    stack.append(next(remaining))
                case Raise(exponent):
                    stack.append(np.power(stack.pop(), exponent))
                case Apply(name):
                    arity, function = _OPERATIONS[name]
                    operands = stack[-arity:]
                    del stack[-arity:]
                    stack.append(function(*operands))
        return stack.pop()
