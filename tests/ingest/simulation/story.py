"""What a seed decides: who takes part, how slow everything is, and what fails when."""

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
    OUTAGE = auto()  # the database goes, and takes all connections with it
    KILL_GATEWAY = auto()


@dataclass(frozen=True)
class PlannedFault:
    """A fault, when it comes, and how long it lasts where it lasts."""

    at_s: float
    kind: FaultKind
    lasts_s: float


@dataclass(frozen=True)
class Story:
    """Everything about one run that is not an answer to what happened before.

    Attributes:
        chance: what decides the rest as it comes.
        statement_failures, commit_failures: which share of them fails while faults last.
        poison: which share of readings the database refuses.
    """

    seed: int
    chance: random.Random
    processes: int
    committers: int
    gateways: int
    projects: int
    frames: int
    window: int
    capacity_bytes: int
    batch_readings: int
    linger_s: float
    latency_s: float
    statement_failures: float
    commit_failures: float
    poison: float
    on_disk: bool
    faults: Sequence[PlannedFault]

    @classmethod
    def of(cls, seed: int) -> "Story":
        """The story of a seed."""
        chance = random.Random(seed)  # noqa: S311  # it is to be foreseen
        return cls(
            seed=seed,
            chance=chance,
            processes=chance.randint(1, 3),
            committers=chance.randint(1, 2),
            gateways=chance.randint(1, 4),
            projects=chance.randint(1, 2),
            frames=chance.randint(2, 10),
            window=chance.randint(1, 5),
            capacity_bytes=chance.choice([300, 1000, 4000, 100_000]),
            batch_readings=chance.choice([4, 12, 50]),
            linger_s=chance.choice([0.001, 0.02, 0.2]),
            latency_s=chance.choice([0.001, 0.01, 0.1]),
            statement_failures=chance.choice([0.0, 0.0, 0.02, 0.1]),
            commit_failures=chance.choice([0.0, 0.1, 0.4]),
            poison=chance.choice([0.0, 0.0, 0.05]),
            on_disk=chance.random() < 0.1,
            faults=_faults(chance),
        )


def _faults(chance: random.Random) -> list[PlannedFault]:
    kinds = [*FaultKind, FaultKind.CUT, FaultKind.CUT, FaultKind.HALF_OPEN]
    return sorted(
        (
            PlannedFault(
                chance.uniform(0, FAULTS_END_S),
                chance.choice(kinds),
                chance.choice([0.05, 0.5, chance.uniform(0, 5)]),
            )
            for _ in range(chance.randint(0, 12))
        ),
        key=lambda fault: fault.at_s,
    )
