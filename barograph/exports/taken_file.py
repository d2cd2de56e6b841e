"""A file in memory for writers of formats: what they have written so far is taken out and sent."""

import io
from typing import Any


class TakenFile(io.RawIOBase):
    """A file that a writer of a format writes to, while others send what is there."""

    def __init__(self) -> None:
        self._written = io.BytesIO()
        self._taken_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  # any buffer
        return self._written.write(data)

    def tell(self) -> int:
        return self._taken_bytes + self._written.tell()

    def take(self) -> bytes:
        """Takes what was written since the last time. It is not copied."""
        written, self._written = self._written.getvalue(), io.BytesIO()
        self._taken_bytes += len(written)
        return written
