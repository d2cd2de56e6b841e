"""Which sensors the fields of a body's lines are, remembered for bodies that name the same ones. Pure.

An agent names the same few series in every body. A layout is all that a body's keys and fields say: each
series and field that occurs once, byte by byte, and which of them occur together.

Why: decision 560, decision 910.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_LAYOUTS = 16
MAX_LAYOUT_BYTES = 2**20
"""A larger one is looked up each time, so that all of them take little."""


class Layout(NamedTuple):
    """The layout of a body: it tells the body's keys and fields from another body's.

    Attributes:
        series, fields: as `InternedPieces.content` has them.
        pairs: as `NumberedPairs.content` has them.
    """

    template: str
    series: bytes
    fields: bytes
    pairs: bytes


class NamedSensors(NamedTuple):
    """The sensors of a layout.

    Attributes:
        channel_of: keys of sensors, each with its channel, in the order of channels.
        channel: int32[pairs]; -1 for what names no sensor.
    """

    channel_of: dict[str, int]
    channel: NDArray[np.int32]


class KnownLayouts:
    """The layouts that came last. For one thread at a time."""

    def __init__(self) -> None:
        self._known: OrderedDict[Layout, NamedSensors] = OrderedDict()

    def named(self, layout: Layout, look_up: Callable[[], NamedSensors]) -> NamedSensors:
        """The sensors of a layout, which `look_up` finds if it isn't known. Nobody may change them."""
        named = self._known.pop(layout, None)
        if named is None:
            named = look_up()
            if _size_bytes(layout, named) > MAX_LAYOUT_BYTES:
                return named
        self._known[layout] = named
        if len(self._known) > MAX_LAYOUTS:
            self._known.popitem(last=False)
        return named


def _size_bytes(layout: Layout, named: NamedSensors) -> int:
    return sum(map(len, layout)) + named.channel.nbytes + sum(100 + len(key) for key in named.channel_of)
