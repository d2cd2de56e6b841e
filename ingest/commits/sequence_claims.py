"""Claims of exactly-once: what a transaction claims before it stores, and what a lost claim means.

A frame may be stored only by the transaction that moves its producer's `last_seq` on from just before it,
under the epoch of the bind it came through. A request with an Idempotency-Key claims its key instead.

Why: decision 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from barograph.database.queries import query
from barograph.readings.storing import producer_ledger as ledger
from barograph.readings.storing.producer_ledger import ProducerId, SequenceClaim
from barograph.readings.storing.store import Connection
from barograph.readings.storing.storing import Unclaimed
from barograph.times import now_us
from ingest.commits.batch import FrameBatch
from ingest.messages.frames import Fate, ReceivedFrame


class ProducerStanding(NamedTuple):
    """Under which bind a producer streams, and up to where its frames are stored."""

    epoch: int
    last_seq: int


@dataclass(frozen=True)
class SequenceStanding:
    """What the database holds of the producers and keys of a batch. Keys are used under a token's lineage."""

    producers: Mapping[ProducerId, ProducerStanding]
    used_keys: frozenset[tuple[UUID, str]]

    def fate(self, frame: ReceivedFrame) -> Fate | None:
        """The fate of a frame whose claim failed; None where it is worth claiming again."""
        source = frame.source
        if source.key is not None:
            return Fate.REPEATED if (source.key.lineage, source.key.key) in self.used_keys else None
        if source.producer_id is None:
            return None
        stands = self.producers.get(source.producer_id, ProducerStanding(0, 0))
        if stands.epoch > source.epoch:
            return Fate.SUPERSEDED
        if stands.epoch < source.epoch:
            return Fate.OUT_OF_STEP
        return Fate.STORED if frame.seq <= stands.last_seq else None


def claim(connection: Connection, batches: Sequence[FrameBatch]) -> None:
    """Advances every producer and takes every key of the batches.

    Raises:
        Unclaimed: not all could be.
    """
    _claim_sequences(connection, [frame for batch in batches for frame in batch.frames])
    _claim_keys(connection, batches)


def standing(connection: Connection, frames: Sequence[ReceivedFrame]) -> SequenceStanding:
    """How the producers and keys of these frames stand at this moment."""
    producer_ids = {f.source.producer_id for f in frames if f.source.producer_id is not None}
    keys = [f.source.key for f in frames if f.source.key is not None]
    with connection.cursor(row_factory=dict_row) as cursor:
        producers = cursor.execute(
            query("producer.standing"), {"public_ids": [each.public_id for each in producer_ids]}
        ).fetchall()
        receipts = cursor.execute(
            query("receipt.used"),
            {"lineages": [key.lineage for key in keys], "keys": [key.key for key in keys]},
        ).fetchall()
    return SequenceStanding(
        {
            ProducerId(row["id"], row["public_id"]): ProducerStanding(row["epoch"], row["last_seq"])
            for row in producers
        },
        frozenset((row["token_id"], row["key"]) for row in receipts),
    )


def out_of_step(standing: SequenceStanding, frames: Sequence[ReceivedFrame]) -> set[ReceivedFrame]:
    """Frames that can't follow what is stored: the sequence in the database went back."""
    behind: set[ReceivedFrame] = set()
    expected = {producer_id: each.last_seq + 1 for producer_id, each in standing.producers.items()}
    for frame in frames:
        producer_id = frame.source.producer_id
        if producer_id is None:
            continue
        if frame.seq == expected.get(producer_id):
            expected[producer_id] = frame.seq + 1
        else:
            behind.add(frame)
    return behind


def _claim_sequences(connection: Connection, frames: Sequence[ReceivedFrame]) -> None:
    now = now_us()
    claims = [
        SequenceClaim(
            producer_id,
            own[-1].source.epoch,
            own[0].seq,
            own[-1].seq,
            np.array([frame.content_hash for frame in own], np.uint64),
            max(0, now - own[-1].received_us) / 1e6,
        )
        for producer_id, own in _by_producer(frames).items()
    ]
    if not ledger.claim(connection, claims):
        raise Unclaimed


def _by_producer(frames: Sequence[ReceivedFrame]) -> dict[ProducerId, list[ReceivedFrame]]:
    """The frames of each producer.

    Raises:
        Unclaimed: a producer's frames don't follow one another: a gateway lost its socket and bound again
            while frames of the former bind were waiting.
    """
    by_producer: dict[ProducerId, list[ReceivedFrame]] = {}
    for frame in frames:
        producer_id = frame.source.producer_id
        if producer_id is None:
            continue
        own = by_producer.setdefault(producer_id, [])
        if own and (own[-1].source.epoch, own[-1].seq + 1) != (frame.source.epoch, frame.seq):
            raise Unclaimed
        own.append(frame)
    return by_producer


def _claim_keys(connection: Connection, batches: Sequence[FrameBatch]) -> None:
    with_keys = [batch for batch in batches if any(frame.source.key for frame in batch.frames)]
    keyed = [(receipt, receipt.frame.source.key) for batch in with_keys for receipt in batch.receipts()]
    claims = [(receipt, key) for receipt, key in keyed if key is not None]
    if not claims:
        return
    claimed = connection.execute(
        query("receipt.claim"),
        {
            "lineages": [key.lineage for _, key in claims],
            "keys": [key.key for _, key in claims],
            "body_hashes": [key.body_hash for _, key in claims],
            "receipts": [Jsonb(receipt.document()) for receipt, _ in claims],
        },
    )
    if claimed.rowcount != len(claims):
        raise Unclaimed
