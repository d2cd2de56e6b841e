"""How exactly buckets begin at T0: to the microsecond, or so that roll-ups need not be taken apart.

A roll-up across two buckets is taken apart into finer ones, and at last into readings. Buckets of an hour's
plot have hundreds of edges, with a second of readings at each. So where that would cost too much, the buckets
of a member begin a little before or after T0, at a whole tenth of a second, second, minute and so on.

Why: decision 530, decision 730.
"""

from collections.abc import Sequence

from barograph.times import (
    DAY_US,
    HOUR_US,
    HUNDREDTH_SECOND_US,
    MINUTE_US,
    SECOND_US,
    TENTH_SECOND_US,
)

# Roll-ups and readings that are read because buckets have odd edges. They lie in many short pieces, so that
# each costs about four times what one in a row costs.
MAX_ROWS_APART = 40_000
_TIERS_US = (DAY_US, HOUR_US, MINUTE_US, SECOND_US, TENTH_SECOND_US, HUNDREDTH_SECOND_US)
_STEPS_US = (1, *reversed(_TIERS_US))
# From which rate on a tier below a minute is kept of a sensor, about.
_MIN_HZ = {SECOND_US: 2, TENTH_SECOND_US: 500, HUNDREDTH_SECOND_US: 5000}


def choose_step_us(bucket_us: int, edges: int, rates_hz: Sequence[float]) -> int:
    """Chooses the step to which T0 is rounded: 1, or the size of a tier no larger than the buckets.

    Args:
        edges: how many a member has.
        rates_hz: of each sensor of each member.
    """
    steps_us = [step_us for step_us in _STEPS_US if step_us <= bucket_us]
    for step_us in steps_us[:-1]:
        if edges * sum(_rows_apart(bucket_us, step_us, rate_hz) for rate_hz in rates_hz) <= MAX_ROWS_APART:
            return step_us
    return steps_us[-1]


def round_us(t_us: int, step_us: int) -> int:
    """Rounds to the nearest step."""
    return (t_us + step_us // 2) // step_us * step_us


def _rows_apart(bucket_us: int, step_us: int, rate_hz: float) -> float:
    """The readings at one edge that stand in place of the roll-ups across it."""
    tiers_us = [each for each in _TIERS_US if each <= bucket_us and rate_hz >= _MIN_HZ.get(each, 0)]
    rows = 0.0
    for place, tier_us in enumerate(tiers_us):
        if tier_us > step_us:
            is_last = place + 1 == len(tiers_us)
            rows += tier_us * rate_hz / SECOND_US if is_last else tier_us / tiers_us[place + 1]
    return rows
