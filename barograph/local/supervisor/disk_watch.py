"""Warns while there is still room on the disk."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

LOOK_EVERY_S = 60.0
# Told once below the one, and again once there is as much as the other.
LOW_SHARE, ENOUGH_SHARE = 0.10, 0.12


class DiskWatch:
    """The disk of one folder.

    Args:
        say: hears of it, once each time.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say
        self._is_low = False
        self._look_at_s = 0.0

    def look(self) -> None:
        """Looks, if it is time."""
        if time.monotonic() < self._look_at_s:
            return
        self._look_at_s = time.monotonic() + LOOK_EVERY_S
        try:
            usage = shutil.disk_usage(self._folder)
        except OSError:  # a disk that is away is told by whatever needs it
            return
        share, room = usage.free / usage.total, f"{usage.free / 2**30:.1f} GB"
        if not self._is_low and share < LOW_SHARE:
            self._is_low = True
            self._say(
                f"Only {share:.0%} of the disk of {self._folder} is free ({room}). When it is full, nothing "
                "more is stored, and gateways wait (docs/runbook.md#barographdiskfull says what to do)"
            )
        elif self._is_low and share >= ENOUGH_SHARE:
            self._is_low = False
            self._say(f"The disk of {self._folder} has room again: {room}")
