"""What a database holds, as far as stories go: what a backup takes along, and a restore brings back."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from barograph.catalog.timeline import BEGINNING_US, FOREVER_US
from tests.ingest.simulation.limit_laws import ModelLimit
from tests.ingest.simulation.model.limits import LimitTables

Wake = Callable[[], None]
ProducerKey = tuple[int, str]


@dataclass(eq=False)
class ModelLock:
    """A row's lock, and who waits for it."""

    holder: object | None = None
    waiters: deque[Wake] = field(default_factory=deque[Wake])

    def release(self) -> None:
        """Its holder ends; who waits looks again."""
        self.holder = None
        waiters, self.waiters = self.waiters, deque()
        for wake in waiters:
            wake()


@dataclass(frozen=True)
class CommittedFrame:
    """What was stored under a seq, and when."""

    numbers: tuple[int, ...]
    at_s: float


@dataclass(eq=False)
class ProducerRow:
    """A producer's row.

    Attributes:
        frames: what its sequence stands for; no column, but what laws need to know of it.
    """

    id: int
    public_id: UUID
    key: ProducerKey
    epoch: int = 0
    last_seq: int = 0
    seq_before_bind: int = 0
    frame_hashes: bytes | None = None
    last_commit_at_s: float | None = None
    last_wait_s: float = 0.0
    frames: dict[int, CommittedFrame] = field(default_factory=dict[int, CommittedFrame])
    lock: ModelLock = field(default_factory=ModelLock)

    @property
    def last_arrival_at_s(self) -> float | None:
        """When its last frame came, as far as a process knows."""
        return None if self.last_commit_at_s is None else self.last_commit_at_s - self.last_wait_s


@dataclass(frozen=True)
class ModelGap:
    """A range of a producer's sequence that is on record as missing.

    Attributes:
        declared: the readings that it says are gone; no column, but what laws need to know of it.
    """

    key: ProducerKey
    first_seq: int
    last_seq: int
    last_commit_at_s: float | None
    resumed_at_s: float
    was_refused: bool
    declared: frozenset[int]


@dataclass(frozen=True)
class ModelReceipt:
    """Of a request with a key."""

    body_hash: bytes
    document: Mapping[str, Any]
    at_s: float


@dataclass(frozen=True)
class ModelSensor:
    """A sensor's row."""

    id: int
    public_id: str
    key: str
    status: str
    limits: tuple[ModelLimit, ...] = ()

    @property
    def accepts(self) -> bool:
        """Whether readings of it are stored."""
        return self.status in {"registering", "active"}


@dataclass(frozen=True)
class ModelPiece:
    """Where a profile holds."""

    profile_id: int
    from_us: int
    to_us: int


@dataclass(frozen=True)
class ModelProfile:
    """A line."""

    slope: float
    offset: float

    @property
    def content_hash(self) -> str:
        return f"{self.slope}/{self.offset}"


@dataclass(frozen=True)
class CatalogChange:
    """A row of `catalog_change`: a stamp, or sensors."""

    version: int
    stamp: UUID | None
    sensor_ids: tuple[int, ...]


