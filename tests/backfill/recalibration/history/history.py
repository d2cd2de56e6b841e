"""A model of what was answered when: every moment's rows, and what has arrived since."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import psycopg

from barograph.times import format_time, parse_time, to_us
from tests.backfill.recalibration.scene import Scene

Reading: TypeAlias = tuple[str, float, float | None, str | None, int, str]
"""Time, raw, physical, version, flags, sensor."""


def clock(scene: Scene) -> str:
    """The database's."""
    with psycopg.connect(scene.server.database_url) as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    return format_time(row[0])


@dataclass
class History:
    """What queries have answered.

    Attributes:
        session: a capture session that holds every reading.
        moments: times, each with all readings as they were answered then.
        arrivals: how many moments there were, and readings with the first values that they had.
        ranks: places of versions.
    """

    scene: Scene
    session: str
    moments: list[tuple[str, list[Reading]]] = field(default_factory=list[tuple[str, list[Reading]]])
    arrivals: list[tuple[int, Reading]] = field(default_factory=list[tuple[int, Reading]])
    ranks: dict[str | None, int] = field(default_factory=lambda: {None: 0})

    @cached_property
    def keys(self) -> dict[str, str]:
        """Of sensors by their ids."""
        return {sensor: key for key, sensor in self.scene.sensors.items()}

    def ask(self, *, as_of: str | None = None, limit: int = 10_000, order: str = "asc") -> list[Reading]:
        """All readings of the session, page by page."""
        asked = {"order": order} | ({} if as_of is None else {"as_of": as_of})
        return self._pages(f"/capture-sessions/{self.session}/readings", limit, asked)

    def ask_sensor(self, key: str, as_of: str, *, limit: int, order: str) -> list[Reading]:
        """A sensor's readings, page by page."""
        path = f"/sensors/{self.scene.sensors[key]}/readings"
        return [(*reading[:5], key) for reading in self._pages(path, limit, {"as_of": as_of, "order": order})]

    def record(self) -> None:
        """Notes what is answered now."""
        now = self.ask()
        self.moments.append((clock(self.scene), now))

    def arrive(self, sensor: int, t_us: Sequence[int], raw: Sequence[float]) -> None:
        """Stores readings, and notes the values that they get."""
        before = Counter(self.ask())
        number = np.full(len(t_us), sensor, np.int32)
        self.scene.store(number, np.array(t_us, np.int64), np.array(raw, np.float64))
        after = Counter(self.ask())
        assert before <= after
        self.arrivals += [(len(self.moments), reading) for reading in (after - before).elements()]

    def expected(self, moment: int, *, descending: bool = False) -> list[Reading]:
        """The readings stored now, as they were at that moment, in the order that they had."""
        later = [reading for number, reading in self.arrivals if number > moment]
        everything = [*self.moments[moment][1], *later]
        return sorted(everything, key=self._place, reverse=descending)

    def _pages(self, path: str, limit: int, asked: dict[str, str]) -> list[Reading]:
        found: list[Reading] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.scene.person.read(path, limit=limit, **asked, **cursor)
            found += [self._reading(item) for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            assert len(page["items"]) == limit
            cursor = {"cursor": page["next_cursor"]}

    def _reading(self, item: dict[str, Any]) -> Reading:
        values = tuple(item[name] for name in ("time", "raw", "physical", "profile_id", "flags"))
        return (*values, self.keys.get(item.get("sensor_id", ""), ""))

    def _place(self, reading: Reading) -> tuple[Any, ...]:
        time, raw, physical, profile, flags, key = reading
        nulls_last = (physical is None, physical or 0.0)
        return (time, raw, nulls_last, self._rank(profile), flags, key)

    def _rank(self, profile: str | None) -> int:
        """A version's place among all, in the order in which they were saved."""
        if profile not in self.ranks:
            with psycopg.connect(self.scene.server.database_url) as connection:
                rows = connection.execute("select public_id::text, id from conversion_profile").fetchall()
            self.ranks |= dict(rows)
        return self.ranks[profile]


def buckets(readings: Sequence[Reading], size_us: int) -> dict[int, list[float]]:
    """Physical values by the start of their bucket, in order."""
    found: dict[int, list[float]] = {}
    for time, _, physical, *_ in readings:
        if physical is not None:
            t_us = to_us(parse_time(time))
            found.setdefault(t_us // size_us * size_us, []).append(physical)
    return found
