"""What is held of a live picture: patches replace ranges of it. Pure.

After each message, the rows held equal what a question at its position answers (`docs/live.md`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

BUCKETS = ("t_us", "first", "min", "max", "last", "count")
SAMPLES = ("t_us", "value")
Columns = dict[str, npt.NDArray[Any]]


@dataclass
class HeldWindow:
    """A window that moves with the server's clock.

    Attributes:
        length_us: of the window.
        columns: by channel, in order of time.
        channels: as `watching` says.
        late: how many readings changed behind the newest ones.
    """

    length_us: int
    kind: str = ""
    bucket_us: int = 1
    server_us: int = 0
    late: int = 0
    channels: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    columns: dict[int, Columns] = field(default_factory=dict[int, Columns])

    @property
    def names(self) -> tuple[str, ...]:
        return SAMPLES if self.kind == "samples" else BUCKETS

    def begin(self, watching: Mapping[str, Any]) -> None:
        """Begins as `watching` says. What is held goes on where it is drawn as before."""
        drawn = (watching["kind"] or "", watching["bucket_us"] or 1)
        if drawn != (self.kind, self.bucket_us):
            self.columns = {}
        (self.kind, self.bucket_us), self.channels = drawn, watching["channels"]

    def apply(self, patch: Mapping[str, Any]) -> None:
        """Replaces ranges, and moves on."""
        for piece in patch["patches"]:
            self._replace(piece)
        self.late += patch["late"]
        self.move(patch["server_us"])

    def move(self, server_us: int) -> None:
        """Forgets what has left the window."""
        self.server_us = max(server_us, self.server_us)
        start_us = (self.server_us - self.length_us) // self.bucket_us * self.bucket_us
        for channel, held in self.columns.items():
            first = int(np.searchsorted(held["t_us"], start_us))
            if first:
                self.columns[channel] = {name: column[first:] for name, column in held.items()}

    def _replace(self, piece: Mapping[str, Any]) -> None:
        given = {name: np.asarray(piece[name], _type_of(name)) for name in self.names}
        held = self.columns.get(piece["channel"])
        if held is None:
            self.columns[piece["channel"]] = given
            return
        first, end = np.searchsorted(held["t_us"], [piece["from_us"], piece["to_us"]]).tolist()
        self.columns[piece["channel"]] = {
            name: np.concatenate([held[name][:first], given[name], held[name][end:]]) for name in self.names
        }


def _type_of(name: str) -> type[np.int64] | type[np.float64]:
    return np.int64 if name in {"t_us", "count"} else np.float64
