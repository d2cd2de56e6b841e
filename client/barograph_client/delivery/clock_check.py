"""This machine's clock against the server's: readings bear the gateway's time."""

import time
from dataclasses import dataclass
from datetime import datetime

MAX_OFFSET_S = 5.0


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far the server's clock is ahead of this machine's, give or take half the time of the greeting.

    Attributes:
        ahead_of_steady_s: how far this machine's clock was ahead of one that never jumps.
    """

    offset_s: float
    uncertain_s: float
    ahead_of_steady_s: float

    @property
    def is_wrong(self) -> bool:
        """Whether one of the two clocks is off for sure, by more than readings should be."""
        return abs(self.offset_s) - self.uncertain_s > MAX_OFFSET_S

    def after_jump(self) -> "ClockOffset | None":
        """The offset since this machine's clock was set; None while it has not moved by much."""
        ahead_s = ahead_of_steady_s()
        jump_s = ahead_s - self.ahead_of_steady_s
        if abs(jump_s) <= MAX_OFFSET_S:
            return None
        return ClockOffset(self.offset_s - jump_s, self.uncertain_s, ahead_s)

    def __str__(self) -> str:
        side = "behind" if self.offset_s > 0 else "ahead of"
        return f"this machine's clock is {abs(self.offset_s):,.1f} s {side} the server's"


def clock_offset(server_time: str | None, asked_at_s: float, heard_at_s: float) -> ClockOffset | None:
    """The offset by a hello's time, and when that was asked for and heard here; None if it has no time."""
    try:
        server_s = datetime.fromisoformat(server_time or "").timestamp()
    except ValueError:
        return None
    uncertain_s = (heard_at_s - asked_at_s) / 2
    return ClockOffset(server_s - (asked_at_s + heard_at_s) / 2, uncertain_s, ahead_of_steady_s())


def ahead_of_steady_s() -> float:
    """How far this machine's clock is ahead of one that nobody sets."""
    # Where there is one that goes on while the machine sleeps: waking up is no jump.
    steady = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() - (time.monotonic() if steady is None else time.clock_gettime(steady))
