"""How many requests an address and a log-in may send: so many in a second, and some at once.

Counted in this process alone, as each request would else wait for Redis. Limits on what fails are others:
`api/edge/rates/rate_limits.py`.

Why: decision 234.
"""

import math
import time
from collections.abc import Callable, Hashable

from fastapi import Request

from api.edge.rates.senders import taker_of
from barograph.errors import TooManyRequests
from barograph.settings import Settings

# At once, what a second's rate allows in so many seconds.
BURST_S = 10
MAX_SENDERS = 50_000


class RequestRate:
    """The rate of each sender of one kind.

    Of a sender only a moment is kept: when all that it has sent would have been sent at the rate allowed.

    Args:
        per_s: requests in a second; 0 for any number.
    """

    def __init__(self, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = 1 / per_s if per_s else 0.0
        self._clock = clock
        self._until_s: dict[Hashable, float] = {}

    def take(self, sender: Hashable) -> None:
        """Counts a request.

        Raises:
            TooManyRequests: it is one too many.
        """
        if not self._interval_s:
            return
        now_s = self._clock()
        until_s = max(self._until_s.get(sender, now_s), now_s) + self._interval_s
        if until_s - now_s > BURST_S:
            wait_s = math.ceil(until_s - now_s - BURST_S)
            raise TooManyRequests("too many requests; send fewer in a second", retry_after_s=wait_s)
        self._until_s[sender] = until_s
        if len(self._until_s) > MAX_SENDERS:
            self._forget(now_s)

    def _forget(self, now_s: float) -> None:
        """Forgets callers with nothing left to count and, if there are too many, those who came first."""
        kept = [(sender, until_s) for sender, until_s in self._until_s.items() if until_s > now_s]
        self._until_s = dict(kept[-MAX_SENDERS // 2 :])


class RequestRates:
    """The rates of addresses and of log-ins; one per process."""

    def __init__(self, settings: Settings) -> None:
        self._addresses = RequestRate(settings.requests_per_s_of_address)
        self._log_ins = RequestRate(settings.requests_per_s_of_login)

    def take(self, request: Request) -> None:
        """Counts a request.

        Raises:
            TooManyRequests: it is one too many of its address, or of its log-in.
        """
        who = taker_of(request)
        self._addresses.take(who.project)
        if who.member is not None:
            self._log_ins.take(who.member)
