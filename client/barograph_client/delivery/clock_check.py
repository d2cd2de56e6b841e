"""This machine's clock against the server's: readings bear the gateway's time."""

from dataclasses import dataclass
from datetime import datetime

MAX_OFFSET_S = 5.0


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far the server's clock is ahead of this machine's, give or take half the time of the greeting."""

    offset_s: float
    uncertain_s: float

    @property
    def is_wrong(self) -> bool:
        """Whether one of the two clocks is off for sure, by more than readings should be."""
        return abs(self.offset_s) - self.uncertain_s > MAX_OFFSET_S

    def __str__(self) -> str:
        side = "behind" if self.offset_s > 0 else "ahead of"
        return f"this machine's clock is {abs(self.offset_s):,.1f} s {side} the server's"


def clock_offset(server_time: str | None, asked_at_s: float, heard_at_s: float) -> ClockOffset | None:
    """From the time in a hello, and when it was asked for and heard by this machine; None if it has none."""
    try:
        server_s = datetime.fromisoformat(server_time or "").timestamp()
    except ValueError:
        return None
    return ClockOffset(server_s - (asked_at_s + heard_at_s) / 2, (heard_at_s - asked_at_s) / 2)
