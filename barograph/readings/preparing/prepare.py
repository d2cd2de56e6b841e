"""From readings as they arrived to bytes ready for COPY: validate, convert, sort, encode. Pure, on columns.

slot, t_us, value -> validate -> (rejects) -> sort by sensor -> profile at the reading's time
                  -> convert -> COPY bytes, dirty seconds, sensors seen
                  -> (what it needs of other sensors, and waits for)

Why: decision 3, decision 5.
"""

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.readings.dirty_seconds import find_dirty
from barograph.readings.preparing.convert import Accepted
from barograph.readings.preparing.prepared import AwaitingAuxiliaries, DecidedReadings, Prepared, ReadyBatch
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.times import DAY_US, MINUTE_US

UNKNOWN_SENSOR = -1
UNKNOWN_CHANNEL = -2
MAX_AHEAD_US = 10 * MINUTE_US
MAX_HISTORY_US = 36_525 * DAY_US
"""How old what comes in files may be: a century. What is older is rather a mistake."""


def prepare(
    catalog: Catalog,
    slot: NDArray[np.int32],
    t_us: NDArray[np.int64],
    value: NDArray[np.float64],
    now_us: int,
    *,
    refuse_as: RejectCode | None = None,
    oldest_us: int | NDArray[np.int64] | None = None,
    unreadable: NDArray[np.uint8] | None = None,
    is_rounded: NDArray[np.bool_] | None = None,
    frame: NDArray[np.int32] | None = None,
) -> Prepared:
    """Decides about each reading, and encodes those accepted, unless they need other sensors' first.

    Args:
        catalog: what the project holds at present.
        slot: int32[n], the sensors' slots in that catalog, or UNKNOWN_SENSOR or UNKNOWN_CHANNEL.
        t_us: int64[n], microseconds since 1970 UTC; any integer.
        value: float64[n], raw; NaN and infinities are refused.
        now_us: the server's clock, against which times are bounded.
        refuse_as: refuse for this reason whatever would be accepted.
        oldest_us: what is older is refused, int64[n] or the same for all; by default the project's bound on
            age. What the project no longer keeps is refused anyway.
        unreadable: uint8[n], the `RejectCode` of readings that could not be read, which goes before all
            others; else 0. None if all could be.
        is_rounded: bool[n], whose value is not exactly what was sent; None if all are.
        frame: int32[n], as `Accepted` has it: limits are for live readings, in the order of their frames.
    """
    oldest_us = now_us - catalog.max_age_us if oldest_us is None else oldest_us
    kept_us = np.maximum(oldest_us, catalog.raw_from_us)
    code = validate(catalog, slot, t_us, value, (kept_us, now_us + MAX_AHEAD_US))
    if unreadable is not None:
        code = np.where(unreadable > 0, unreadable, code)
    if refuse_as is not None:
        code[code == 0] = refuse_as
    if code.any():
        accepted = np.flatnonzero(code == 0)
        slot, t_us, value = slot[accepted], t_us[accepted], value[accepted]
        is_rounded = None if is_rounded is None else is_rounded[accepted]
        frame = None if frame is None else frame[accepted]
    order = _sensor_order(slot, catalog.sensor_ids.size)
    slot, t_us, value = slot[order], t_us[order], value[order]
    profile = catalog.timeline.locate(slot, t_us)
    readings = Accepted(
        slot,
        t_us,
        value,
        profile,
        is_rounded=None if is_rounded is None else is_rounded[order],
        frame=None if frame is None else frame[order],
    )
    dirty, dirty_slot = find_dirty(catalog.sensor_ids, slot, t_us)
    decided = DecidedReadings(
        code=code,
        readings=readings,
        chunks=np.unique(dirty.minute_us // DAY_US).size,
        dirty=dirty,
        seen_slots=np.unique(dirty_slot),
    )
    if catalog.dependencies.concern(readings.slot):
        return AwaitingAuxiliaries.of(decided, catalog)
    return ReadyBatch.of(decided, catalog)


def validate(
    catalog: Catalog,
    slot: NDArray[np.int32],
    t_us: NDArray[np.int64],
    value: NDArray[np.float64],
    accepted_us: tuple[np.int64 | NDArray[np.int64], int],
) -> NDArray[np.uint8]:
    """uint8[n]: 0 where the reading is acceptable, else the first of the `RejectCode` codes that applies.

    `accepted_us` are the oldest time and the latest one.
    """
    oldest_us, latest_us = accepted_us
    code = np.zeros(slot.size, np.uint8)
    if slot.size == 0:
        return code
    # Each test is one pass over the column; only a column that holds an offender is looked at again.
    if t_us.max() > latest_us:
        code[t_us > latest_us] = RejectCode.TOO_FAR_AHEAD
    too_old = t_us < oldest_us
    if too_old.any():
        code[too_old] = RejectCode.TOO_OLD
    finite = np.isfinite(value)
    if not finite.all():
        code[~finite] = RejectCode.NOT_FINITE
    if not catalog.accepts.all():
        known = np.flatnonzero(slot >= 0)
        code[known[~catalog.accepts[slot[known]]]] = RejectCode.SENSOR_INACTIVE
    if slot.min() < 0:
        code[slot == UNKNOWN_SENSOR] = RejectCode.UNKNOWN_SENSOR
        code[slot == UNKNOWN_CHANNEL] = RejectCode.UNKNOWN_CHANNEL
    return code


def _sensor_order(slot: NDArray[np.int32], slots: int) -> NDArray[np.intp]:
    """Indices that sort by sensor and keep the order of arrival within one."""
    # NumPy's stable sort is a radix sort for 16-bit integers, ten times faster than for wider ones.
    narrow = slot.astype(np.uint16) if slots <= 2**16 else slot
    return np.argsort(narrow, kind="stable")
