"""Sends bodies again that the server had stored and has lost, as after a restore from a backup.

What the journal has kept goes under its own numbers. What it has not is gone: the next body then tells the
server so (`resume_at`), which records the gap. A token that may not do that has the numbers closed up.

Why: decision 800.
"""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import structlog

from ingest.mqtt.delivery.journal import BridgeJournal, NumberedBody
from ingest.mqtt.delivery.server import BodyFate, BodyReceipt
from ingest.mqtt.metrics import SENT_AGAIN

log = structlog.stdlib.get_logger(__name__)


class SendBody(Protocol):
    """Sends a body until the server has said what becomes of it."""

    def __call__(self, numbered: NumberedBody, *, is_resuming: bool) -> Awaitable[BodyReceipt]: ...


class LostBodies:
    """Bodies that a server which has gone back is to be sent again.

    Attributes:
        resume_at: the body that must tell the server that those before it are gone; None if there is none.
    """

    def __init__(self, journal: BridgeJournal, send: SendBody) -> None:
        self.resume_at: int | None = None
        self._journal, self._send = journal, send

    async def send_again(self, last: int, first: int) -> bool:
        """Sends what is kept between the server's last number and this one.

        Returns:
            Whether the numbers may stay: not if the token may leave none out.
        """
        kept = await asyncio.to_thread(self._journal.kept_seqs, last, first)
        log.warning(
            "the server has lost bodies that it had stored, so it was restored from a backup; what is kept "
            "here is sent again",
            first_lost=last + 1,
            last_lost=first - 1,
            kept=len(kept),
        )
        for seq in kept:
            receipt = await self._send_kept(seq, is_resuming=seq > last + 1)
            match receipt.fate:
                case BodyFate.STORED:
                    self._note_gone(last, seq)
                    last = seq
                case BodyFate.RESUME_REFUSED:
                    return False
                case BodyFate.REFUSED:
                    log.error("a body is refused and left out", seq=seq, why=receipt.detail)
                case BodyFate.CONFLICT:  # it has gone back again; whoever sends the next body hears of it
                    return True
        self._note_gone(last, first)
        self.resume_at = first if last + 1 < first else None
        return True

    async def _send_kept(self, seq: int, *, is_resuming: bool) -> BodyReceipt:
        body = await asyncio.to_thread(self._journal.kept, seq)
        receipt = await self._send(NumberedBody(seq, body), is_resuming=is_resuming)
        SENT_AGAIN.inc()
        return receipt

    def _note_gone(self, last: int, following: int) -> None:
        if last + 1 < following:
            log.error(
                "bodies that the server has lost are not here any more (keep_stored_s, keep_stored_bytes). "
                "What to do: import their readings if the rig has a copy; the server lists them as `gaps` of "
                "the producer",
                first_gone=last + 1,
                last_gone=following - 1,
            )
