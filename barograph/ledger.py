"""The guard of exactly-once: a producer's sequence, moved only by the transaction that stores.

A piece of data is stored only by the transaction that moves its producer's `last_seq` on from just before
it, under the epoch of the bind it came through. So a piece that comes again, or a process that was thought
dead, stores nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import psycopg

from barograph.queries import query


@dataclass(frozen=True)
class Claim:
    """One producer's sequence from `first` to `last`; `content_hash` tells what the last of them held."""

    producer_id: int
    epoch: int
    first: int
    last: int
    content_hash: bytes | None = None


class Standing(NamedTuple):
    """A producer as its bind leaves it."""

    producer_id: int
    epoch: int
    last_seq: int


def claim(connection: psycopg.Connection[Any], claims: Sequence[Claim]) -> bool:
    """Advances every producer, one claim each; False, and the transaction must be rolled back, unless all."""
    if not claims:
        return True
    claimed = connection.execute(
        query("producer.claim"),
        {
            "ids": np.array([each.producer_id for each in claims], np.int32),
            "epochs": np.array([each.epoch for each in claims], np.int64),
            "firsts": np.array([each.first for each in claims], np.int64),
            "lasts": np.array([each.last for each in claims], np.int64),
            "hashes": [each.content_hash for each in claims],
        },
    )
    return claimed.rowcount == len(claims)


def take_over(connection: psycopg.Connection[Any], project_id: int, name: str) -> Standing:
    """Binds a producer, a new one if there is none; from here on, nobody else's pieces of it are stored."""
    parameters = {"project_id": project_id, "name": name, "resume_at": None}
    producer_id, epoch, last_seq, _ = connection.execute(query("producer.bind"), parameters).fetchall()[0]
    return Standing(producer_id, epoch, last_seq)
