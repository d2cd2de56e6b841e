"""What a simulated sensor measures: a value for each time. Pure."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Waveform = Callable[[Floats], Floats]


def _sine(turns: Floats) -> Floats:
    return np.sin(2 * np.pi * turns)


def _square(turns: Floats) -> Floats:
    return np.where(turns % 1 < 0.5, 1.0, -1.0)


def _sawtooth(turns: Floats) -> Floats:
    return 2 * (turns % 1) - 1


def _triangle(turns: Floats) -> Floats:
    return 1 - 4 * np.abs(turns % 1 - 0.5)


def _steps(turns: Floats) -> Floats:
    """Eight levels, in an order that jumps."""
    levels = np.array([0.0, 0.75, -0.5, 1.0, -1.0, 0.25, -0.25, 0.5])
    return levels[(turns * 8 % 8).astype(np.intp)]


def _constant(turns: Floats) -> Floats:
    return np.zeros_like(turns)


# Of turns since the epoch, between -1 and 1.
WAVEFORMS: dict[str, Waveform] = {
    "sine": _sine,
    "square": _square,
    "sawtooth": _sawtooth,
    "triangle": _triangle,
    "steps": _steps,
    "constant": _constant,
}