@dataclass(frozen=True)
class ModelProject:
    """A project's catalog. It never changes; a change makes another one.

    Attributes:
        rigs: the numbers of those whose token is valid.
    """

    id: int
    version: int
    stamp: UUID
    sensors: Mapping[int, ModelSensor]
    validity: Mapping[int, tuple[ModelPiece, ...]]
    changes: tuple[CatalogChange, ...]
    rigs: frozenset[int]

    def named(self, key: str) -> ModelSensor | None:
        """The sensor with this key."""
        return next((each for each in self.sensors.values() if each.key == key), None)

    def with_public_id(self, public_id: str) -> ModelSensor | None:
        """The sensor with this id."""
        return next((each for each in self.sensors.values() if each.public_id == public_id), None)

    def profile_at(self, sensor_id: int, t_us: int) -> int | None:
        """The profile that holds of a sensor at a time."""
        pieces = self.validity.get(sensor_id, ())
        return next((each.profile_id for each in pieces if each.from_us <= t_us < each.to_us), None)

    def changed(
        self,
        stamp: UUID,
        sensor_ids: tuple[int, ...],
        sensors: Mapping[int, ModelSensor],
        validity: Mapping[int, tuple[ModelPiece, ...]],
    ) -> "ModelProject":
        """The next version, as the triggers note it."""
        version = self.version + 1
        noted = (CatalogChange(version, stamp, ()), CatalogChange(version, None, sensor_ids))
        changes = self.changes + noted
        return ModelProject(self.id, version, stamp, sensors, validity, changes, self.rigs)

    def without_token(self, stamp: UUID, rig: int) -> "ModelProject":
        """A rig's token is withdrawn."""
        return replace(self.changed(stamp, (), self.sensors, self.validity), rigs=self.rigs - {rig})

    def activated(self, sensor_ids: set[int]) -> "ModelProject":
        """With first readings of these: a change that raises no version."""
        waiting = {i for i in sensor_ids if i in self.sensors and self.sensors[i].status == "registering"}
        if not waiting:
            return self
        active = {i: replace(self.sensors[i], status="active") for i in waiting}
        noted = CatalogChange(self.version, None, tuple(sorted(waiting)))
        return replace(self, sensors={**self.sensors, **active}, changes=(*self.changes, noted))


def give(
    pieces: tuple[ModelPiece, ...], profile_id: int | None, from_us: int, to_us: int
) -> tuple[ModelPiece, ...]:
    """Pieces after a profile got a range, or nobody did, from whichever held it."""
    kept: list[ModelPiece] = []
    for each in pieces:
        if each.from_us < from_us:
            kept.append(replace(each, to_us=min(each.to_us, from_us)))
        if each.to_us > to_us:
            kept.append(replace(each, from_us=max(each.from_us, to_us)))
    if profile_id is not None:
        kept.append(ModelPiece(profile_id, from_us, to_us))
    return tuple(sorted((each for each in kept if each.from_us < each.to_us), key=lambda each: each.from_us))


ALWAYS = (BEGINNING_US, FOREVER_US)


@dataclass
class DatabaseState:
    """All that is committed.

    Attributes:
        stored: the numbers of all readings, refused ones too, in the order of their commits.
        drawn: how far sequences of ids are.
    """

    producers: dict[ProducerKey, ProducerRow] = field(default_factory=dict[ProducerKey, ProducerRow])
    stored: dict[int, None] = field(default_factory=dict[int, None])
    with_readings: set[int] = field(default_factory=set[int])
    gaps: list[ModelGap] = field(default_factory=list[ModelGap])
    receipts: dict[tuple[UUID, str], ModelReceipt] = field(
        default_factory=dict[tuple[UUID, str], ModelReceipt]
    )
    projects: dict[int, ModelProject] = field(default_factory=dict[int, ModelProject])
    profiles: dict[int, ModelProfile] = field(default_factory=dict[int, ModelProfile])
    drawn: Counter[str] = field(default_factory=Counter[str])
    limits: LimitTables = field(default_factory=LimitTables)

    def draw(self, name: str) -> int:
        """The next id of a sequence."""
        self.drawn[name] += 1
        return self.drawn[name]

    def copy(self) -> "DatabaseState":
        """What a backup holds; nobody has a lock in it."""
        producers = {
            key: replace(row, frames=dict(row.frames), lock=ModelLock())
            for key, row in self.producers.items()
        }
        return DatabaseState(
            producers,
            dict(self.stored),
            set(self.with_readings),
            list(self.gaps),
            dict(self.receipts),
            dict(self.projects),
            dict(self.profiles),
            Counter(self.drawn),
            self.limits.copy(),
        )
