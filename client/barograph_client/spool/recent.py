"""The newest frames of a spool, still in memory: a connected stream sends without reading its disk."""

RECENT_BYTES = 8 * 2**20


class RecentFrames:
    """The frames after some index, as far as they fit."""

    def __init__(self, last_index: int) -> None:
        self._messages: dict[int, bytes] = {}
        self._first = last_index + 1
        self._size_bytes = 0

    def add(self, index: int, message: bytes) -> None:
        """The newest; the oldest go when there are too many."""
        self._messages[index] = message
        self._size_bytes += len(message)
        while self._size_bytes > RECENT_BYTES and self._first <= index:
            self._drop_first()

    def get(self, index: int) -> bytes | None:
        return self._messages.get(index)

    def forget(self, index: int) -> None:
        """All up to this one."""
        while self._first <= index and self._messages:
            self._drop_first()

    def _drop_first(self) -> None:
        self._size_bytes -= len(self._messages.pop(self._first, b""))
        self._first += 1
