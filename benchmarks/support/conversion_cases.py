"""Sensors as projects have them: for each kind a profile with numbers of its own, and the speed wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np

from conversion import CompiledProfile, compile_profile
from conversion.arrays import Floats
from conversion.formulas.limits import UNBOUNDED
from conversion.sensors.its90 import ITS90

_rng = np.random.default_rng(1)


@dataclass(frozen=True)
class Case:
    """How to make sensors, and how many million samples a second one of them should convert."""

    name: str
    makers: tuple[Callable[[], dict[str, Any]], ...]
    wanted_millions: float
    is_within_domain: bool = True

    def profiles(self, count: int) -> list[CompiledProfile]:
        """Profiles for as many sensors, taking turns if there are several sorts."""
        return [compile_profile(make()) for make in islice(cycle(self.makers), count)]

    def raw(self, profile: CompiledProfile, count: int) -> Floats:
        """Evenly spread over the domain, or normally distributed where there is none."""
        lo, hi = profile.limits.domain or UNBOUNDED
        if self.is_within_domain and np.isfinite(hi - lo):
            return _rng.uniform(lo, hi, count)
        return _rng.normal(size=count)


def linear() -> dict[str, Any]:
    """Gain and offset."""
    slope, offset = _rng.normal(size=2).tolist()
    return {"kind": "linear", "payload": {"slope": slope, "offset": offset}}


def bounded_linear() -> dict[str, Any]:
    """Gain and offset with a domain that one value in twenty leaves."""
    bounds = {"domain": {"min": -2, "max": 2}, "out_of_domain": "clamp"}
    return {"kind": "linear", "payload": {**linear()["payload"], **bounds}}


def polynomial() -> dict[str, Any]:
    """Degree five, centered and scaled."""
    payload = {"coefficients": _rng.normal(size=6).tolist(), "center": 0.5, "scale": 2.0}
    return {"kind": "polynomial", "payload": payload}


def table() -> dict[str, Any]:
    """Thirty-two points."""
    raw, physical = np.linspace(-4, 4, 32), np.sort(_rng.normal(size=32))
    return {"kind": "piecewise_linear", "payload": {"points": np.column_stack([raw, physical]).tolist()}}


def thermocouple(letter: str = "K") -> dict[str, Any]:
    """One type, each cold junction at its own temperature."""
    junction = {"temperature_c": _rng.uniform(15, 35)}
    return {"kind": "thermocouple", "payload": {"type": letter, "input": "mV", "cold_junction": junction}}


def measured_thermocouple() -> dict[str, Any]:
    """Type K, with a cold junction that another channel measures."""
    payload = {
        "type": "K",
        "input": "mV",
        "cold_junction": {"channel": "block"},
        "domain": {"min": 0, "max": 50},
    }
    return {"kind": "thermocouple", "payload": payload}


def thermocouple_of_any_type() -> dict[str, Any]:
    """Any letter."""
    return thermocouple(str(_rng.choice(list(ITS90))))


def rtd() -> dict[str, Any]:
    """Each Pt100 with the resistance at 0 °C of its own certificate."""
    payload = {
        "r0": _rng.uniform(99.9, 100.1),
        "standard": "iec60751",
        "wires": 2,
        "lead_ohm": _rng.uniform(0, 1),
    }
    return {"kind": "rtd", "payload": payload}


def nickel() -> dict[str, Any]:
    """Each Ni120 with a resistance at 0 °C of its own."""
    return {"kind": "rtd_polynomial", "payload": {"material": "Ni120", "r0": _rng.uniform(119.8, 120.2)}}


def thermistor() -> dict[str, Any]:
    """Each with coefficients of its own, in a divider."""
    a, b, c = (np.array([1.129241e-3, 2.341077e-4, 8.775468e-8]) * _rng.uniform(0.99, 1.01, 3)).tolist()
    divider = {"divider": {"r_ohm": 10_000, "supply_v": 3.3, "side": "low"}}
    payload = {"a": a, "b": b, "c": c, "input": divider, "domain": {"min": 0.3, "max": 3}}
    return {"kind": "thermistor_steinhart_hart", "payload": payload}


def thermistor_by_beta() -> dict[str, Any]:
    """Each with a beta value of its own."""
    payload = {
        "r0": 10_000,
        "t0_c": 25,
        "beta": _rng.uniform(3300, 3500),
        "domain": {"min": 500, "max": 50_000},
    }
    return {"kind": "thermistor_beta", "payload": payload}


def power() -> dict[str, Any]:
    """A weir with a factor and an exponent of its own."""
    payload = {"a": _rng.uniform(2, 3), "exponent": _rng.uniform(2.4, 2.6), "domain": {"min": 0, "max": 2}}
    return {"kind": "power", "payload": payload}


def strain_gauge() -> dict[str, Any]:
    """A quarter bridge with a zero of its own."""
    payload = {"bridge": "quarter_i", "gauge_factor": 2.1, "initial_ratio": _rng.normal() / 1000}
    return {"kind": "strain_gauge", "payload": payload}


def spline() -> dict[str, Any]:
    """Thirty-two points."""
    return {"kind": "spline", "payload": {**table()["payload"], "method": "cubic"}}


def current_loop() -> dict[str, Any]:
    """A span of its own, over the measuring range."""
    return {"kind": "current_loop", "payload": {"physical": [0, _rng.uniform(1, 100)]}}


def electrode() -> dict[str, Any]:
    """A slope and a zero of its own, at a temperature that another channel measures."""
    slope_mv, zero_ph = _rng.uniform(56, 60), _rng.uniform(6.8, 7.2)
    payload = {"slope_mv": slope_mv, "zero_ph": zero_ph, "temperature": {"channel": "bath"}}
    return {"kind": "ph", "payload": payload}


def expression() -> dict[str, Any]:
    """One formula with numbers of each sensor's own."""
    a, b, c = _rng.uniform(0.5, 2, 3).tolist()
    text = f"{a} * raw ** 2 + {b} * sqrt(abs(raw)) - {c}"
    return {"kind": "expression", "payload": {"expression": text}}


