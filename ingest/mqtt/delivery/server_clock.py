"""This machine's clock against the server's: messages without a time have the bridge's. Pure."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MAX_OFFSET_S = 5.0
# `Date` has whole seconds, and a server may say the same one for a second.
CUT_S = 1.0


@dataclass(frozen=True, slots=True)
class ServerClock:
    """How far the server's clock is ahead of this machine's, give or take what is uncertain."""

    ahead_s: float
    uncertain_s: float

    @property
    def is_apart(self) -> bool:
        """Whether one of the two clocks is off for sure, by more than readings should be."""
        return abs(self.ahead_s) - self.uncertain_s > MAX_OFFSET_S

    def __str__(self) -> str:
        side = "behind" if self.ahead_s > 0 else "ahead of"
        return f"this machine's clock is {abs(self.ahead_s):,.0f} s {side} the server's"


def server_clock(date: str | None, asked_s: float, heard_s: float) -> ServerClock | None:
    """Reads the clock from the `Date` of an answer, and when it was asked for and heard by this machine."""
    try:
        server_s = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None
    middle_s = (asked_s + heard_s) / 2
    return ServerClock(server_s + CUT_S / 2 - middle_s, abs(heard_s - asked_s) / 2 + CUT_S)
