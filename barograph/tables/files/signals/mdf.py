"""MDF of ASAM, versions 3 and 4, through asammdf."""

import weakref
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from asammdf import MDF
from numpy.typing import NDArray

from barograph.tables.files.signals.signal_file import SignalGroup, elapsed_to_us, unique_names
from barograph.times import to_us


class MdfSignals:
    """An open MDF file. Values are physical, as its conversions say; those with texts come without them."""

    def __init__(self, path: Path) -> None:
        self._file: Any = MDF(path)
        weakref.finalize(self, self._file.close)
        start = self._file.header.start_time
        self.zone = None if start.tzinfo is None else "UTC"
        self._start_us = to_us(start if start.tzinfo else start.replace(tzinfo=UTC))
        self._channels = list(self._of_numbers())
        names = unique_names([(self._group_name(group), name) for group, _, name, _ in self._channels])
        self.units = {name: unit for name, (_, _, _, unit) in zip(names, self._channels, strict=True) if unit}
        by_group = dict[int, list[tuple[int, str]]]()
        for name, (group, index, _, _) in zip(names, self._channels, strict=True):
            by_group.setdefault(group, []).append((index, name))
        self.groups = [self._group(group, channels) for group, channels in by_group.items()]

    def _of_numbers(self) -> Any:  # noqa: ANN401  # an iterator of what asammdf does not type
        """Group, index, name and unit of each channel of numbers that is no time."""
        for group, block in enumerate(self._file.groups):
            master = self._file.masters_db.get(group)
            if master is None or not block.channel_group.cycles_nr:
                continue
            for index, channel in enumerate(block.channels):
                if index != master and self._samples(group, index, 0, 1).dtype.kind in "buif":
                    yield group, index, channel.name, self._unit(group, index)

    def _samples(self, group: int, index: int, start: int, count: int) -> NDArray[np.generic]:
        for is_raw in (False, True):
            signal = self._file.get(
                group=group, index=index, raw=is_raw, record_offset=start, record_count=count
            )
            if signal.samples.dtype.kind in "buif" and signal.samples.ndim == 1:
                return signal.samples
        return np.array([""])

    def _unit(self, group: int, index: int) -> str:
        return self._file.get(group=group, index=index, record_offset=0, record_count=1).unit or ""

    def _group_name(self, group: int) -> str:
        block = self._file.groups[group].channel_group
        return getattr(block, "acq_name", None) or f"group {group + 1}"

    def _group(self, group: int, channels: list[tuple[int, str]]) -> SignalGroup:
        def times_us(start: int, count: int) -> NDArray[np.int64]:
            elapsed_s = self._file.get_master(group, record_offset=start, record_count=count)
            return elapsed_to_us(self._start_us, elapsed_s)

        return SignalGroup(
            samples=int(self._file.groups[group].channel_group.cycles_nr),
            names=[name for _, name in channels],
            times_us=times_us,
            values=lambda place, start, count: self._samples(group, channels[place][0], start, count),
        )
