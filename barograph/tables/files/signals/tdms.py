"""TDMS of National Instruments, through npTDMS.

A channel's times are those of its waveform, or of the channel of times in its group that is as long.
"""

import weakref
from pathlib import Path
from typing import Any

import nptdms
import numpy as np
from numpy.typing import NDArray

from barograph.tables.files.signals.signal_file import SignalGroup, elapsed_to_us, unique_names
from barograph.times import MIN_US

# It has no types.
_NPTDMS: Any = nptdms
_UNITS = ("unit_string", "NI_UnitDescription", "unit", "Unit")
# LabVIEW counts from 1904: a start that was never set lies there.
_NO_START_US = -2_082_844_800_000_000


class TdmsSignals:
    """An open TDMS file; its times are in UTC."""

    zone: str | None = "UTC"

    def __init__(self, path: Path) -> None:
        self._file: Any = _NPTDMS.TdmsFile.open(path)
        weakref.finalize(self, self._file.close)
        channels = [each for group in self._file.groups() for each in self._timed(group)]
        names = unique_names([(channel.group_name, channel.name) for channel, _ in channels])
        self.groups = [
            _signal(channel, clock, name) for name, (channel, clock) in zip(names, channels, strict=True)
        ]
        units = {name: _unit(channel) for name, (channel, _) in zip(names, channels, strict=True)}
        self.units = {name: unit for name, unit in units.items() if unit}

    def _timed(self, group: Any) -> Any:  # noqa: ANN401  # npTDMS has no types
        """The channels of numbers whose times are known, each with the channel of them, or none."""
        clocks = {len(each): each for each in group.channels() if each.dtype.kind == "M" and len(each)}
        for channel in group.channels():
            if channel.dtype.kind not in "buif" or not len(channel):
                continue
            if _start_us(channel) is not None:
                yield channel, None
            elif len(channel) in clocks:
                yield channel, clocks[len(channel)]


def _start_us(channel: Any) -> int | None:  # noqa: ANN401
    start, step_s = channel.properties.get("wf_start_time"), channel.properties.get("wf_increment")
    if start is None or not step_s:
        return None
    start_us = int(np.datetime64(start, "us").astype(np.int64))
    return start_us if start_us > max(MIN_US, _NO_START_US) else None


def _unit(channel: Any) -> str:  # noqa: ANN401
    found = (channel.properties.get(name) for name in _UNITS)
    return next((str(unit) for unit in found if unit), "")


def _signal(channel: Any, clock: Any, name: str) -> SignalGroup:  # noqa: ANN401
    def times_us(start: int, count: int) -> NDArray[np.int64]:
        if clock is not None:
            return clock[start : start + count].astype("datetime64[us]").astype(np.int64)
        step_s = float(channel.properties["wf_increment"])
        offset_s = float(channel.properties.get("wf_start_offset", 0.0))
        elapsed_s = offset_s + np.arange(start, start + count) * step_s
        return elapsed_to_us(_start_us(channel) or 0, elapsed_s)

    return SignalGroup(
        samples=len(channel),
        names=[name],
        times_us=times_us,
        values=lambda _, start, count: channel[start : start + count],
    )
