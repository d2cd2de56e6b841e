"""What a seed decides: who takes part, how slow everything is, what fails when, and what people change."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

# Faults come until then; after it everything works, and all that is left must arrive.
FAULTS_END_S = 5.0
# So long after a restore a catalog changes once more, unseen by a process that is cut off.
AFTER_RESTORE_S = 1.0


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
    LEAP = auto()  # the clock of a gateway goes days ahead


class RigKind(Enum):
    """How a rig sends."""

    STREAM = auto()  # by the gateways' library, over a socket
    POSTER = auto()  # bodies of HTTP without a sequence: with a key each, or lines
    SEQUENCE = auto()  # bodies of HTTP with producer and seq
    SWITCHING = auto()  # one producer by both ways, one after the other
    TWINS = auto()  # two of one producer at once, by both ways
    BRIDGE = auto()  # messages of a broker, by the bridge


@dataclass(frozen=True)
class StoryScale:
    """How much happens in a story, and how often something does. Many short ones find more in a minute than a
    few long ones; and what takes several things at once is found by stories that have all of them.

    Attributes:
        more_added: how many more times as often as anything else a sensor is added.
        pause: how long rigs wait between frames, against stories in which faults come all the time.
        rig_kinds: who may send; None for anybody.
        restores: how many there may be.
        commit_failures, statement_failures: which shares there may be of them.
        keeps: whether who keeps what was stored keeps all of it, on a disk. A restore takes much away then,
            and a gateway's clock leaps before it.
    """

    processes: int
    committers: int
    min_projects: int
    projects: int
    min_rigs: int
    rigs: int
    frames: int
    faults: int
    changes: int
    min_frames: int = 2
    min_changes: int = 0
    more_added: int = 0
    pause: float = 1.0
    rig_kinds: Sequence[RigKind] | None = None
    restores: Sequence[int] = (0, 0, 0, 1, 1, 2)
    windows: Sequence[int] = (1, 2, 3, 4, 5)
    capacities_bytes: Sequence[int] = (300, 1000, 4000, 100_000)
    lingers_s: Sequence[float] = (0.001, 0.02, 0.2)
    latencies_s: Sequence[float] = (0.001, 0.01, 0.1)
    lost_notices: Sequence[float] = (0.0, 0.2, 1.0)
    statement_failures: Sequence[float] = (0.0, 0.0, 0.02, 0.1)
    commit_failures: Sequence[float] = (0.0, 0.1, 0.4)
    keeps: bool = False


SHORT = StoryScale(2, 2, 1, 2, 1, 2, frames=4, faults=5, changes=4)
# Several projects in one commit, whose catalogs change under it, and which no notice tells of.
CROWDED = StoryScale(
    processes=1,
    committers=1,
    min_projects=2,
    projects=3,
    min_rigs=3,
    rigs=4,
    frames=6,
    faults=1,
    changes=12,
    min_frames=4,
    min_changes=6,
    more_added=2,
    pause=0.3,
    rig_kinds=(RigKind.STREAM, RigKind.STREAM, RigKind.POSTER, RigKind.SEQUENCE),
    restores=(0,),
    windows=(3, 5),
    lingers_s=(0.02, 0.2),
    latencies_s=(0.01, 0.1),
    lost_notices=(0.2, 1.0),
    statement_failures=(0.0,),
    commit_failures=(0.0, 0.1),
)
# Several producers in one commit, and one of them comes again while nobody knows what became of it.
GATHERED = StoryScale(1, 1, 1, 2, 3, 4, frames=4, faults=2, changes=2)
# More wait for room than there is, of several projects.
BUSY = StoryScale(
    processes=1,
    committers=2,
    min_projects=3,
    projects=3,
    min_rigs=6,
    rigs=6,
    frames=4,
    faults=0,
    changes=0,
    pause=0.05,
    rig_kinds=(RigKind.STREAM, RigKind.STREAM, RigKind.SEQUENCE),
    restores=(0,),
    windows=(3, 5),
    capacities_bytes=(300, 400),
    latencies_s=(0.01, 0.1),
    statement_failures=(0.0,),
    commit_failures=(0.0, 0.1),
)
# Whoever keeps what was stored must still have it after a restore, whatever its clock says; and whoever was
# cut off meanwhile knows a catalog that never was.
RESTORED = StoryScale(
    processes=1,
    committers=1,
    min_projects=1,
    projects=1,
    min_rigs=1,
    rigs=2,
    frames=9,
    faults=1,
    changes=0,
    min_frames=6,
    rig_kinds=(RigKind.STREAM, RigKind.STREAM, RigKind.BRIDGE),
    restores=(1,),
    lost_notices=(0.0, 1.0),
    latencies_s=(0.001, 0.01),
    statement_failures=(0.0,),
    commit_failures=(0.0, 0.1),
    keeps=True,
)
LONG = StoryScale(3, 2, 1, 2, 1, 4, frames=10, faults=12, changes=12)
# Of sixteen. Short ones are cheap, and find most.
_SCALES = [
    *(LONG, SHORT, SHORT, CROWDED, RESTORED, SHORT, GATHERED, SHORT),
    *(SHORT, CROWDED, SHORT, BUSY, SHORT, RESTORED, SHORT, CROWDED),
]


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
        pause: how long rigs wait between frames, as a share of the usual.
        max_readings: how many readings a frame may have.
        keeps: whether who keeps what was stored keeps all of it.
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
    pause: float
    keeps: bool
    processes: int
    committers: int
    projects: int
    frames: int
    window: int
    capacity_bytes: int
    max_readings: int
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
        restores = _restores(chance, scale)
        capacity_bytes = chance.choice(scale.capacities_bytes)
        return cls(
            seed=seed,
            chance=chance,
            pause=scale.pause,
            keeps=scale.keeps,
            processes=chance.randint(1, scale.processes),
            committers=chance.randint(1, scale.committers),
            projects=chance.randint(scale.min_projects, scale.projects),
            frames=chance.randint(scale.min_frames, scale.frames),
            window=chance.choice(scale.windows),
            capacity_bytes=capacity_bytes,
            # In a commit of few readings all are rows; of many, a sensor's are a block, and others rows.
            max_readings=chance.choice([4, 4, 16]) if capacity_bytes >= 1000 else 4,
            batch_readings=chance.choice([4, 12, 50]),
            linger_s=chance.choice(scale.lingers_s),
            latency_s=chance.choice(scale.latencies_s),
            statement_failures=chance.choice(scale.statement_failures),
            commit_failures=chance.choice(scale.commit_failures),
            catalog_failures=chance.choice([0.0, 0.0, 0.1]),
            lost_notices=chance.choice(scale.lost_notices),
            poison=chance.choice([0.0, 0.0, 0.05]),
            on_disk=scale.keeps or chance.random() < (0.5 if restores else 0.1),
            may_resume=chance.random() < 0.8,
            registers=chance.random() < 0.3,
            limited=chance.choice([0.0, 0.0, 0.8]),
            rigs=_rigs(chance, scale, has_restores=bool(restores)),
            restores=restores,
            changes=_changes(chance, scale, restores),
            faults=_faults(chance, scale, restores),
        )


def _rigs(chance: random.Random, scale: StoryScale, *, has_restores: bool) -> list[RigKind]:
    kinds = scale.rig_kinds
    if kinds is None:
        # Two who count one sequence apart can't tell a restore from one another.
        others = [RigKind.BRIDGE] if has_restores else [RigKind.SWITCHING, RigKind.TWINS]
        kinds = [*[RigKind.STREAM] * 6, RigKind.POSTER, RigKind.SEQUENCE, *others]
    return [chance.choice(kinds) for _ in range(chance.randint(scale.min_rigs, scale.rigs))]


def _faults(
    chance: random.Random, scale: StoryScale, restores: Sequence[PlannedRestore]
) -> list[PlannedFault]:
    kinds = [kind for kind in FaultKind if kind is not FaultKind.LEAP]
    kinds += [FaultKind.CUT, FaultKind.CUT, FaultKind.HALF_OPEN]
    faults = [
        PlannedFault(
            chance.uniform(0, FAULTS_END_S),
            chance.choice(kinds),
            chance.choice([0.05, 0.5, chance.uniform(0, 5)]),
        )
        for _ in range(chance.randint(0, scale.faults))
    ]
    for restore in restores:
        # A process holds frames through it, whose gateways have gone to another one.
        if not scale.keeps and chance.random() < 0.5:
            at_s = max(0.0, restore.backup_at_s - chance.uniform(0, 0.2))
            lasts_s = restore.at_s + restore.lasts_s - at_s
            faults.append(PlannedFault(at_s, FaultKind.CUT_OFF, lasts_s))
        if chance.random() < 0.5:  # whoever keeps what was stored may take it for old
            faults.append(PlannedFault(chance.uniform(0, restore.at_s), FaultKind.SET_CLOCK, 0.0))
        if scale.keeps:
            leaps_at_s = chance.uniform(restore.backup_at_s, restore.at_s)
            faults.append(PlannedFault(leaps_at_s, FaultKind.LEAP, 0.0))
            if chance.random() < 0.5:  # a process goes on with a catalog that is there no more
                faults.append(
                    PlannedFault(restore.at_s, FaultKind.CUT_OFF, restore.lasts_s + AFTER_RESTORE_S)
                )
    return sorted(faults, key=lambda fault: fault.at_s)


def _restores(chance: random.Random, scale: StoryScale) -> list[PlannedRestore]:
    restores: list[PlannedRestore] = []
    free_s = 0.0
    for _ in range(chance.choice(scale.restores)):
        at_s = chance.uniform(0.4 * FAULTS_END_S if scale.keeps else free_s, FAULTS_END_S)
        backup_at_s = chance.uniform(0, 0.5 * at_s if scale.keeps else at_s)
        restores.append(PlannedRestore(backup_at_s, at_s, chance.uniform(1.5, 3.0)))
        free_s = at_s
    return restores


def _changes(
    chance: random.Random, scale: StoryScale, restores: Sequence[PlannedRestore]
) -> list[PlannedChange]:
    until_s = (2.0 if restores else 1.2) * FAULTS_END_S * scale.pause
    count = chance.randint(scale.min_changes, scale.changes)
    if not scale.min_changes:
        count = chance.choice([0, 0, min(count, 4), count])
    # A token that a restore gives back is of no use to a rig that has ended without it.
    kinds = [kind for kind in ChangeKind if not restores or kind is not ChangeKind.WITHDRAW]
    kinds += [ChangeKind.ADD] * scale.more_added
    moments = [chance.uniform(0, until_s) for _ in range(count)]
    for restore in restores:
        if scale.keeps or chance.random() < 0.5:  # one that it takes away, and another of the same version
            came_back_s = restore.at_s + restore.lasts_s
            moments.append(chance.uniform(restore.backup_at_s, restore.at_s))
            moments.append(chance.uniform(came_back_s + 0.1, came_back_s + AFTER_RESTORE_S))
    return [PlannedChange(at_s, chance.choice(kinds), chance.choice([0.0, 0.02, 0.5])) for at_s in moments]
