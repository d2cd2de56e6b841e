"""Output for people that may fail: a closed terminal or a full disk stops nobody."""

import contextlib
from collections.abc import Callable


def heard_or_not(say: Callable[[str], None]) -> Callable[[str], None]:
    """The same, but a terminal that is gone, or a log on a full disk, stops nobody."""

    def say_if_possible(text: str) -> None:
        with contextlib.suppress(OSError):
            say(text)

    return say_if_possible
