"""Connections to receivers that wait for the next message, for a short time and never for long.

Each belongs to one webhook and to the host that it names, whose address was looked at when the connection
was made. So another URL of the webhook takes another connection, and a name that leads elsewhere is
followed soon.

Why: decision 740.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from barograph.webhooks.targets import WebhookTarget
from events.webhooks.http_post import ReceiverConnection

# Shorter than servers wait for a next request, most of them.
IDLE_S = 4.0
MAX_AGE_S = 60.0
MAX_KEPT = 1000


@dataclass(frozen=True)
class ReceiverKey:
    """The key of a connection: which receiver it leads to."""

    webhook_id: int
    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, webhook_id: int, target: WebhookTarget) -> "ReceiverKey":
        return cls(webhook_id, target.scheme, target.host, target.port)


@dataclass(frozen=True)
class KeptConnection:
    """A connection that waits, or is at work.

    Attributes:
        made_s: when it was made.
        used_s: when it was last given back.
    """

    connection: ReceiverConnection
    made_s: float
    used_s: float

    @property
    def good_until_s(self) -> float:
        return min(self.used_s + IDLE_S, self.made_s + MAX_AGE_S)

    def is_good(self, now_s: float) -> bool:
        return self.connection.is_usable and now_s < self.good_until_s


class KeptConnections:
    """The connections of one process."""

    def __init__(self) -> None:
        self._kept: dict[ReceiverKey, list[KeptConnection]] = {}
        self._count = 0

    def take(self, key: ReceiverKey) -> KeptConnection | None:
        """One that waits; whoever takes it lends or closes it."""
        now_s = time.monotonic()
        while kept := self._kept.get(key):
            taken = kept.pop()
            self._count -= 1
            if taken.is_good(now_s):
                return taken
            taken.connection.close()
        self._kept.pop(key, None)
        return None

    @contextmanager
    def lent(self, key: ReceiverKey, connection: ReceiverConnection, made_s: float) -> Generator[None]:
        """The connection is at work; it is kept afterwards if it can take more, and else closed."""
        try:
            yield
        finally:
            now_s = time.monotonic()
            lent = KeptConnection(connection, made_s, now_s)
            if lent.is_good(now_s) and self._count < MAX_KEPT:
                self._kept.setdefault(key, []).append(lent)
                self._count += 1
            else:
                connection.close()

    def sweep(self) -> None:
        """Closes what has waited for too long."""
        now_s = time.monotonic()
        for key, kept in list(self._kept.items()):
            good = [each for each in kept if each.is_good(now_s)]
            for each in kept:
                if each not in good:
                    each.connection.close()
            self._count -= len(kept) - len(good)
            if good:
                self._kept[key] = good
            else:
                del self._kept[key]

    def sweep_in_s(self, max_s: float) -> float:
        """The seconds until there is something to sweep, at most `max_s`."""
        now_s = time.monotonic()
        ends_s = (each.good_until_s - now_s for kept in self._kept.values() for each in kept)
        return min([max_s, *ends_s])

    def close(self) -> None:
        """All of them."""
        for kept in self._kept.values():
            for each in kept:
                each.connection.close()
        self._kept, self._count = {}, 0
