"""Clocks of machines, which somebody sets while the story goes on. Waits go by the loop's time."""

import contextvars

# Long ago and always the same: what a story's clocks start from.
BEGINNING_US = 1_750_000_000_000_000
# What clocks are set to, against the true time: minutes to years away, and right again.
AHEAD_S = (0.0, -400_000_000.0, -7200.0, 700.0, 200_000.0, 200_000.0, 400_000_000.0)
# What they leap to: more than a day ahead.
LEAPS_S = (200_000.0, 400_000_000.0)
A_DAY_S = 86_400.0


class SimulatedClock:
    """A machine's."""

    def __init__(self) -> None:
        # How far it was ahead of the true time, and from when on.
        self._set: list[tuple[float, float]] = [(0.0, 0.0)]

    def set(self, at_s: float, ahead_s: float) -> None:
        """Somebody sets it."""
        self._set.append((at_s, ahead_s))

    @property
    def ahead_s(self) -> float:
        """How far it is ahead of the true time."""
        return self._set[-1][1]

    @property
    def has_leapt_a_day(self) -> bool:
        """Whether it was ever so far from the true time."""
        return any(abs(ahead_s) >= A_DAY_S for _, ahead_s in self._set)

    def span_us(self, from_s: float, until_s: float) -> tuple[int, int]:
        """The least and the greatest time that it showed between two moments."""
        ends_s = [at_s for at_s, _ in self._set[1:]] + [until_s]
        shown: list[float] = []
        for (at_s, ahead_s), end_s in zip(self._set, ends_s, strict=True):
            first_s, last_s = max(at_s, from_s), min(end_s, until_s)
            if first_s <= last_s:
                shown += [first_s + ahead_s, last_s + ahead_s]
        return BEGINNING_US + round(min(shown) * 1e6), BEGINNING_US + round(max(shown) * 1e6)


RIGHT = SimulatedClock()
"""One that nobody sets."""
CLOCK: contextvars.ContextVar[SimulatedClock] = contextvars.ContextVar("clock", default=RIGHT)
"""Of the machine on which something runs."""
