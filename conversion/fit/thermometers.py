"""Fits of thermistors and platinum thermometers: raw in ohms, physical in °C."""

import numpy as np

from conversion.arrays import Floats
from conversion.errors import FitRefused
from conversion.fit.fitted import FittedCurve, search
from conversion.fit.least_squares import solve
from conversion.fit.options import Options
from conversion.fit.result import Payload

ZERO_C_K = 273.15


def fit_steinhart_hart(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """a, b and c of Steinhart and Hart's equation."""
    del options
    kelvin = physical + ZERO_C_K
    if not (np.all(raw > 0.0) and np.all(kelvin > 0.0)):
        raise FitRefused("resistances must be above 0 Ω, temperatures above -273.15 °C")
    log = np.log(raw)
    # The equation is linear in 1/T. An error of it is one of T²·d(1/T) in the temperature.
    weight = np.square(kelvin)
    design = np.column_stack([np.ones_like(log), log, log**3]) * weight[:, None]
    start = solve(design, weight / kelvin).values

    def payload_of(values: Floats) -> Payload:
        return {**dict(zip("abc", values.tolist(), strict=True)), "input": "ohm"}

    return search("thermistor_steinhart_hart", payload_of, ("/a", "/b", "/c"), start, raw, physical)


def fit_callendar_van_dusen(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """r0, a and b, and c if there are points below 0 °C."""
    del options
    t = physical
    below = np.where(t < 0.0, (t - 100.0) * t**3, 0.0)
    columns = [np.ones_like(t), t, t**2, *([below] if below.any() else [])]
    r0, *ohms_per_power = solve(np.column_stack(columns), raw).values.tolist()
    start = np.array([r0, *(ohms / r0 for ohms in ohms_per_power)])

    def payload_of(values: Floats) -> Payload:
        return {**dict(zip(("r0", "a", "b", "c"), values.tolist(), strict=False)), "input": "ohm"}

    parameters = tuple(f"/{name}" for name in ("r0", "a", "b", "c")[: len(start)])
    return search("rtd", payload_of, parameters, start, raw, physical)
