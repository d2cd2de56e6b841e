"""Puts replaced values back into columns of readings, so that these are what they were at an earlier time."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from barograph.database.copy_format import ReadingColumns
from barograph.readings.replaced.saved_values import Replacement, restore_values


def put_back_saved(readings: ReadingColumns, saved: Mapping[str, Any]) -> None:
    """Changes physical values, profiles and flags to those before one rewriting, in place.

    Args:
        readings: as they were right after it, in any order: with each, all others of its sensor and instant.
        saved: a row of `backfill.believed`; what was rewritten last is put back first.
    """
    within = np.flatnonzero((readings.t_us >= saved["from_us"]) & (readings.t_us < saved["to_us"]))
    if not within.size:
        return
    then, replaced = readings.take(within), Replacement.unpack(saved["columns"], saved["became"])
    t_us = replaced.before.t_us
    replaced = replaced.take(np.flatnonzero((t_us >= then.t_us.min()) & (t_us <= then.t_us.max())))
    restore_values(then, replaced, saved["profile_id"])
    readings.physical[within], readings.flags[within] = then.physical, then.flags
    readings.profile_id[within] = then.profile_id
