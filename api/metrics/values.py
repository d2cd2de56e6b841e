"""Values of metrics in JSON, which has no NaN and no infinities: these are strings."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SCHEMA = {
    "anyOf": [{"type": "number"}, {"type": "string", "enum": list(NAMES)}],
    "examples": [0.125],
}
SpokenValue = float | Literal["NaN", "Infinity", "-Infinity"]


def read_value(given: object) -> float:
    """The value that a field holds.

    Raises:
        ValueError: it is no number, or one beyond float64.
    """
    if isinstance(given, str):
        if given not in NAMES:
            raise ValueError(f"a value is a number, or one of {', '.join(NAMES)}")
        return NAMES[given]
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"a value is a number, or one of {', '.join(NAMES)}")  # noqa: TRY004  # pydantic's way
    try:
        return float(given)
    except OverflowError:
        raise ValueError("a value lies within float64; what is beyond is written as Infinity") from None


def speak(value: float) -> SpokenValue:
    """The value as JSON has it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def speak_all(values: NDArray[np.float64]) -> list[SpokenValue | None]:
    """The values of a column as JSON can say them."""
    if np.isfinite(values).all():
        return [*values.tolist()]
    return [speak(value) for value in values.tolist()]


def speak_each(values: Iterable[float | None]) -> list[SpokenValue | None]:
    """The values of a column as JSON can say them; missing ones stay missing."""
    return [None if value is None else speak(value) for value in values]


MetricValue = Annotated[
    float,
    Field(allow_inf_nan=True),
    BeforeValidator(read_value),
    PlainSerializer(speak),
    WithJsonSchema(_SCHEMA),
]
"""A float64, whichever."""
