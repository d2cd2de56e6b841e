"""Who readings come from: a bound producer or a single request, as the committers see either."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.catalog.catalog_tokens import CatalogToken
from barograph.catalog.references import canonical
from barograph.catalog.sensor_names import Numbering
from barograph.readings.preparing.prepare import UNKNOWN_SENSOR
from barograph.readings.rejects.odd_readings import OddReadings
from barograph.readings.rejects.reject_codes import SLUGS
from barograph.readings.storing.producer_ledger import ProducerId
from barograph.times import now_us
from ingest.messages.fingerprint import reference_number, sensor_number
from ingest.messages.wire import FrameColumns

MAX_LISTED = 100


class Fate(Enum):
    """What became of a frame. Only a stored one is ever acknowledged."""

    STORED = auto()
    SUPERSEDED = auto()  # a newer bind owns the producer
    OUT_OF_STEP = auto()  # the database's sequence went back, as after a restore; the client must bind again
    REVOKED = auto()  # the token, or the whole project, is gone
    REPEATED = auto()  # the request's Idempotency-Key was used before


@dataclass(frozen=True)
class Receipt:
    """What became of a frame and each of its readings.

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

    def document(self) -> dict[str, object]:
        """The answer to a request whose readings these are."""
        return {
            "accepted": self.accepted,
            "duplicate": 0,
            "rejected": self.listed(),
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
    _bound: list[str] | None = field(default=None, repr=False)
    _resolved: "_ResolvedChannels | None" = field(default=None, repr=False)
    _numbered: tuple[NDArray[np.int32], NDArray[np.uint64]] | None = field(default=None, repr=False)
    _named: NDArray[np.uint64] | None = field(default=None, repr=False)

    def bind_channels(self, catalog: Catalog) -> None:
        """From now on each channel means the sensor that it names in this catalog, whatever is renamed."""
        self._bound = [_public_id(catalog, each) for each in self.references]
        self._resolved = self._numbered = None

    def slots(self, catalog: Catalog) -> NDArray[np.int32]:
        """int32[channels]: each channel's slot, UNKNOWN_SENSOR where the token sees no such sensor."""
        references = self._bound or self.references
        self._resolved = resolved = _ResolvedChannels.of(catalog, self.token_id, references, self._resolved)
        return resolved.slots

    def sensor_numbers(self, catalog: Catalog) -> NDArray[np.uint64]:
        """uint64[channels]: what each channel stands for in the hash that its frames are stored with.

        A channel that was bound is a sensor. What a request names is the name: it may have meant another
        sensor, or none, when the request came before.
        """
        return self.named_numbers() if self._bound is None else self.resolved_numbers(catalog)

    def named_numbers(self) -> NDArray[np.uint64]:
        """uint64[channels]: by what the client called the sensors, whatever there is."""
        if self._named is None:
            numbers = [reference_number(canonical(reference)) for reference in self.references]
            self._named = np.array(numbers, np.uint64)
        return self._named

    def resolved_numbers(self, catalog: Catalog) -> NDArray[np.uint64]:
        """uint64[channels]: by the sensors; by name where there is none."""
        slots, numbered = self.slots(catalog), self._numbered
        if numbered is None or numbered[0] is not slots:
            numbers = [
                sensor_number(catalog.public_ids[slot]) if slot >= 0 else reference_number(reference)
                for slot, reference in zip(slots.tolist(), self.references, strict=True)
            ]
            self._numbered = numbered = (slots, np.array(numbers, np.uint64))
        return numbered[1]


@dataclass(frozen=True, slots=True)
class _ResolvedChannels:
    """What a source's channels are: int32[channels], slots. They are looked up once.

    A later catalog of the same numbering can only make known what was unknown.
    """

    numbering: Numbering
    token: CatalogToken | None
    sensors: int
    slots: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        catalog: Catalog,
        token_id: UUID,
        references: Sequence[str],
        before: "_ResolvedChannels | None",
    ) -> "_ResolvedChannels":
        """In this catalog, by what was known before, as far as that says something."""
        token, sensors = catalog.tokens.get(token_id), catalog.sensor_ids.size
        if (
            before is None
            or before.numbering is not catalog.numbering
            or before.token is not token
            or before.sensors > sensors
        ):
            return cls(catalog.numbering, token, sensors, resolve(catalog, token_id, references))
        if before.sensors == sensors:
            return before
        unknown = np.flatnonzero(before.slots == UNKNOWN_SENSOR)
        found = resolve(catalog, token_id, [references[channel] for channel in unknown.tolist()])
        slots = before.slots
        if (found != UNKNOWN_SENSOR).any():
            slots = slots.copy()
            slots[unknown] = found
        return cls(catalog.numbering, token, sensors, slots)


def resolve(catalog: Catalog, token_id: UUID, references: Sequence[str]) -> NDArray[np.int32]:
    """int32[n]: the slots of these keys or ids; UNKNOWN_SENSOR also for one outside the token's scope.

    A token that the catalog lacks, because it is revoked, sees no sensor.
    """
    token = catalog.tokens.get(token_id)
    if token is None:
        return np.full(len(references), UNKNOWN_SENSOR, np.int32)
    found = [catalog.slot(reference) for reference in references]
    slots = np.array([UNKNOWN_SENSOR if each is None else each for each in found], np.int32)
    if token.sensor_ids is not None:
        known = np.flatnonzero(slots >= 0)
        allowed = np.isin(catalog.sensor_ids[slots[known]], list(token.sensor_ids))
        slots[known[~allowed]] = UNKNOWN_SENSOR
    return slots


def resolve_ids(catalog: Catalog, token_id: UUID, references: Sequence[str]) -> list[int]:
    """The ids of the sensors that these keys or ids name, ascending; none outside the token's scope."""
    slots = resolve(catalog, token_id, references)
    return np.unique(catalog.sensor_ids[slots[slots >= 0]]).tolist()


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
