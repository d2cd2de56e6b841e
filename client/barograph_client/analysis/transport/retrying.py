"""Which requests are sent again, when, and for how long. Pure, but for the waiting, and for a word on it."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from barograph_client.backoff import Backoff

log = logging.getLogger(__name__)

NOT_YET = frozenset({429})
"""Nothing was done: whatever it was may be sent again."""
PERHAPS = frozenset({502, 503, 504})
"""It may have been done, or not."""
STILL_RUNNING = "is still running"
MAX_RETRY_AFTER_S = 120.0
TELL_AFTER_S = 1.0
"""Who waits for longer is told why: an address may be wrong."""


def is_worth_another_try(status: int, detail: str, *, is_repeatable: bool) -> bool:
    """Whether the same request may be sent again after this answer, and may be answered otherwise."""
    if status in NOT_YET:
        return True
    if status == 409:
        return is_repeatable and STILL_RUNNING in detail
    return is_repeatable and status in PERHAPS


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The pause that the answer asks for, in seconds; dates are not looked at."""
    said = headers.get("retry-after", "").strip()
    return min(float(said), MAX_RETRY_AFTER_S) if said.isdecimal() else None


@dataclass
class RetryPatience:
    """How long one request may be tried for.

    Attributes:
        within_s: from the first try to the last; no wait reaches beyond.
    """

    within_s: float
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    backoff: Backoff = field(default_factory=lambda: Backoff(0.1, 5.0))

    def __post_init__(self) -> None:
        self._until = self.now() + self.within_s
        self._is_told = False

    def wait(self, asked_s: float | None = None, because: str = "") -> bool:
        """Waits for as long as the answer asked for, or a growing time. False: it is too late for that.

        Args:
            because: what is told, once, of a wait that takes long.
        """
        pause_s = self.backoff.next_s() if asked_s is None else asked_s
        left_s = self._until - self.now()
        if pause_s > left_s:
            return False
        if because and not self._is_told and self.within_s - left_s + pause_s >= TELL_AFTER_S:
            self._is_told = True
            log.warning("%s; it is asked again for up to %.0f s", because, left_s)
        self.sleep(pause_s)
        return True
