"""Where a reader of a project's events stands, told as the `id` of each event. Pure.

`<time>.<count>.<since>.<until>`: of the events that the moment `until` sees and the moment `since` did not,
so many have been told. Which events those are never changes, so that a reader who was cut goes on with the
next one. Numbers of events say nothing by themselves: transactions commit in another order.

Old events are pruned, though, and then a count says nothing. So whoever is far behind is told the number of
the last event in place of the count (`n4711`): between two moments, numbers do say what comes next.

Why: decision 480, decision 830.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from barograph.database.positions import Moment, Position
from barograph.times import DAY_US, HOUR_US, MINUTE_US

# No transaction that writes events takes so long.
OVERLAP_US = 15 * MINUTE_US
# Events are kept for days: of what is not so old, none has been pruned.
PRUNABLE_US = 6 * HOUR_US
_WRITTEN = re.compile(r"(\d{1,18})\.(?:(\d{1,9})|n(\d{1,18}))\.([0-9a-f:,]*)\.([0-9a-f:,]*)", re.ASCII)


@dataclass(frozen=True)
class EventCursor:
    """A place in the events of a project.

    Attributes:
        time_us: of `since`; where that is None, events of this time or later are told.
        since: all that this moment saw has been told.
        until: what is being told, this moment sees; None: what comes next is not begun.
        count: how many of these have been told.
        told: the number of the last one that has been told, in place of their count.
    """

    time_us: int
    since: Position | None
    until: Position | None = None
    count: int = 0
    told: int | None = None

    @classmethod
    def at(cls, moment: Moment) -> Self:
        """All up to this moment is told."""
        return cls(moment.now_us, moment.position)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parses the id that a reader comes back with; None if it is none."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            return None
        since, until = (Position.parse(each) if each else None for each in (match[4], match[5]))
        if (match[4] and since is None) or (match[5] and until is None):
            return None
        return cls(int(match[1]), since, until, int(match[2] or 0), int(match[3]) if match[3] else None)

    def __str__(self) -> str:
        told = self.count if self.told is None else f"n{self.told}"
        return f"{self.time_us}.{told}.{self.since or ''}.{self.until or ''}"

    def begun(self, moment: Moment) -> "EventCursor":
        """The same place, with what to tell up to where.

        After a start of the server its positions mean nothing. Then what is of the last minutes is told
        again, so that nothing is missed.
        """
        named = [each for each in (self.since, self.until) if each is not None]
        here = moment.position
        if any(each.server_us != here.server_us or each.next > here.next for each in named):
            return EventCursor(max(0, self.time_us - OVERLAP_US), None, here)
        return self if self.until is not None else replace(self, until=here)

    def after(self, count: int, number: int, moment: Moment) -> "EventCursor":
        """The cursor with so many more told, of which the last has this number."""
        if self.told is None and not self.is_far_behind(moment):
            return replace(self, count=self.count + count)
        return replace(self, count=0, told=number)

    def is_far_behind(self, moment: Moment) -> bool:
        """Whether some of what is to be told may have been pruned."""
        return moment.now_us - self.time_us > PRUNABLE_US

    def once_more(self) -> "EventCursor":
        """The same place, where of what was begun nothing counts as told: for when some of it has gone."""
        return replace(self, count=0, told=0) if self.count else self

    def done(self, moment: Moment) -> "EventCursor":
        """The cursor with all told that was begun.

        Args:
            moment: a later one than `until`, or the same.
        """
        time_us = moment.now_us if self.until == moment.position else self.time_us
        return EventCursor(time_us, self.until)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters of the statement."""
        since = self.since
        return {
            # What another server wrote in a database that was dumped has any number, and is old.
            "from_us": self.time_us if since is None else max(0, self.time_us - DAY_US),
            "next": None if since is None else str(since.next),
            "running": [] if since is None else list(map(str, since.running)),
            "until": None if self.until is None else self.until.snapshot,
            "count": self.count,
            "told": self.told,
        }
