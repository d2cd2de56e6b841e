"""Bodies at hand, from their first byte until they are parsed: bounded by token, by project, and in all."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import Request

from barograph.errors import TooLarge, Unavailable
from ingest.producers.ingest_tokens import Sender

# As many bodies of the largest size may be at hand. Who sends slowly takes room from his own token's others.
TOKEN_BODIES = 2
PROJECT_BODIES = 8
ALL_BODIES = 16


class HeldBodies:
    """The bytes of bodies that all requests of this process hold.

    Args:
        max_body_bytes: the size of the largest body.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        # By token and by project.
        self._held_bytes: Counter[UUID | int] = Counter()
        self._all_bytes = 0

    @asynccontextmanager
    async def read(self, request: Request, sender: Sender) -> AsyncGenerator[bytes]:
        """The request's body, read no further than allowed, and held until the context ends.

        Raises:
            TooLarge: this one is too large.
            Unavailable: all of the token, or all together, are.
        """
        raw = bytearray()
        try:
            async for piece in request.stream():
                raw += piece
                self._note(sender, len(piece))
                self._check(sender, len(raw))
            yield bytes(raw)
        finally:
            self._note(sender, -len(raw))

    def _note(self, sender: Sender, size_bytes: int) -> None:
        self._all_bytes += size_bytes
        for key in (sender.token_id, sender.project_id):
            self._held_bytes[key] += size_bytes
            if not self._held_bytes[key]:
                del self._held_bytes[key]

    def _check(self, sender: Sender, body_bytes: int) -> None:
        if body_bytes > self._max_body_bytes:
            raise TooLarge(f"a body takes at most {self._max_body_bytes} bytes")
        if self._held_bytes[sender.token_id] > TOKEN_BODIES * self._max_body_bytes:
            raise Unavailable("too many requests of this token at once; try again")
        if self._held_bytes[sender.project_id] > PROJECT_BODIES * self._max_body_bytes:
            raise Unavailable("too many requests of this project at once; try again")
        if self._all_bytes > ALL_BODIES * self._max_body_bytes:
            raise Unavailable("too many requests at once; try again")
