"""How often somebody may try. Redis counts it, for all processes together.

Limits are for those who fail. A caller with a valid token is never held up by bad tokens of others from the
same address. Without Redis nothing is counted, everything goes on, and the log says so: an API without limits
for a while is better than none at all.

Why: decision 40.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from barograph.errors import TooManyRequests
from barograph.plain_words import error_text

TIMEOUT_S = 0.5
# Once Redis has failed to answer, nobody waits for it again for so long.
PAUSE_S = 5.0
log = structlog.stdlib.get_logger(__name__)

# KEYS: counters. ARGV: what to add, then for each counter the most it may reach and its life in seconds.
# Returns 0 and adds to all, or, where one is full, the seconds until all have room, and adds to none.
_TAKE = """
local wait = 0
for i, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i]) then
        wait = math.max(wait, redis.call('TTL', key), 1)
    end
end
if wait > 0 or ARGV[1] == '0' then return wait end
for i, key in ipairs(KEYS) do
    if redis.call('INCRBY', key, ARGV[1]) == tonumber(ARGV[1]) then
        redis.call('EXPIRE', key, ARGV[2 * i + 1])
    end
end
return 0
"""


@dataclass(frozen=True)
class RateRule:
    """A rule: at most `max_uses` tries within `window_s`, counted from the first."""

    name: str
    max_uses: int
    window_s: int

    def of(self, *subject: str) -> "Quota":
        """The quota of an address, an email, or whatever is counted."""
        # Emails and addresses are nobody's business in Redis.
        # Of bytes, only A to Z have a lower case: as SQL compares emails.
        digest = hashlib.sha256("\0".join(subject).encode().lower()).hexdigest()
        return Quota(self, f"barograph:limit:{self.name}:{digest[:32]}")


@dataclass(frozen=True)
class Quota:
    """The tries of one subject under a rule."""

    rule: RateRule
    key: str


class RateLimits:
    """Counters of what is tried.

    Args:
        redis_url: None counts nothing.
    """

    def __init__(self, redis_url: str | None) -> None:
        self._redis = None if redis_url is None else _connect(redis_url)
        self._away_until_s = 0.0

    async def check(self, *quotas: Quota) -> None:
        """Counts nothing.

        Raises:
            TooManyRequests: a quota is used up.
        """
        await self._take(0, quotas)

    async def take(self, *quotas: Quota) -> None:
        """Counts one of each.

        Raises:
            TooManyRequests: a quota is used up; then none is counted.
        """
        await self._take(1, quotas)

    async def remember(self, quota: Quota) -> None:
        """Notes that something happened, for the rule's window."""
        await self._ask("SET", quota.key, 1, "EX", quota.rule.window_s)

    async def remembers(self, quota: Quota) -> bool:
        """Whether it was noted."""
        return bool(await self._ask("EXISTS", quota.key))

    async def answers(self) -> bool:
        """Whether Redis does; without one, there is nothing to answer."""
        return self._redis is None or await self._ask("PING") is not None

    async def close(self) -> None:
        """Ends the connections."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _take(self, count: int, quotas: tuple[Quota, ...]) -> None:
        bounds = [bound for quota in quotas for bound in (quota.rule.max_uses, quota.rule.window_s)]
        keys = [quota.key for quota in quotas]
        wait_s = await self._ask("EVAL", _TAKE, len(keys), *keys, count, *bounds)
        if wait_s:
            raise TooManyRequests("too many attempts; try again later", retry_after_s=int(wait_s))

    async def _ask(self, *command: str | int) -> int | bool | None:
        """Redis's answer, None if there is none."""
        if self._redis is None or time.monotonic() < self._away_until_s:
            return None
        try:
            # redis leaves what commands return untyped
            answer = cast("int | bool | None", await self._redis.execute_command(*command))  # pyright: ignore[reportUnknownMemberType]
        except (RedisError, OSError) as error:
            self._away_until_s = time.monotonic() + PAUSE_S
            log.warning("no limits: Redis does not answer", error=error_text(error))
            return None
        return answer


def _connect(redis_url: str) -> Redis:
    """A client that connects at first use, and gives up soon instead of trying again."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # its options are untyped
        redis_url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
