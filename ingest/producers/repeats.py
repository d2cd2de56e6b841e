"""Tells a repeated frame from another frame with the same seq.

Why: decision 100, decision 1042.
"""

import hashlib

import numpy as np

from barograph.catalog.catalog import Catalog
from barograph.readings.storing.producer_ledger import RING_FRAMES, HashRing
from ingest.commits.batch import content_hashes
from ingest.messages.frames import ReceivedFrame


class StoredFrames:
    """The last frames of a producer that are stored, as far as they can be recognised.

    Args:
        last_seq: the last one.
        hashes: of the last 256, as the producer's row holds them.
        former_hash: of the last one, where a release before 256 were kept stored it.
    """

    def __init__(self, last_seq: int, hashes: bytes | None = None, former_hash: bytes | None = None) -> None:
        self.last_seq = last_seq
        self._ring = HashRing(hashes)
        self._former = (last_seq, former_hash)

    def add(self, frame: ReceivedFrame) -> None:
        """Notes a frame that was stored just now."""
        self.last_seq = frame.seq
        self._ring.put(frame.seq, frame.content_hash)

    def has_stored(self, frame: ReceivedFrame, catalog: Catalog) -> bool:
        """Whether this frame, at or below the last one, is known to be what was stored under its seq."""
        if any(self._ring.holds(frame.seq, each) for each in content_hashes(frame, catalog)):
            return True
        return self._former == (frame.seq, _former_hash(frame))

    def why_not(self, seq: int) -> str:
        """Why a frame under a used seq is not known to be stored."""
        if seq <= self.last_seq - RING_FRAMES:
            return (
                f"seq {seq} was used, too long ago to tell whether by this frame; the last is {self.last_seq}"
            )
        return (
            f"seq {seq} was used by other readings, the last is {self.last_seq}: "
            "was the gateway's spool lost? Go on after last_seq, or bind with resume_at"
        )


def _former_hash(frame: ReceivedFrame) -> bytes:
    """The hash that earlier releases computed: of channels, whatever sensors they were bound to."""
    digest = hashlib.blake2b(digest_size=16)
    for column in (frame.channel, frame.t_us, frame.value):
        digest.update(np.ascontiguousarray(column).data)
    return digest.digest()
