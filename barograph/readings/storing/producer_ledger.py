"""The guard of exactly-once: a producer's sequence, moved only by the transaction that stores.

A piece of data is stored only by the transaction that moves its producer's `last_seq` on from just before
it, under the epoch of the bind it came through. So a piece that comes again, or a process that was thought
dead, stores nothing twice. The same transaction keeps the hashes of the producer's last pieces in a ring, so
that a piece that comes again is told from another one under its number.

Why: decision 1, decision 80, decision 100, decision 192.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import dict_row

from barograph.database.durable import DurableConnection
from barograph.database.queries import query

RING_FRAMES = 256
_HASH = np.dtype("<u8")


class ProducerId(NamedTuple):
    """A producer, told from another one that a restored database gives the same row id."""

    row_id: int
    public_id: UUID


@dataclass(frozen=True)
class SequenceClaim:
    """One producer's sequence from `first` to `last`.

    Attributes:
        hashes: uint64[n], of the frames up to `last`; None for a producer whose pieces never come again.
        wait_s: how long ago the last of them came.
    """

    producer_id: ProducerId
    epoch: int
    first: int
    last: int
    hashes: NDArray[np.uint64] | None = None
    wait_s: float = 0.0


class BoundSequence(NamedTuple):
    """A producer as its bind leaves it."""

    producer_id: ProducerId
    epoch: int
    last_seq: int


class HashRing:
    """The hashes of a producer's last 256 frames, each at the place `seq % 256`.

    A hash covers its frame's seq, so that what is left of former rounds matches nothing.
    """

    def __init__(self, stored: bytes | None) -> None:
        self._ring = np.zeros(RING_FRAMES, _HASH) if stored is None else np.frombuffer(stored, _HASH).copy()

    def put(self, seq: int, content_hash: int) -> None:
        """Notes a frame that was stored."""
        self._ring[seq % RING_FRAMES] = content_hash

    def holds(self, seq: int, content_hash: int) -> bool:
        """Whether this is what was stored under this seq, as far back as the ring goes."""
        return int(self._ring[seq % RING_FRAMES]) == content_hash


def claim(connection: DurableConnection, claims: Sequence[SequenceClaim]) -> bool:
    """Advances every producer, one claim each; False, and the transaction must be rolled back, unless all."""
    if not claims:
        return True
    writes = [_RingWrite.of(each) for each in claims]
    claimed = connection.execute(
        query("producer.claim"),
        {
            "ids": np.array([each.producer_id.row_id for each in claims], np.int32),
            "public_ids": [each.producer_id.public_id for each in claims],
            "epochs": np.array([each.epoch for each in claims], np.int64),
            "firsts": np.array([each.first for each in claims], np.int64),
            "lasts": np.array([each.last for each in claims], np.int64),
            "waits_s": np.array([each.wait_s for each in claims], np.float64),
            "places": np.array([each.place for each in writes], np.int32),
            "heads": [each.head for each in writes],
            "tails": [each.tail for each in writes],
        },
    )
    return claimed.rowcount == len(claims)


def take_over(connection: DurableConnection, project_id: int, name: str) -> BoundSequence:
    """Binds a producer, a new one if there is none; from here on, nobody else's pieces of it are stored."""
    ours = {"lineage": None, "is_named": True, "is_unlimited": True, "token_id": None, "agent": None}
    parameters = {"project_id": project_id, "name": name, "resume_at": None, "sensor_count": None, **ours}
    # What the row says counts as stored, so this must not come back before a standby has it.
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        (row,) = cursor.execute(query("producer.bind"), parameters).fetchall()
    return BoundSequence(ProducerId(row["id"], row["public_id"]), row["epoch"], row["last_seq"])


class _RingWrite(NamedTuple):
    """A claim's change of a ring.

    Attributes:
        place: the byte where its hashes begin.
        head: those up to the ring's end; None for none.
        tail: those from the ring's start.
    """

    place: int
    head: bytes | None
    tail: bytes | None

    @classmethod
    def of(cls, claim: SequenceClaim) -> "_RingWrite":
        if claim.hashes is None:
            return cls(0, None, None)
        hashes = claim.hashes[-RING_FRAMES:].astype(_HASH)
        place = (claim.last + 1 - hashes.size) % RING_FRAMES
        room = RING_FRAMES - place
        return cls(place * _HASH.itemsize, hashes[:room].tobytes(), hashes[room:].tobytes())
