"""What is measured of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.peers.forms import PeerLoad
from benchmarks.peers.questions import Ask, Period
from benchmarks.support.gateways import Measured


class Peer(Protocol):
    """A server on a folder of its own.

    Attributes:
        ways: how it is written to, and how many readings a message has, as many as do it good.
    """

    name: str
    ack_means: str
    ways: Mapping[str, int]
    folder: Path

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def pids(self) -> Sequence[int]: ...

    def write(self, way: str, load: PeerLoad) -> Measured:
        """Into an empty store, which it makes first."""
        ...

    def settled_bytes(self) -> int:
        """The size of what was written, once nothing is left to be done with it."""
        ...

    def load_history(self, period: Period) -> None: ...

    def asks(self, period: Period) -> Mapping[str, Ask]:
        """The questions by the names of `Period.names`; what can't be asked is left out."""
        ...
