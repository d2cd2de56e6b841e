"""Turns at a scarce resource, shared fairly: first between projects, then between members of a project.

ask -> a turn is free, and the project and the member have not theirs -> taken
    -> else a place in line: projects in turn, and within each of them its members in turn

Callers may be in several event loops. No turn goes to somebody who has stopped waiting.

Why: decision 230.
"""

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Hashable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from barograph.errors import Unavailable


@dataclass(frozen=True)
class TurnTaker:
    """A member of a project who asks for a turn. Either may be anything that tells them apart."""

    project: Hashable
    member: Hashable


@dataclass(frozen=True)
class TurnLimits:
    """How many turns there are, at once.

    Attributes:
        turns: in all.
        of_project, of_member: of those, the most of one project, and of one of its members.
        waiting: the most places in line of a member; more are refused.
    """

    turns: int
    of_project: int
    of_member: int
    waiting: int

    @classmethod
    def shared(cls, turns: int, waiting: int) -> "TurnLimits":
        """No project takes all, and no member more than half."""
        return cls(turns, max(1, turns - 1), max(1, turns // 2), waiting)


K = TypeVar("K", bound=Hashable)
Line = OrderedDict[TurnTaker, deque[Future[None]]]


class FairTurns:
    """Hands out turns. `name` is what errors call what they are at."""

    def __init__(self, name: str, limits: TurnLimits) -> None:
        self._name = name
        self._limits = limits
        self._lock = threading.Lock()
        self._taken = 0
        self._of_project: Counter[Hashable] = Counter()
        self._of_member: Counter[TurnTaker] = Counter()
        # In the order in which they come next: whoever gets a turn goes to the end.
        self._lines: OrderedDict[Hashable, Line] = OrderedDict()

    @asynccontextmanager
    async def turn(self, who: TurnTaker, wait_s: float) -> AsyncGenerator[None]:
        """A turn, given back at the end.

        Raises:
            Unavailable: none came in time, or too many of this member wait already.
        """
        await self.take(who, wait_s)
        try:
            yield
        finally:
            self.give_back(who)

    async def take(self, who: TurnTaker, wait_s: float) -> None:
        """Takes a turn as `turn` does, for whoever gives it back elsewhere."""
        waiter = self._ask(who)
        if waiter is None:
            return
        try:
            async with asyncio.timeout(wait_s):
                await asyncio.wrap_future(waiter)
        except TimeoutError as error:
            self._leave(who, waiter)
            raise Unavailable(f"no {self._name} was free within {wait_s:g} s; try again") from error
        except asyncio.CancelledError:
            self._leave(who, waiter)
            raise

    def give_back(self, who: TurnTaker) -> None:
        """Ends a turn. Safe in any thread."""
        with self._lock:
            self._taken -= 1
            _count_down(self._of_project, who.project)
            _count_down(self._of_member, who)
            self._grant()

    def count_kept_waiting(self) -> int:
        """Callers in line whose member has less than its share: who wait for others, not for themselves."""
        with self._lock:
            return sum(
                len(line)
                for members in self._lines.values()
                for who, line in members.items()
                if self._of_member[who] < self._limits.of_member
            )

    def _ask(self, who: TurnTaker) -> Future[None] | None:
        """A place in line, None where there is a turn at once."""
        with self._lock:
            if self._may(who):
                self._note_taken(who)
                return None
            line = self._lines.setdefault(who.project, OrderedDict()).setdefault(who, deque())
            if len(line) >= self._limits.waiting:
                raise Unavailable(f"too many requests of yours wait for a {self._name}; try again")
            waiter: Future[None] = Future()
            line.append(waiter)
            return waiter

    def _leave(self, who: TurnTaker, waiter: Future[None]) -> None:
        """Gives up a place in line, or the turn that came at the last moment."""
        if not waiter.cancel():
            self.give_back(who)
            return
        with self._lock:
            line = self._lines.get(who.project, OrderedDict()).get(who)
            if line is not None and waiter in line:
                line.remove(waiter)
                self._forget_if_empty(who)

    def _may(self, who: TurnTaker) -> bool:
        limits = self._limits
        return (
            self._taken < limits.turns
            and self._of_project[who.project] < limits.of_project
            and self._of_member[who] < limits.of_member
        )

    def _note_taken(self, who: TurnTaker) -> None:
        self._taken += 1
        self._of_project[who.project] += 1
        self._of_member[who] += 1

    def _grant(self) -> None:
        while (who := self._next()) is not None:
            waiter = self._lines[who.project][who].popleft()
            self._lines[who.project].move_to_end(who)
            self._lines.move_to_end(who.project)
            self._forget_if_empty(who)
            if waiter.set_running_or_notify_cancel():
                self._note_taken(who)
                waiter.set_result(None)

    def _next(self) -> TurnTaker | None:
        """Chooses whose turn it is, of those who may take one now."""
        if self._taken >= self._limits.turns:
            return None
        return next((who for line in self._lines.values() for who in line if self._may(who)), None)

    def _forget_if_empty(self, who: TurnTaker) -> None:
        members = self._lines[who.project]
        if not members[who]:
            del members[who]
        if not members:
            del self._lines[who.project]


def _count_down(counts: Counter[K], key: K) -> None:
    """Keeps no key of whom nothing is counted."""
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
