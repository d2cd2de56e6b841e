"""What a seed decides: who takes part, how slow everything is, what fails when, and what people change."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

# Faults come until then; after it everything works, and all that is left must arrive.
FAULTS_END_S = 5.0


class FaultKind(Enum):
    """What happens at a moment of a story."""

    CUT = auto()  # both ends of a connection see at once that it is gone
    HALF_OPEN = auto()  # one end sees it, the other one much later
    KILL = auto()  # a process of ingest, without a word
    DRAIN = auto()  # a process of ingest, in good order
    CUT_OFF = auto()  # a process of ingest from the database, and its gateways from it
    OUTAGE = auto()  # the database goes, and takes all connections with it
    KILL_GATEWAY = auto()
    SET_CLOCK = auto()  # of a gateway, or of a machine where a process of ingest runs


@dataclass(frozen=True)
class StoryScale:
    """How much happens in a story, at most. Many short ones find more in a minute than a few long ones."""

    processes: int
    committers: int
    min_projects: int
    projects: int
    min_rigs: int
    rigs: int
    frames: int
    faults: int
    changes: int


SHORT = StoryScale(2, 2, 1, 2, 1, 2, frames=4, faults=5, changes=4)
# Several projects in one commit, whose catalogs change.
CROWDED = StoryScale(1, 1, 2, 3, 3, 4, frames=3, faults=2, changes=12)
# Several producers in one commit, and one of them comes again while nobody knows what became of it.
GATHERED = StoryScale(1, 1, 1, 2, 3, 4, frames=4, faults=2, changes=2)
LONG = StoryScale(3, 2, 1, 2, 1, 4, frames=10, faults=12, changes=12)
_SCALES = [LONG, SHORT, SHORT, CROWDED, SHORT, GATHERED, SHORT, CROWDED]


@dataclass(frozen=True)
class PlannedFault:
    """A fault, when it comes, and how long it lasts where it lasts."""

    at_s: float
    kind: FaultKind
    lasts_s: float


@dataclass(frozen=True)
class PlannedRestore:
    """The database goes back to what it was when it was backed up, and is away meanwhile."""

    backup_at_s: float
    at_s: float
    lasts_s: float


class RigKind(Enum):
    """How a rig sends."""

    STREAM = auto()  # by the gateways' library, over a socket
    POSTER = auto()  # bodies of HTTP without a sequence: with a key each, or lines
    SEQUENCE = auto()  # bodies of HTTP with producer and seq
    SWITCHING = auto()  # one producer by both ways, one after the other
    TWINS = auto()  # two of one producer at once, by both ways
    BRIDGE = auto()  # messages of a broker, by the bridge


class ChangeKind(Enum):
    """What people do to a catalog."""

    ADD = auto()
    RENAME = auto()
    SWAP = auto()  # one sensor gets the key that another one had
    ARCHIVE = auto()  # or the way back
    DELETE = auto()
    ACTIVATE = auto()
    DEPRECATE = auto()
    WITHDRAW = auto()  # a rig's token


@dataclass(frozen=True)
class PlannedChange:
    """A change of a catalog, when it is asked for, and how long its transaction takes."""

    at_s: float
    kind: ChangeKind
    lasts_s: float


@dataclass(frozen=True)
class Story:
    """Everything about one run that is not an answer to what happened before.

    Attributes:
        chance: what decides the rest as it comes.
        statement_failures, commit_failures: which share of them fails while faults last.
        catalog_failures: which share of the statements that read catalogs fails besides.
        lost_notices: which share of what the database tells by NOTIFY never comes.
        poison: which share of readings the database refuses.
        rigs: who sends.
        may_resume: whether tokens may move a sequence.
        registers: whether projects make sensors of keys that come; then many are not there at first.
        limited: which share of sensors has limits.
    """

    seed: int
    chance: random.Random
    processes: int
    committers: int
    projects: int
    frames: int
    window: int
    capacity_bytes: int
    batch_readings: int
    linger_s: float
    latency_s: float
    statement_failures: float
    commit_failures: float
    catalog_failures: float
    lost_notices: float
    poison: float
    on_disk: bool
    may_resume: bool
    registers: bool
    limited: float
    rigs: Sequence[RigKind]
    restores: Sequence[PlannedRestore]
    changes: Sequence[PlannedChange]
    faults: Sequence[PlannedFault]

    @property
    def needs_disk(self) -> bool:
        """Whether somebody keeps files."""
        return self.on_disk or RigKind.BRIDGE in self.rigs

    @classmethod
    def of(cls, seed: int) -> "Story":
        """The story of a seed."""
        chance = random.Random(seed)  # noqa: S311  # it is to be foreseen
        scale = _SCALES[seed % len(_SCALES)]
        restores = _restores(chance)
        return cls(
            seed=seed,
            chance=chance,
            processes=chance.randint(1, scale.processes),
            committers=chance.randint(1, scale.committers),
            projects=chance.randint(scale.min_projects, scale.projects),
            frames=chance.randint(2, scale.frames),
            window=chance.randint(1, 5),
            capacity_bytes=chance.choice([300, 1000, 4000, 100_000]),
            batch_readings=chance.choice([4, 12, 50]),
            linger_s=chance.choice([0.001, 0.02, 0.2]),
            latency_s=chance.choice([0.001, 0.01, 0.1]),
            statement_failures=chance.choice([0.0, 0.0, 0.02, 0.1]),
            commit_failures=chance.choice([0.0, 0.1, 0.4]),
            catalog_failures=chance.choice([0.0, 0.0, 0.1]),
            lost_notices=chance.choice([0.0, 0.2, 1.0]),
            poison=chance.choice([0.0, 0.0, 0.05]),
            on_disk=chance.random() < (0.5 if restores else 0.1),
            may_resume=chance.random() < 0.8,
            registers=chance.random() < 0.3,
            limited=chance.choice([0.0, 0.0, 0.8]),
            rigs=_rigs(chance, scale, has_restores=bool(restores)),
            restores=restores,
            changes=_changes(chance, scale, restores),
            faults=_faults(chance, scale, restores),
        )


def _rigs(chance: random.Random, scale: StoryScale, *, has_restores: bool) -> list[RigKind]:
    kinds = [RigKind.STREAM] * 6 + [RigKind.POSTER, RigKind.SEQUENCE]
    # Two who count one sequence apart can't tell a restore from one another.
    others = [RigKind.BRIDGE] if has_restores else [RigKind.SWITCHING, RigKind.TWINS]
    return [chance.choice([*kinds, *others]) for _ in range(chance.randint(scale.min_rigs, scale.rigs))]


def _faults(
    chance: random.Random, scale: StoryScale, restores: Sequence[PlannedRestore]
) -> list[PlannedFault]:
    kinds = [*FaultKind, FaultKind.CUT, FaultKind.CUT, FaultKind.HALF_OPEN]
    faults = [
        PlannedFault(
            chance.uniform(0, FAULTS_END_S),
            chance.choice(kinds),
            chance.choice([0.05, 0.5, chance.uniform(0, 5)]),
        )
        for _ in range(chance.randint(0, scale.faults))
    ]
    for restore in restores:
        if (
            chance.random() < 0.5
        ):  # a process holds frames through it, whose gateways have gone to another one
            at_s = max(0.0, restore.backup_at_s - chance.uniform(0, 0.2))
            lasts_s = restore.at_s + restore.lasts_s - at_s
            faults.append(PlannedFault(at_s, FaultKind.CUT_OFF, lasts_s))
        if chance.random() < 0.5:  # whoever keeps what was stored may take it for old
            faults.append(PlannedFault(chance.uniform(0, restore.at_s), FaultKind.SET_CLOCK, 0.0))
    return sorted(faults, key=lambda fault: fault.at_s)


def _restores(chance: random.Random) -> list[PlannedRestore]:
    restores: list[PlannedRestore] = []
    free_s = 0.0
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
        at_s = chance.uniform(free_s, FAULTS_END_S)
        restores.append(PlannedRestore(chance.uniform(0, at_s), at_s, chance.uniform(1.5, 3.0)))
        free_s = at_s
    return restores


def _changes(
    chance: random.Random, scale: StoryScale, restores: Sequence[PlannedRestore]
) -> list[PlannedChange]:
    until_s = (2.0 if restores else 1.2) * FAULTS_END_S
    count = chance.choice([0, 0, chance.randint(1, 4), chance.randint(1, scale.changes)])
    # A token that a restore gives back is of no use to a rig that has ended without it.
    kinds = [kind for kind in ChangeKind if not restores or kind is not ChangeKind.WITHDRAW]
    moments = [chance.uniform(0, until_s) for _ in range(count)]
    for restore in restores:
        if chance.random() < 0.5:  # one that it takes away, and another one of the same version
            came_back_s = restore.at_s + restore.lasts_s
            moments.append(chance.uniform(restore.backup_at_s, restore.at_s))
            moments.append(chance.uniform(came_back_s, came_back_s + 1.0))
    return [PlannedChange(at_s, chance.choice(kinds), chance.choice([0.0, 0.02, 0.5])) for at_s in moments]
