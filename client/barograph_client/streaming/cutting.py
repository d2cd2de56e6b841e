"""Readings cut into frames that are within the server's limits."""

from collections.abc import Callable, Iterator

from barograph_client.framing.columns import TakenReadings
from barograph_client.framing.frames import MAX_SEQ, Frame, encode_binary
from barograph_client.spool.notes import FrameLimits

_HEADER_BYTES, _READING_BYTES = 20, 20


def cut_readings(
    readings: TakenReadings, limits: FrameLimits, encode: Callable[[Frame], bytes | str] = encode_binary
) -> Iterator[TakenReadings]:
    """Parts that make a frame each; one if there is nothing.

    Raises:
        ValueError: a frame of a single reading is too large.
    """
    n_max = max(1, min(limits.max_readings, (limits.max_bytes - _HEADER_BYTES) // _READING_BYTES))
    n = len(readings.channel)
    for start in range(0, max(n, 1), n_max):
        part = readings if n <= n_max else readings.between(start, start + n_max)
        yield from _cut_by_size(part, limits, encode)


def _cut_by_size(
    readings: TakenReadings, limits: FrameLimits, encode: Callable[[Frame], bytes | str]
) -> Iterator[TakenReadings]:
    """Cuts in halves, until each is small enough. Only of text is the size not known before."""
    n = len(readings.channel)
    is_small = 20 * n + 20 <= limits.max_bytes if encode is encode_binary else False
    if is_small or len(encode(Frame(MAX_SEQ, *readings))) <= limits.max_bytes:
        yield readings
    elif n < 2:
        raise ValueError(f"a frame of one reading takes more than {limits.max_bytes} bytes")
    else:
        yield from _cut_by_size(readings.between(0, n // 2), limits, encode)
        yield from _cut_by_size(readings.between(n // 2, n), limits, encode)
