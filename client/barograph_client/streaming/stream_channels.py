"""A stream's sensors, and which channel of the store each is. A spool may know others, from before."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from barograph_client.framing.messages import BoundChannel
from barograph_client.spool.store import FrameStore

MAX_KEY = 500


def check_keys(keys: Sequence[str]) -> None:
    """The server takes no bind with another key, and a spool would keep it for ever.

    Raises:
        ValueError: a key is empty, too long, or no text that can be sent.
    """
    for key in keys:
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:  # pyright: ignore[reportUnnecessaryIsInstance] - whoever has no type checker
            raise ValueError(f"{str(key)[:60]!r} is no sensor's key: a text of 1 to {MAX_KEY} characters")
        if "\x00" in key or any("\ud800" <= character <= "\udfff" for character in key):
            raise ValueError(f"{key[:60]!r} holds a character that can't be sent")


class StreamChannels:
    """The channels that `send` names.

    Attributes:
        bound: what the last bind said of each; empty before the first.
    """

    def __init__(self, sensors: Sequence[str], store: FrameStore) -> None:
        self.bound: tuple[BoundChannel, ...] = ()
        self._keys = list(sensors)
        self._store = store
        self._stored = self._places()

    @property
    def count(self) -> int:
        return len(self._keys)

    def add(self, keys: Sequence[str]) -> list[int]:
        """Take more in; the channels of these."""
        known = set(self._store.channels)
        new = [key for key in dict.fromkeys(keys) if key not in known]
        if new:
            self._store.add_channels(new)
        first = self.count
        self._keys += keys
        self._stored = self._places()
        return list(range(first, self.count))

    def stored(self, channel: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The same channels, as the store counts them."""
        return channel if self._stored is None else self._stored[channel]

    def note_errors(self, errors: Mapping[int, str | None]) -> list[str]:
        """Take in what a bind says of the store's channels; the keys of those in error."""
        places = range(self.count) if self._stored is None else self._stored.tolist()
        self.bound = tuple(
            BoundChannel(channel, None, key, errors.get(place))
            for channel, (key, place) in enumerate(zip(self._keys, places, strict=True))
        )
        return [str(each.key) for each in self.bound if each.error is not None]

    def _places(self) -> npt.NDArray[np.int32] | None:
        """None where the store's are the same."""
        if self._store.channels[: self.count] == self._keys:
            return None
        places = {key: place for place, key in enumerate(self._store.channels)}
        return np.array([places[key] for key in self._keys], np.int32)
