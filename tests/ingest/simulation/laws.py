"""What must be true, whatever happens. Each law is watched where it could be broken."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from barograph.times import DAY_US
from tests.ingest.simulation.catalog_history import CatalogHistory
from tests.ingest.simulation.clocks import SimulatedClock
from tests.ingest.simulation.model.rows import StoredRow, WrittenReject
from tests.ingest.simulation.model.state import (
    DatabaseState,
    ModelGap,
    ModelProject,
    ProducerKey,
    ProducerRow,
)
from tests.ingest.simulation.virtual_loop import running_loop

Numbers = tuple[int, ...]
# The story's time, and what was seen then. Nothing of it ever changes.
Event = tuple[object, ...]
# A reading's number says whose it is.
READINGS_OF_A_RIG = 1_000_000
# How far from its process's clock a reading may be.
MAX_AHEAD_US = 600_000_000
MAX_AGE_US = 10 * 365 * DAY_US


class Witness(Protocol):
    """Whoever judges in the end."""

    def note_error(self, text: str) -> None:
        """A law was broken, or a program had a fault of its own."""
        ...


class LawBroken(AssertionError):
    """A law of the protocol does not hold"""


@dataclass(frozen=True)
class GivenReading:
    """A reading as a sender has it, known by its number."""

    project_id: int
    sensor: str
    t_us: int


@dataclass(eq=False)
class Conversation:
    """A socket or a request, as laws see it.

    Attributes:
        is_socket: from its bind on, channels keep their sensors.
        asked_s: when the client asked for the bind, or sent the request.
        bound_s: when the server had answered the bind.
        sent: by seq, the readings of the frames that were sent by it.
        acked_seq: up to where its acks were checked.
        sensors: by what the client called it, the sensor that a channel was seen to be.
    """

    key: ProducerKey
    is_socket: bool
    asked_s: float
    bound_s: float | None = None
    sent: dict[int, Numbers] = field(default_factory=dict[int, Numbers])
    acked_seq: int = 0
    sensors: dict[str, str] = field(default_factory=dict[str, str])


class WrittenSequence(Protocol):
    """A claim, as laws look at it."""

    @property
    def row(self) -> ProducerRow: ...
    @property
    def epoch(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


class Commit(Protocol):
    """What a transaction has written."""

    began_s: float
    clock: SimulatedClock

    @property
    def rows(self) -> Sequence[StoredRow]: ...
    @property
    def arrivals(self) -> Sequence[int]: ...
    @property
    def rejects(self) -> Sequence[WrittenReject]: ...
    @property
    def claims(self) -> Sequence[WrittenSequence]: ...


@dataclass(frozen=True)
class LostReading:
    """A reading that a restore took away.

    Attributes:
        key, seq: what it was stored under; None for a body without a sequence.
        committed_s, at_s: when it was stored, and when it was lost, or the record of that.
    """

    key: ProducerKey | None
    seq: int
    committed_s: float
    at_s: float


class Laws:
    """The laws of one story.

    Args:
        say: is told all that they see.

    Attributes:
        trace: all that they saw, and when.
        acked: the numbers of readings that an ack has covered, or an answer.
        lost: by number, what a restore took away, and what was not stored again since.
        registered: the numbers of readings that came in a body whose keys become sensors.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self.trace: list[Event] = []
        self._say = say
        self.acked: set[int] = set()
        self.lost: dict[int, LostReading] = {}
        self.registered: set[int] = set()
        self.given: dict[int, GivenReading] = {}
        self.catalogs = CatalogHistory()
        self._state = DatabaseState()
        # By producer and seq, every frame that was sent under it.
        self._sent: defaultdict[ProducerKey, defaultdict[int, list[Numbers]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._lost_frames: defaultdict[ProducerKey, dict[int, Numbers]] = defaultdict(dict)
        self._binds: dict[tuple[str, int], Conversation] = {}

    @property
    def stored(self) -> list[int]:
        """The numbers of all readings that are stored, in the order of their commits."""
        return list(self._state.stored)

    def begin(self, state: DatabaseState) -> None:
        """What the database holds at first."""
        self._state = state

    def note_catalog(self, project: ModelProject) -> None:
        """A project's catalog is this from now on."""
        self.catalogs.add(now_s(), project)

    def note_given(self, number: int, reading: GivenReading) -> None:
        """A sender has it from now on."""
        self.given[number] = reading

    def note_sent(self, conversation: Conversation, seq: int, numbers: Numbers) -> None:
        """A frame is sent."""
        self._trace("sent", conversation.key, seq)
        conversation.sent[seq] = numbers
        variants = self._sent[conversation.key][seq]
        if numbers not in variants:
            variants.append(numbers)

    def note_bind(self, row: ProducerRow, conversation: Conversation) -> None:
        """A producer was taken over for this one."""
        self._binds[str(row.public_id), row.epoch] = conversation

    def check_bound(self, conversation: Conversation, last_seq: int) -> None:
        """What a bind is told is stored, is."""
        conversation.bound_s = now_s()
        self._trace("bound", conversation.key, last_seq)
        committed_seq = self._committed_seq(conversation.key)
        require(last_seq <= committed_seq, f"{conversation.key} is told {last_seq}, not {committed_seq}")

    def check_ack(self, conversation: Conversation, seq: int) -> None:
        """No ack without a commit of everything that it covers."""
        self._trace("ack", conversation.key, seq)
        committed_seq = self._committed_seq(conversation.key)
        is_committed = seq <= committed_seq
        require(is_committed, f"ack of {seq} for {conversation.key}, but only {committed_seq} is committed")
        for covered in range(conversation.acked_seq + 1, seq + 1):
            numbers = conversation.sent.get(covered, ())
            missing = [number for number in numbers if number not in self._state.stored]
            require(not missing, f"ack of {seq} for {conversation.key}, but {missing} are not stored")
            self.acked.update(numbers)
        conversation.acked_seq = max(seq, conversation.acked_seq)

    def check_answer(self, conversation: Conversation, numbers: Numbers) -> None:
        """What a request is told is stored, is; or was, and was lost while it was under way."""
        self._trace("answer", conversation.key, numbers)
        for number in numbers:
            is_so = self._was_stored(number, conversation)
            require(is_so, f"reading {number} was answered as stored, and is not")
        self.acked.update(numbers)

    def committed_under(self, row: ProducerRow, seq: int, commit: Commit) -> Numbers:
        """The readings that a transaction stores under a seq."""
        written = {each.number for each in (*commit.rows, *commit.rejects)}
        variants = [each for each in self._sent[row.key].get(seq, ()) if written.issuperset(each)]
        return max(variants, key=len, default=())

    def note_commit(self, state: DatabaseState, commit: Commit) -> None:
        """Nothing is stored twice, or in part, or under another sensor than it was meant for."""
        claimed = self._check_whole(commit)
        for each in (*commit.rows, *commit.rejects):
            self._trace("stored", each)
            require(each.number not in state.stored, f"reading {each.number} is stored twice")
            self.lost.pop(each.number, None)
            self._check_token(state, each.number)
        for row in commit.rows:
            self._check_row(state, commit, row, claimed.get(row.number))
        for reject in commit.rejects:
            self._check_reject(state, commit, reject, claimed.get(reject.number))

    def check_limits(self, state: DatabaseState, commit: Commit) -> None:
        """Alarms are what the readings in their order say."""
        limits = state.limits
        rows = {row.number: row for row in commit.rows}
        for number in commit.arrivals:
            row = rows[number]
            sensor = state.projects[self.given[row.number].project_id].sensors[row.sensor_id]
            if sensor.limits and row.physical is not None:
                limits.watched.see(sensor.id, sensor.limits, row.t_us, row.physical)
        must_be, alarms = limits.watched.standing, limits.watched.alarms
        require(limits.standing == must_be, f"limits stand at {limits.standing}, and should at {must_be}")
        require(limits.alarms == alarms, f"alarms are {limits.alarms}, and should be {alarms}")
        due = {each for of_project in limits.due.values() for each in of_project}
        missing = limits.watched.late - due
        require(not missing, f"late readings {missing} violate a limit, and nobody looks for the excursion")

    def note_restore(self, former: DatabaseState, state: DatabaseState) -> None:
        """The database has gone back."""
        self._trace("restore", len(state.stored))
        self._state, at_s = state, now_s()
        for project in state.projects.values():
            self.note_catalog(project)
        self._note_lost_records(former, at_s)
        for number in former.stored.keys() - state.stored.keys():
            self.lost[number] = LostReading(None, 0, 0.0, at_s)
        for key, row in former.producers.items():
            kept = state.producers.get(key)
            left = kept.frames if kept is not None and kept.public_id == row.public_id else {}
            for seq, frame in row.frames.items():
                if left.get(seq) == frame:
                    continue
                self._lost_frames[key][seq] = frame.numbers
                for number in frame.numbers:
                    if number in self.lost:
                        self.lost[number] = LostReading(key, seq, frame.at_s, at_s)

    def check_gap(self, gap: ModelGap) -> None:
        """What is on record as missing is what was lost, and nothing else."""
        self._trace("gap", gap)
        for number in gap.declared:
            loss, since_s = self.lost[number], gap.last_commit_at_s or 0.0
            is_so = since_s <= loss.committed_s <= gap.resumed_at_s
            require(is_so, f"the times of {gap} are not those of {loss}")
        if gap.was_refused:  # it tells what a sender wanted to leave out
            return
        for seq in range(gap.first_seq, gap.last_seq + 1):
            numbers = self._lost_frames[gap.key].get(seq)
            require(numbers is not None, f"{seq} of {gap.key} is on record as missing, and was never lost")
            there = [number for number in numbers or () if number not in self.lost]
            require(not there, f"{seq} of {gap.key} is on record as missing, and {there} are stored")

    def declared(self, key: ProducerKey, first_seq: int, last_seq: int) -> frozenset[int]:
        """The readings that a gap would say are gone."""
        return frozenset(
            number
            for number, loss in self.lost.items()
            if loss.key == key and first_seq <= loss.seq <= last_seq
        )

    def on_record(self) -> set[int]:
        """The readings that records of what is missing say are gone."""
        return {number for gap in self._state.gaps for number in gap.declared}

    def check_end(self) -> None:
        """Nothing is stored that nobody gave, or that is on record as missing."""
        unknown = self._state.stored.keys() - self.given.keys()
        require(not unknown, f"{sorted(unknown)} are stored, and nobody gave them")
        both = self.on_record() & self._state.stored.keys()
        require(not both, f"readings {sorted(both)} are stored, and on record as missing")

    def _was_stored(self, number: int, conversation: Conversation) -> bool:
        loss = self.lost.get(number)
        return number in self._state.stored or (loss is not None and loss.at_s > conversation.asked_s)

    def _note_lost_records(self, former: DatabaseState, at_s: float) -> None:
        """What was on record as missing, and is no longer, is lost anew."""
        for gap in former.gaps:
            if gap not in self._state.gaps:
                for number in gap.declared & self.lost.keys():
                    loss = self.lost[number]
                    self.lost[number] = LostReading(loss.key, loss.seq, loss.committed_s, at_s)

    def _committed_seq(self, key: ProducerKey) -> int:
        row = self._state.producers.get(key)
        return 0 if row is None else row.last_seq

    def _check_whole(self, commit: Commit) -> dict[int, Conversation]:
        """Each frame that is claimed is stored whole; by number, what brought the reading."""
        claimed: dict[int, Conversation] = {}
        for claim in commit.claims:
            for seq in range(claim.first, claim.last + 1):
                numbers = self.committed_under(claim.row, seq, commit)
                are_empty = not numbers and () not in self._sent[claim.row.key][seq]
                require(not are_empty, f"frame {seq} of {claim.row.key} is not stored whole")
                conversation = self._binds[str(claim.row.public_id), claim.epoch]
                claimed |= dict.fromkeys(numbers, conversation)
        return claimed

    def _check_token(self, state: DatabaseState, number: int) -> None:
        """Whoever withdraws a token waits for the commits that store by it, and none comes after."""
        is_valid = number // READINGS_OF_A_RIG in state.projects[self.given[number].project_id].rigs
        require(is_valid, f"reading {number} is stored, and the token that it came by is withdrawn")

    def _check_row(
        self, state: DatabaseState, commit: Commit, row: StoredRow, conversation: Conversation | None
    ) -> None:
        given = self.given[row.number]
        project = state.projects[given.project_id]
        sensor = project.sensors.get(row.sensor_id)
        meant = self._meant(given, commit, conversation)
        is_meant = sensor is not None and sensor.public_id in meant
        require(is_meant, f"{row} of {given} is stored under {sensor}, and was meant for {meant}")
        assert sensor is not None  # as was required
        if conversation is not None and conversation.is_socket and None not in meant:
            seen = conversation.sensors.setdefault(given.sensor, sensor.public_id)
            require(seen == sensor.public_id, f"the channel of {given.sensor} changed its sensor")
        require(sensor.accepts, f"{row} is stored, but {sensor} takes none")
        require(row.t_us == given.t_us, f"{row} is stored at another time than {given}")
        is_ahead, is_old = self._may_be_far(commit, row.t_us, is_ever=False)
        require(not (is_ahead or is_old), f"{row} is stored, and far from the clock of its process")
        profile_id = project.profile_at(row.sensor_id, row.t_us)
        require(row.profile_id == profile_id, f"{row} was not converted by {profile_id}, which holds there")
        if profile_id is not None:
            profile = state.profiles[profile_id]
            physical = profile.slope * row.number + profile.offset
            is_converted = row.physical is not None and math.isclose(row.physical, physical)
            require(is_converted, f"{row} was not converted by {profile}")

    def _check_reject(
        self,
        state: DatabaseState,
        commit: Commit,
        reject: WrittenReject,
        conversation: Conversation | None,
    ) -> None:
        """A reason must be true."""
        given = self.given[reject.number]
        project = state.projects[given.project_id]
        meant = self._meant(given, commit, conversation)
        sensors = [project.with_public_id(each) for each in meant if each is not None]
        match reject.code:
            case "unknown-sensor":
                is_so = None in meant or None in sensors
                # A key that had a sensor may be in a catalog at hand, and none is made of it then.
                is_late = reject.number not in self.registered or self.catalogs.has_known(
                    given.project_id, given.sensor
                )
                require(is_late, f"{reject} of {given} is of a key that was to become a sensor")
            case "sensor-inactive":
                is_so = any(each is not None and not each.accepts for each in sensors)
            case "too-far-ahead":
                is_so = self._may_be_far(commit, given.t_us, is_ever=True)[0]
            case "too-old":
                is_so = self._may_be_far(commit, given.t_us, is_ever=True)[1]
            case code:
                is_so = code == "storage-refused"
        require(is_so, f"{reject} of {given} is not so: {meant}, {sensors}")

    def _may_be_far(self, commit: Commit, t_us: int, *, is_ever: bool) -> tuple[bool, bool]:
        """Whether a time is too far ahead, and whether too old: ever in a transaction, or all the time."""
        first_us, last_us = commit.clock.span_us(commit.began_s, now_s())
        if not is_ever:
            first_us, last_us = last_us, first_us
        return t_us > first_us + MAX_AHEAD_US, t_us < last_us - MAX_AGE_US

    def _meant(
        self, given: GivenReading, commit: Commit, conversation: Conversation | None
    ) -> set[str | None]:
        """The ids of the sensors that a name may have meant; None for no sensor."""
        if conversation is None or not conversation.is_socket:
            return self.catalogs.named(given.project_id, given.sensor, commit.began_s, now_s())
        until_s = now_s() if conversation.bound_s is None else conversation.bound_s
        meant = self.catalogs.named(given.project_id, given.sensor, conversation.asked_s, until_s)
        if None in meant:  # the name stands for itself until there is such a sensor
            meant |= self.catalogs.named(given.project_id, given.sensor, commit.began_s, now_s())
        return meant

    def _trace(self, *what: object) -> None:
        self.trace.append((now_s(), *what))
        if self._say is not None:
            self._say(f"{now_s():.6f} {' '.join(map(str, what))}")


def now_s() -> float:
    """The story's time."""
    loop = running_loop()
    return 0.0 if loop is None else loop.time()


def check_order(stored: Iterable[int], given: set[int]) -> None:
    """A sender's readings are stored in the order in which it gave them."""
    mine = [number for number in stored if number in given]
    require(mine == sorted(mine), f"readings are stored out of order: {mine}")


def require(is_so: bool, otherwise: str) -> None:  # as assert does
    """A law that also holds under `python -O`.

    Raises:
        LawBroken: it does not hold.
    """
    if not is_so:
        loop = running_loop()
        if loop is not None:  # whoever catches the exception does not hide it
            cast("Witness", loop.world).note_error(otherwise)
        raise LawBroken(otherwise)
