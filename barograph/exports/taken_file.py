"""A file that is taken away as it is written, and can't be sought in."""

import io
from typing import Any


class TakenFile(io.RawIOBase):
    """What a writer of a format writes to, while others send what is there."""

    def __init__(self) -> None:
        self._written = list[bytes]()
        self._size_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  # any buffer
        self._written.append(bytes(data))
        self._size_bytes += len(self._written[-1])
        return len(self._written[-1])

    def tell(self) -> int:
        return self._size_bytes

    def take(self) -> bytes:
        """What was written since the last time."""
        written, self._written = b"".join(self._written), []
        return written
