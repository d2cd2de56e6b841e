"""A frame's fingerprint: one number for which sensors, which times and which values it holds. Pure, on
columns.

The same readings give the same number, whichever channels they came by and in whatever order. The same
columns of another sensor give another number. A frame's number covers its seq as well. A socket's channels
stand for sensors, a request's for the names that it says.

    reading   its sensor's number, its time and its value, mixed
    frame     the sum over its readings, mixed with how many they are and with the seq

Why: decision 100, decision 1042.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from barograph.readings.rejects.odd_readings import OddReadings

# Odd, and half of their bits set: a multiplication by one spreads a bit upwards, a shift back down.
_M1, _M2, _M3 = (np.uint64(m) for m in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
# Every request names its sensors anew.
_KNOWN_SENSORS = 2**16
_HALF, _THIRD = np.uint64(32), np.uint64(29)


@lru_cache(_KNOWN_SENSORS)
def sensor_number(public_id: str) -> int:
    """64 bits of the sensor's id, a UUID."""
    return int(public_id[19:].replace("-", ""), 16)


@lru_cache(_KNOWN_SENSORS)
def reference_number(reference: str) -> int:
    """64 bits for a sensor by what the client called it."""
    return int.from_bytes(hashlib.blake2b(reference.encode(), digest_size=8).digest(), "little")


def stray_numbers(channel: NDArray[np.int32]) -> NDArray[np.uint64]:
    """64 bits for each of these channels, which stand for nothing."""
    return _mixed(channel.astype(np.uint64) + _M1)


def with_texts(sensor: NDArray[np.uint64], odd: OddReadings | None) -> NDArray[np.uint64]:
    """The numbers of readings' sensors, changed by the text of what can't be read: it has no other number."""
    if odd is not None:
        rows, texts = odd.unreadable()
        sensor[rows] ^= np.array([reference_number(text) for text in texts], np.uint64)
    return sensor


def hash_frames(
    sensor: NDArray[np.uint64],
    t_us: NDArray[np.int64],
    value: NDArray[np.float64],
    starts: NDArray[np.int64],
    seqs: Sequence[int],
) -> NDArray[np.uint64]:
    """uint64[frames]: each frame's number.

    Args:
        sensor: uint64[n], the number of each reading's sensor.
        t_us, value: as they came.
        starts: int64[frames + 1], where each frame's readings begin.
        seqs: one for each frame.
    """
    sums = np.zeros(sensor.size + 1, np.uint64)
    np.cumsum(_hash_readings(sensor, t_us, value), out=sums[1:])
    frame = sums[starts[1:]] - sums[starts[:-1]]
    frame += np.diff(starts).astype(np.uint64) * _M1
    frame ^= np.array(seqs, np.uint64) * _M2
    return _mixed(frame)


def _hash_readings(
    sensor: NDArray[np.uint64], t_us: NDArray[np.int64], value: NDArray[np.float64]
) -> NDArray[np.uint64]:
    number = t_us.view(np.uint64) * _M1
    number ^= number >> _HALF
    number += sensor
    number *= _M2
    number ^= number >> _THIRD
    number ^= value.view(np.uint64)
    return _mixed(number)


def _mixed(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each bit of the result depends on every bit; in place."""
    number ^= number >> _HALF
    number *= _M2
    number ^= number >> _THIRD
    number *= _M3
    number ^= number >> _HALF
    return number
