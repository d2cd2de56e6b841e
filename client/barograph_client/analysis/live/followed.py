"""What a stream sends, message by message: an iterator that survives cuts, and knows where to go on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from barograph_client.analysis.live.server_sent import ResumedStream

T = TypeVar("T")


class FollowedStream(Iterator[T], Generic[T]):
    """What comes over a stream. `position` is where to go on."""

    def __init__(self, stream: ResumedStream) -> None:
        self._stream = stream
        self._messages = stream.messages()

    @property
    def position(self) -> str | None:
        """Where to go on, also in another process."""
        return self._stream.position

    @abstractmethod
    def __next__(self) -> T:
        """Waits for the next."""

    def close(self) -> None:
        """Ends the connection."""
        self._messages.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
