"""How long to wait before the next try."""

import random


class Backoff:
    """Exponential with full jitter, so that gateways do not come back all at once after an outage."""

    def __init__(self, first_s: float = 0.2, max_s: float = 30.0) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._tries = 0

    def next_s(self) -> float:
        """Between nothing and a limit that doubles with every try."""
        limit_s = min(self._first_s * 2.0 ** min(self._tries, 60), self._max_s)
        self._tries += 1
        return random.uniform(0, limit_s)  # noqa: S311 - spreads load, keeps no secret

    def reset(self) -> None:
        """After a success."""
        self._tries = 0
