"""Where a producer's servers are: one address, or several that are tried in turn."""

from collections.abc import Sequence


class ServerAddresses:
    """The address to try now. One that works is kept until it fails."""

    def __init__(self, urls: str | Sequence[str]) -> None:
        self._urls = [urls] if isinstance(urls, str) else list(urls)
        if not self._urls:
            raise ValueError("there is no address of a server")
        self._place = self._failures = 0

    @property
    def url(self) -> str:
        return self._urls[self._place]

    def note_failure(self) -> bool:
        """Turn to the next one; whether all have failed, so that it is time for a pause."""
        self._place = (self._place + 1) % len(self._urls)
        self._failures += 1
        return self._failures % len(self._urls) == 0

    def note_success(self) -> None:
        """Notes that this address works."""
        self._failures = 0
