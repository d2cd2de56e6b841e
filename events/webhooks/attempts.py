"""One attempt to deliver a message: signed, sent within a time limit, and what came of it."""

import asyncio
import random
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import h11

from barograph.plain_words import plain_words
from barograph.webhooks.targets import WebhookTarget
from barograph.webhooks.webhook_secrets import sign_message
from events.webhooks.http_post import PostAnswer, ReceiverConnection
from events.webhooks.kept_connections import KeptConnections, ReceiverKey
from events.webhooks.resolving import RefusedAddress, Resolver

# From the resolver's question to the answer's first KiB, all in all.
WITHIN_S = 15.0
GONE = 410
_PATIENCE = {429, 503}
# Pauses as multiples of the first one: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, and so on.
_GROWTH = (1, 6, 24, 120, 360, 720, 1440, 2880, 5760)
JITTER = 0.2
MAX_RETRY_AFTER_S = 3600


@dataclass(frozen=True)
class SignedMessage:
    """A signed message, as it is sent.

    Attributes:
        id: the same for each attempt.
        secrets: each of which signs it.
    """

    id: str
    body: bytes
    secrets: Sequence[str]

    def headers(self, now_s: int) -> dict[str, str]:
        """The headers of Standard Webhooks."""
        signatures = [sign_message(secret, self.id, now_s, self.body) for secret in self.secrets]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Barograph-Webhooks",
            "webhook-id": self.id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": " ".join(signatures),
        }


@dataclass(frozen=True)
class AttemptResult:
    """The outcome of an attempt.

    Attributes:
        answer: None if there was none.
        failure: None if the message was taken.
    """

    duration_ms: float
    answer: PostAnswer | None
    failure: str | None

    @property
    def is_gone(self) -> bool:
        return self.answer is not None and self.answer.status == GONE

    @property
    def retry_after_s(self) -> float:
        """The seconds for which the receiver asks to be left alone."""
        answer = self.answer
        if answer is None or answer.status not in _PATIENCE or not (answer.retry_after or "").isdecimal():
            return 0.0
        return min(float(answer.retry_after or 0), MAX_RETRY_AFTER_S)


class AttemptMaker:
    """Makes attempts; it knows nothing of the database."""

    def __init__(self, resolver: Resolver, within_s: float = WITHIN_S) -> None:
        self._resolver, self._within_s = resolver, within_s
        self.tls = ssl.create_default_context()
        self.kept = KeptConnections()

    async def attempt(self, webhook_id: int, url: str, message: SignedMessage) -> AttemptResult:
        """One attempt. Nothing that the receiver does raises."""
        began_s = time.perf_counter()
        answer, failure = None, None
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._post(webhook_id, WebhookTarget.parse(url), message)
            if not 200 <= answer.status < 300:
                failure = f"answered {answer.status}"
        except TimeoutError:
            failure = f"no answer within {self._within_s:g} s"
        except (OSError, RefusedAddress, h11.ProtocolError, ValueError) as error:
            failure = plain_words(error)
        return AttemptResult((time.perf_counter() - began_s) * 1000, answer, failure)

    async def _post(self, webhook_id: int, target: WebhookTarget, message: SignedMessage) -> PostAnswer:
        key = ReceiverKey.of(webhook_id, target)
        headers = message.headers(int(time.time()))
        if (kept := self.kept.take(key)) is not None:
            # Closed meanwhile by the other side: that is no failure of the receiver's.
            with (
                suppress(OSError, h11.RemoteProtocolError),
                self.kept.lent(key, kept.connection, kept.made_s),
            ):
                return await kept.connection.post(target, headers, message.body)
        address = await self._resolver.resolve(target.host, target.port)
        connection = await ReceiverConnection.open(target, address, self.tls)
        with self.kept.lent(key, connection, time.monotonic()):
            return await connection.post(target, headers, message.body)


def pause_after(attempts: int, first_pause_s: float) -> float:
    """How long to wait after so many attempts that failed, with some jitter, so that not all come at once."""
    pause_s = first_pause_s * _GROWTH[min(attempts, len(_GROWTH)) - 1]
    return pause_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
