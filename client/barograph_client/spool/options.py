"""How a spool is kept."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FsyncPolicy = Literal["always", "interval", "never"]
WhenFull = Literal["raise", "wait", "give-up-oldest"]

MIN_SEGMENT_BYTES = 4096
# Between two whole backups of a server, as it makes them unless it is told otherwise.
KEEP_ACKED_S = 24 * 3600.0


@dataclass(frozen=True)
class SpoolOptions:
    """A spool's folder and limits.

    Attributes:
        folder: its own; made if it is not there.
        fsync: `always`: `send` returns once the disk has the readings, so they outlive a power cut.
            `interval`: a power cut costs at most what came within the last `fsync_interval_s`. `never`: the
            system writes when it likes. They outlive the process whichever it is.
        fsync_interval_s: how often `interval` asks the disk.
        max_bytes: the most that it takes.
        max_age_s: frames that wait longer are given up, and told; None for no limit.
        when_full: `raise`: `send` raises SpoolFull, what is there stays. `wait`: `send` waits for room.
            `give-up-oldest`: the oldest frames go, and are counted and told.
        keep_acked_s: how long frames stay after their ack, as far as there is room, in `max_bytes` and on the
            disk. A server that is restored from a backup gets them again.
        segment_bytes: the size of a file, in which frames go when they go.
    """

    folder: str | os.PathLike[str]
    fsync: FsyncPolicy = "interval"
    fsync_interval_s: float = 1.0
    max_bytes: int = 2 * 2**30
    max_age_s: float | None = None
    when_full: WhenFull = "raise"
    keep_acked_s: float = KEEP_ACKED_S
    segment_bytes: int = 16 * 2**20

    def __post_init__(self) -> None:
        _check("fsync", self.fsync, ("always", "interval", "never"))
        _check("when_full", self.when_full, ("raise", "wait", "give-up-oldest"))
        if self.max_bytes < 4 * MIN_SEGMENT_BYTES:
            raise ValueError(f"max_bytes is {self.max_bytes}; a spool takes at least {4 * MIN_SEGMENT_BYTES}")
        for name in ("fsync_interval_s", "max_age_s", "segment_bytes"):
            given = getattr(self, name)
            if given is not None and not given > 0:
                raise ValueError(f"{name} is {given}; it must be more than 0")
        if not self.keep_acked_s >= 0:
            raise ValueError(f"keep_acked_s is {self.keep_acked_s}; it must be 0 or more")

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder)

    @property
    def file_bytes(self) -> int:
        """A segment's size: never so large that one is most of the spool."""
        return max(MIN_SEGMENT_BYTES, min(self.segment_bytes, self.max_bytes // 8))


def _check(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ValueError(f"{name} is {given!r}; it is one of {', '.join(known)}")