def chain() -> dict[str, Any]:
    """From code to volts to newtons to a polynomial of them."""
    adc = {"bits": 24, "reference_v": 2.5, "gain": 128, "coding": "twos_complement"}
    cell = {"two_point": [[0, 0], [_rng.uniform(1.9, 2.1), 10]], "excitation_v": 5}
    stages = [{"kind": "adc", "payload": adc}, {"kind": "bridge", "payload": cell}, polynomial()]
    return {"kind": "chain", "payload": {"stages": stages}}


CASES = [
    Case("linear", (linear,), 20),
    Case("linear, bounded", (bounded_linear,), 20, is_within_domain=False),
    Case("polynomial, degree 5", (polynomial,), 20),
    Case("piecewise_linear, 32 points", (table,), 5),
    Case("power", (power,), 5),
    Case("strain_gauge, quarter bridge", (strain_gauge,), 5),
    Case("spline, 32 points", (spline,), 5),
    Case("current_loop", (current_loop,), 5),
    Case("ph, temperature measured", (electrode,), 5),
    Case("expression, a·raw² + b·√raw - c", (expression,), 5),
    Case("chain of three", (chain,), 5),
    Case("rtd, Pt100 from -200 to 850 °C", (rtd,), 5),
    Case("rtd_polynomial, Ni120", (nickel,), 1),
    Case("thermistor_steinhart_hart, divider", (thermistor,), 5),
    Case("thermistor_beta", (thermistor_by_beta,), 5),
    Case("thermocouple K from -270 to 1372 °C", (thermocouple,), 1),
    Case("thermocouple K, cold junction measured", (measured_thermocouple,), 1),
    Case("thermocouple of any type", (thermocouple_of_any_type,), 1),
    Case(
        "of these kinds",
        (linear, linear, bounded_linear, polynomial, table, rtd, thermistor, thermocouple),
        1,
    ),
]
