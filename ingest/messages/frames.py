"""Who readings come from: a bound producer or a single request, as the committers see either."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.readings.rejects.explaining import explain
from barograph.readings.rejects.odd_readings import OddReadings
from barograph.readings.rejects.reject_codes import SLUGS
from barograph.readings.storing.producer_ledger import ProducerId
from barograph.times import now_us
from ingest.messages.known_channels import KnownChannels
from ingest.messages.wire import FrameColumns

MAX_LISTED = 100


class Fate(Enum):
    """The fate of a frame. Only a stored one is ever acknowledged."""

    STORED = auto()
    SUPERSEDED = auto()  # a newer bind owns the producer
    OUT_OF_STEP = auto()  # the database's sequence went back, as after a restore; the client must bind again
    REVOKED = auto()  # the token, or the whole project, is gone
    REPEATED = auto()  # the request's Idempotency-Key was used before


@dataclass(frozen=True)
class Receipt:
    """The fate of a frame and each of its readings.

    Attributes:
        rejected: index and `Reject` of the first refused readings, at most MAX_LISTED.
        rejected_total: how many were refused.
    """

    frame: "ReceivedFrame"
    fate: Fate
    accepted: int = 0
    rejected: Sequence[tuple[int, int]] = ()
    rejected_total: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether it had readings, and all went to the dead letters."""
        return self.rejected_total > 0 and not self.accepted

    def listed(self) -> list[dict[str, object]]:
        """The listed rejects as clients see them."""
        return [{"index": index, "code": SLUGS[code]} for index, code in self.rejected]

    def _explained(self) -> list[dict[str, object]]:
        """The rejects with what is wrong, where the code does not say it."""
        listed, odd = self.listed(), self.frame.odd
        texts = {} if odd is None else odd.by_row()
        for reject, (index, code) in zip(listed, self.rejected, strict=True):
            if (detail := explain(code, texts.get(index))) is not None:
                reject["detail"] = detail
        return listed

    def document(self) -> dict[str, object]:
        """The answer to a request whose readings these are."""
        return {
            "accepted": self.accepted,
            "duplicate": 0,
            "rejected": self._explained(),
            "rejected_total": self.rejected_total,
        }


@dataclass(frozen=True)
class IdempotencyKey:
    """A request's claim to be stored once: the caller's key and the hash of what came with it.

    `lineage` is the first of the tokens that came before the caller's by rotation, or that one.
    """

    lineage: UUID
    key: str
    body_hash: bytes


@dataclass(eq=False, slots=True)
class Source:
    """A stream of frames under one token.

    Attributes:
        references: the sensors, by key or id, in the order of channels, as the client named them.
        producer_id: None for a request that names no producer; then `epoch` means nothing.
        historical: readings are stored as others are, but say nothing about liveness.
        on_receipt: called on the event loop, once for each frame, in order.
        queued_frames, queued_bytes: what of it waits for commit; kept by the budget.
        is_refused: whether no reading of its last frame was accepted.
        channels: what is known of them, if that came from elsewhere.
    """

    project_id: int
    token_id: UUID
    references: Sequence[str]
    on_receipt: Callable[[Receipt], None]
    producer_id: ProducerId | None = None
    epoch: int = 0
    historical: bool = False
    key: IdempotencyKey | None = None
    queued_frames: int = 0
    queued_bytes: int = 0
    is_refused: bool = False
    channels: KnownChannels | None = field(default=None, repr=False)
    _is_bound: bool = field(default=False, repr=False)

    def bind_channels(self, catalog: Catalog) -> None:
        """Binds each channel to the sensor that it names in this catalog, whatever is renamed later."""
        bound = [_public_id(catalog, each) for each in self.references]
        self.channels = KnownChannels(self.token_id, bound, names=self.references)
        self._is_bound = True

    def known_channels(self) -> KnownChannels:
        """The channels as far as they are resolved."""
        channels = self.channels
        if channels is None:
            self.channels = channels = KnownChannels(self.token_id, self.references)
        return channels

    def slots(self, catalog: Catalog) -> NDArray[np.int32]:
        """int32[channels]: each channel's slot, UNKNOWN_SENSOR where the token sees no such sensor."""
        return self.known_channels().slots(catalog)

    def sensor_numbers(self, catalog: Catalog) -> NDArray[np.uint64]:
        """uint64[channels]: what each channel stands for in the hash that its frames are stored with.

        A channel that was bound is a sensor. What a request names is the name: it may have meant another
        sensor, or none, when the request came before.
        """
        return self.resolved_numbers(catalog) if self._is_bound else self.named_numbers()

    def named_numbers(self) -> NDArray[np.uint64]:
        """uint64[channels]: by what the client called the sensors, whatever there is."""
        return self.known_channels().named_numbers()

    def resolved_numbers(self, catalog: Catalog) -> NDArray[np.uint64]:
        """uint64[channels]: by the sensors; by name where there is none."""
        return self.known_channels().resolved_numbers(catalog)


def _public_id(catalog: Catalog, reference: str) -> str:
    """The id of the sensor that the reference names; the reference where there is none."""
    slot = catalog.slot(reference)
    return reference if slot is None else catalog.public_ids[slot]


@dataclass(eq=False, slots=True)
class ReceivedFrame:
    """Readings as columns, in the order they came.

    Attributes:
        seq: the producer's sequence number; 0 where there is no producer.
        channel: int32[n], the index of each reading's sensor in `source.references`.
        t_us: int64[n], microseconds since 1970 UTC.
        value: float64[n], raw.
        size_bytes: what the frame holds on to in memory.
        received_us: when it arrived, by the server's clock.
        odd: readings that are not as they were sent.
        content_hash: of what it holds, set when it is prepared for a commit.
    """

    source: Source
    seq: int
    channel: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    size_bytes: int
    received_us: int
    odd: OddReadings | None = None
    content_hash: int = 0

    @classmethod
    def of(cls, source: Source, columns: FrameColumns) -> "ReceivedFrame":
        """A frame that arrived just now."""
        return cls(
            source,
            columns.seq,
            columns.channel,
            columns.t_us,
            columns.value,
            columns.size_bytes,
            now_us(),
            columns.odd,
        )
