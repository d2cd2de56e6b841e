"""What alarms must be: each sensor's live readings in their order, taken one by one through its limits.

As docs/alarms.md has it, and in the plainest way, so that it is another one than the product's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class ModelLimit:
    """A limit's row."""

    id: int
    low: float
    high: float
    hysteresis: float
    delay_us: int
    from_us: int
    to_us: int

    def is_violated(self, t_us: int, value: float) -> bool:
        """Whether a reading violates it."""
        return self.from_us <= t_us < self.to_us and not self.low <= value <= self.high

    def is_clear(self, t_us: int, value: float) -> bool:
        """Whether a reading ends an alarm."""
        is_valid = self.from_us <= t_us < self.to_us
        return not is_valid or self.low + self.hysteresis <= value <= self.high - self.hysteresis


@dataclass(frozen=True)
class ModelAlarm:
    """An alarm of a limit."""

    since_us: int
    raised_us: int
    cleared_us: int | None = None


@dataclass(eq=False)
class WatchedLimits:
    """Where limits must stand.

    Attributes:
        since_us: by limit, since when it is violated without an alarm.
        alarms: by limit.
        newest_us: by sensor, the newest live reading that counted.
        late: sensors and times of late readings that violate a limit.
    """

    since_us: dict[int, int] = field(default_factory=dict[int, int])
    alarms: dict[int, tuple[ModelAlarm, ...]] = field(default_factory=dict[int, tuple[ModelAlarm, ...]])
    newest_us: dict[int, int] = field(default_factory=dict[int, int])
    late: frozenset[tuple[int, int]] = frozenset()

    def copy(self) -> "WatchedLimits":
        """What it was at a backup."""
        return WatchedLimits(dict(self.since_us), dict(self.alarms), dict(self.newest_us), self.late)

    @property
    def standing(self) -> dict[int, int | None]:
        """By limit, since when it is violated; None for one whose alarm is active."""
        active = {limit_id: None for limit_id in self.alarms if self._active(limit_id) is not None}
        return {**self.since_us, **active}

    def see(self, sensor_id: int, limits: Sequence[ModelLimit], t_us: int, value: float) -> None:
        """A live reading of a sensor is stored."""
        if t_us < self.newest_us.get(sensor_id, t_us):
            if any(limit.is_violated(t_us, value) for limit in limits):
                self.late |= {(sensor_id, t_us)}
            return
        self.newest_us[sensor_id] = t_us
        for limit in limits:
            self._decide(limit, t_us, value)

    def _decide(self, limit: ModelLimit, t_us: int, value: float) -> None:
        active = self._active(limit.id)
        if active is not None:
            if limit.is_clear(t_us, value):
                self.alarms[limit.id] = (*self.alarms[limit.id][:-1], replace(active, cleared_us=t_us))
        elif not limit.is_violated(t_us, value):
            self.since_us.pop(limit.id, None)
        else:
            since_us = self.since_us.setdefault(limit.id, t_us)
            if t_us - since_us >= limit.delay_us:
                del self.since_us[limit.id]
                self.alarms[limit.id] = (*self.alarms.get(limit.id, ()), ModelAlarm(since_us, t_us))

    def _active(self, limit_id: int) -> ModelAlarm | None:
        alarms = self.alarms.get(limit_id, ())
        return alarms[-1] if alarms and alarms[-1].cleared_us is None else None
