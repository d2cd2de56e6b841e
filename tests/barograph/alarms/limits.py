"""Limits one by one, for tests, and what one of them does with readings one by one: the model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barograph.alarms.limit_table import LimitColumns
from barograph.catalog.timeline import BEGINNING_US, FOREVER_US


@dataclass(frozen=True)
class Limit:
    slot: int = 0
    low: float = -np.inf
    high: float = np.inf
    hysteresis: float = 0.0
    delay_us: int = 0
    from_us: int = BEGINNING_US
    to_us: int = FOREVER_US

    def violates(self, t_us: int, value: float) -> bool:
        return self.is_valid(t_us) and not self.low <= value <= self.high

    def is_clear(self, t_us: int, value: float) -> bool:
        inner = self.low + self.hysteresis <= value <= self.high - self.hysteresis
        return inner or not self.is_valid(t_us)

    def is_valid(self, t_us: int) -> bool:
        return self.from_us <= t_us < self.to_us


def columns(limits: Sequence[Limit]) -> LimitColumns:
    """Their ids count from 1."""

    def floats(name: str) -> np.ndarray:
        return np.array([getattr(limit, name) for limit in limits], np.float64)

    def times(name: str) -> np.ndarray:
        return np.array([getattr(limit, name) for limit in limits], np.int64)

    return LimitColumns(
        np.array([limit.slot for limit in limits], np.int32),
        np.arange(1, len(limits) + 1, dtype=np.int32),
        floats("low"),
        floats("high"),
        floats("hysteresis"),
        times("delay_us"),
        times("from_us"),
        times("to_us"),
    )


@dataclass
class ModelAlarm:
    """An alarm as it came to be: since when, raised when and by what, cleared likewise."""

    since_us: int
    raised_us: int
    value: float
    cleared_us: int | None = None
    cleared_value: float | None = None


class ModelLimit:
    """What becomes of one limit, reading by reading."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.since_us: int | None = None
        self.active: ModelAlarm | None = None
        self.alarms: list[ModelAlarm] = []

    def see(self, t_us: int, value: float) -> None:
        """The next reading in order."""
        if self.limit.violates(t_us, value):
            if self.active is None:
                self.since_us = t_us if self.since_us is None else self.since_us
                if t_us - self.since_us >= self.limit.delay_us:
                    self.active = ModelAlarm(self.since_us, t_us, value)
                    self.alarms.append(self.active)
                    self.since_us = None
        else:
            self.since_us = None
            if self.active is not None and self.limit.is_clear(t_us, value):
                self.active.cleared_us, self.active.cleared_value = t_us, value
                self.active = None
