"""Single readings from any thread, gathered until they make a frame that is worth it."""

import operator
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import SupportsFloat, SupportsIndex

import numpy as np

from barograph_client.framing.columns import real_number, take_readings
from barograph_client.streaming.stream_channels import check_keys

Moment = SupportsIndex | datetime
_EARLIEST, _LATEST = -(2**63), 2**63 - 1


@dataclass
class RecordedReadings:
    """Columns, and the sensors among them that are new."""

    new_sensors: list[str] = field(default_factory=list[str])
    channel: list[int] = field(default_factory=list[int])
    t_us: list[int] = field(default_factory=list[int])
    value: list[float] = field(default_factory=list[float])


class RecordBatch:
    """Readings that were recorded and are not sent yet.

    Args:
        sensors: whose channels are known.
        max_readings: `add` waits while there are so many, those that are being sent among them.
    """

    def __init__(self, sensors: Sequence[str], max_readings: int) -> None:
        self._channels = {key: channel for channel, key in enumerate(sensors)}
        self._max_readings = max_readings
        self._has_room = threading.Condition()
        self._recorded = RecordedReadings()
        self._under_way = 0

    def __len__(self) -> int:
        return len(self._recorded.channel)

    def add(self, sensor: str, value: SupportsFloat, t_us: Moment | None, wait_s: float) -> int | None:
        """Add a reading; how many there are then, or None if there is no room for so long.

        Raises:
            TypeError, ValueError: it is no real number, or no time.
        """
        number, moment = real_number(value), _moment_us(t_us)
        if sensor not in self._channels:
            check_keys([sensor])
        with self._has_room:
            if not self._has_room.wait_for(lambda: len(self) + self._under_way < self._max_readings, wait_s):
                return None
            self._recorded.channel.append(self._channel(sensor))
            self._recorded.t_us.append(moment)
            self._recorded.value.append(number)
            return len(self)

    def channel_of(self, sensor: str) -> int:
        """The sensor's channel; it is added with the next batch if it is new."""
        check_keys([sensor])
        with self._has_room:
            return self._channel(sensor)

    def take(self) -> RecordedReadings:
        """All of it, to be sent. There is room for others once it is: `settle`, or else `put_back`."""
        with self._has_room:
            taken, self._recorded = self._recorded, RecordedReadings()
            self._under_way = len(taken.channel)
        return taken

    def settle(self) -> None:
        """Drops what was taken: it is sent."""
        with self._has_room:
            self._under_way = 0
            self._has_room.notify_all()

    def put_back(self, taken: RecordedReadings) -> None:
        """Puts readings back that could not be sent: they come before what was added meanwhile."""
        with self._has_room:
            since, self._recorded, self._under_way = self._recorded, taken, 0
            taken.new_sensors += since.new_sensors
            taken.channel += since.channel
            taken.t_us += since.t_us
            taken.value += since.value

    def _channel(self, sensor: str) -> int:
        channel = self._channels.get(sensor)
        if channel is None:
            channel = self._channels[sensor] = len(self._channels)
            self._recorded.new_sensors.append(sensor)
        return channel


def _moment_us(t_us: Moment | None) -> int:
    if t_us is None:
        return time.time_ns() // 1000
    if isinstance(t_us, int):
        if not _EARLIEST <= t_us <= _LATEST:
            raise ValueError(f"t_us {t_us} is beyond 64 bits")
        return operator.index(t_us)
    return int(take_readings([0], np.array([t_us]), [0.0], 1).t_us[0])
