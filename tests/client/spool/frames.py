"""Frames to spool, and what a spool then holds."""

from collections.abc import Iterable

import numpy as np
from barograph_client.framing.frames import Frame, decode, encode_binary
from barograph_client.spool.store import FrameStore, NewFrame


def new_frame(index: int, number: float, n: int = 1) -> NewFrame:
    """A frame of `n` readings whose values are all one number."""
    column = np.arange(n)
    frame = Frame(index, column.astype(np.int32), column.astype(np.int64), np.full(n, number, np.float64))
    return NewFrame(encode_binary(frame), n)


def append(store: FrameStore, numbers: Iterable[float], n: int = 1) -> None:
    """A call that keeps a frame of each."""
    numbered = enumerate(numbers, store.last_index + 1)
    store.append([new_frame(index, number, n) for index, number in numbered])


def numbers(store: FrameStore) -> list[float]:
    """Of the frames without an ack, as they are read to be sent."""
    found: list[float] = []
    index = max(store.settled_index + 1, store.first_index)
    while (frame := store.read(index)) is not None:
        assert frame.index >= index
        decoded = decode(frame.message)
        assert decoded.seq == frame.index
        found.append(float(decoded.value[0]))
        index = frame.index + 1
    return found
