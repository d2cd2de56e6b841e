"""What all rigs have alike: readings with numbers, of sensors with names, and what may become of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from barograph.times import MINUTE_US
from tests.ingest.simulation.clocks import BEGINNING_US, SimulatedClock
from tests.ingest.simulation.exchanges import HttpAnswer, HttpRequest
from tests.ingest.simulation.laws import (
    READINGS_OF_A_RIG,
    Conversation,
    GivenReading,
    Laws,
    LostReading,
    require,
)
from tests.ingest.simulation.model.state import ProducerKey
from tests.ingest.simulation.story import FAULTS_END_S, Story

SHARED_SENSOR = "shared.v"
# Begins an hour before the story.
_MINUTE_US = BEGINNING_US // MINUTE_US * MINUTE_US - 3_600_000_000
AskServer = Callable[[HttpRequest, Conversation], Awaitable[HttpAnswer]]


@dataclass(frozen=True)
class Surroundings:
    """What a rig has around it.

    Attributes:
        ask: sends a request to some process of ingest.
    """

    story: Story
    laws: Laws
    ask: AskServer


@dataclass(eq=False)
class Rig:
    """One who gives readings.

    Attributes:
        given: the numbers of its readings, ascending.
        may_be_lost: of those, what was in the memory of a program that was killed.
        superseded: how often it met a late bind of its own.
        is_withdrawn: whether its token is valid no more.
        ended_s: when it had an answer for everything.
    """

    number: int
    project_id: int
    around: Surroundings
    given: list[int] = field(default_factory=list[int])
    may_be_lost: set[int] = field(default_factory=set[int])
    superseded: int = 0
    is_withdrawn: bool = False
    ended_s: float = 0.0
    has_order: bool = True
    may_be_withdrawn: bool = False
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    @property
    def story(self) -> Story:
        return self.around.story

    @property
    def key(self) -> ProducerKey:
        return self.project_id, f"rig-{self.number}"

    @property
    def token(self) -> str:
        return f"token-{self.number}"

    @property
    def sensors(self) -> list[str]:
        return [f"s{self.number}.v", SHARED_SENSOR]

    @property
    def keeps_all(self) -> bool:
        """Whether it has on disk whatever had an ack, so that no restore costs a reading."""
        return False

    async def run(self) -> None:
        """Until everything has its ack, or its answer."""
        raise NotImplementedError

    async def come_back(self) -> None:
        """Looks once more whether the server has what it had, if it is one that does."""

    def kill(self) -> None:
        """The program ends wherever it is."""

    def has_forgotten(self, number: int, loss: LostReading) -> bool:
        """Whether nobody knew any more that the reading had been stored when it was lost."""
        raise NotImplementedError

    def end_without_token(self) -> None:
        """It is told that its token is withdrawn, and what has no ack stays with it."""
        require(self.is_withdrawn, f"{self.key} is refused, and its token is valid")
        self.may_be_lost |= set(self.given) - self.around.laws.acked
        self.ended_s = now_s()

    def take_readings(self, min_readings: int = 0) -> list[tuple[int, str]]:
        """Some new readings: numbers, and the sensors that they are of."""
        chance = self.story.chance
        first = self.number * READINGS_OF_A_RIG + len(self.given) + 1
        numbers = range(first, first + chance.randint(min_readings, self.story.max_readings))
        readings = [(number, chance.choice(self.sensors)) for number in numbers]
        for number, sensor in readings:
            self.given.append(number)
            self.around.laws.note_given(number, GivenReading(self.project_id, sensor, time_of(number)))
        return readings

    def value_of(self, number: int) -> float:
        """The reading's; one that the database refuses is negative."""
        return -float(number) if self.story.chance.random() < self.story.poison else float(number)

    async def pause(self, share: float = 1.0) -> None:
        """Most of the readings come while there are faults."""
        max_s = share * self.story.pause * 1.5 * FAULTS_END_S / self.story.frames
        await asyncio.sleep(self.story.chance.uniform(0, max_s))


def time_of(number: int) -> int:
    """A reading's time. A second begins with a rig's tenth: no block holds readings of two."""
    return _MINUTE_US - 10_000 + 1000 * (number % READINGS_OF_A_RIG)


def now_s() -> float:
    """The story's time."""
    return asyncio.get_running_loop().time()
