"""Log lines about what goes on and on: the first at once, then one now and then that counts the others."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Topic:
    said_at_s: float
    text: str
    level: int
    unsaid: int = 0


class BoundedLog:
    """Logs at most one line for each topic in `interval_s`. Topics must be few."""

    def __init__(
        self, logger: logging.Logger, interval_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger, self._interval_s, self._clock = logger, interval_s, clock
        self._topics: dict[str, _Topic] = {}

    def say(
        self, level: int, topic: str, text: str, *, count: int = 1, error: BaseException | None = None
    ) -> None:
        """Log it, or count it in with the next line on the topic."""
        now_s = self._clock()
        topic_before = self._topics.get(topic)
        if topic_before is not None and now_s - topic_before.said_at_s < self._interval_s:
            topic_before.unsaid += count
            return
        unsaid = topic_before.unsaid if topic_before else 0
        self._topics[topic] = _Topic(now_s, text, level)
        self._logger.log(level, "%s%s", text, _more(unsaid), exc_info=error)

    def forget(self, topic: str) -> None:
        """The trouble is over: should it come again, it is said at once."""
        self._topics.pop(topic, None)

    def finish(self) -> None:
        """Say what was only counted."""
        for topic in self._topics.values():
            if topic.unsaid:
                self._logger.log(topic.level, "%s%s", topic.text, _more(topic.unsaid))
                topic.unsaid = 0


def _more(unsaid: int) -> str:
    return f" (and {unsaid:,} more of this kind since the last such line)" if unsaid else ""
