"""What happens in a project and what its sensors measure, as it happens: iterators that survive cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from barograph_client.analysis.answers.items import SensorInfo
from barograph_client.analysis.answers.listing import ItemList
from barograph_client.analysis.extra import pl
from barograph_client.analysis.live.followed import FollowedStream
from barograph_client.analysis.live.live_window import Columns, HeldWindow
from barograph_client.analysis.live.server_sent import ResumedStream, read_data
from barograph_client.analysis.moments import Moment, moment, read_time
from barograph_client.analysis.plain import texts_of
from barograph_client.analysis.problems import EventsGone
from barograph_client.analysis.readings.series import Layer
from barograph_client.analysis.references import References
from barograph_client.analysis.scope import ApiScope, ClientPart

WITHIN_S = 300.0
_UNITS_US = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


@dataclass(frozen=True)
class ProjectEvent:
    """Something that has happened. `data` is as the type has it."""

    id: str
    type: str
    time: datetime | None
    data: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def read(cls, answered: dict[str, Any]) -> ProjectEvent:
        """Reads it from JSON."""
        return cls(answered["id"], answered["type"], read_time(answered["time"]), answered["data"])


class FollowedEvents(FollowedStream[ProjectEvent]):
    """Events as they happen: none is missed and none comes twice, after any cut.

    `position` goes on later, also in another process: `client.events(since=position)`.
    """

    def __next__(self) -> ProjectEvent:
        """Waits for the next event.

        Raises:
            EventsGone: some that should come now are not kept any more. The iterator goes on behind them.
        """
        message = next(self._messages)
        said = read_data(message)
        if message.name == "gone":
            raise EventsGone(read_time(said["until"]))
        return ProjectEvent.read(said)


class LiveFrames(FollowedStream["pl.DataFrame"]):
    """Frames of a window that moves, each whole. Each equals what a question at its `position` answers.

    A frame comes whenever something changes, and every five seconds. Columns are `sensor_id`, `key`, `unit`,
    `time`, and `value`, or `first`, `min`, `max`, `last`, `count` where there are too many readings for
    the columns.
    """

    def __init__(self, scope: ApiScope, stream: ResumedStream, length_us: int) -> None:
        super().__init__(stream)
        self._scope = scope
        self._window = HeldWindow(length_us)
        self._keys: dict[str, str] = {}

    @property
    def window(self) -> HeldWindow:
        """The readings that are held, as NumPy columns by channel."""
        return self._window

    def __next__(self) -> pl.DataFrame:
        self.advance()
        return self.frame()

    def advance(self) -> str:
        """Waits for the next message, and takes it in: `patch` or `alive`."""
        for message in self._messages:
            said = read_data(message)
            if message.name == "watching":
                self._window.begin(said)
                continue
            if message.name == "patch":
                self._window.apply(said)
            else:
                self._window.move(said["server_us"])
            return message.name
        raise StopIteration

    def frame(self) -> pl.DataFrame:
        """The readings that are held now."""
        empty: Columns = {name: np.empty(0) for name in self._window.names}
        parts = [
            self._part(self._window.columns.get(number, empty), channel)
            for number, channel in enumerate(self._window.channels)
            if "sensor_id" in channel
        ]
        return pl.concat(parts) if parts else pl.DataFrame()

    def _part(self, held: Any, channel: Any) -> pl.DataFrame:  # noqa: ANN401 - columns, and JSON
        texts = {
            "sensor_id": channel["sensor_id"],
            "key": self.key_of(channel["sensor_id"]),
            "unit": channel["unit"],
        }
        values = [
            pl.Series(name, held[name], pl.Int64 if name == "count" else pl.Float64)
            for name in self._window.names[1:]
        ]
        times = pl.Series("time", held["t_us"], pl.Int64).cast(pl.Datetime("us", "UTC"))
        said = [pl.Series(name, [text] * len(times), pl.String) for name, text in texts.items()]
        return pl.DataFrame([*said, times, *values])

    def key_of(self, sensor_id: str) -> str:
        """The key of a sensor that is watched."""
        if sensor_id not in self._keys:
            self._keys[sensor_id] = SensorInfo.read(self._scope.api.get(f"/sensors/{sensor_id}")).key
        return self._keys[sensor_id]


class FollowingPart(ClientPart):
    """What happens now."""

    def events(
        self,
        types: str | Sequence[str] = (),
        *,
        start: Moment | None = None,
        since: str | None = None,
    ) -> FollowedEvents:
        """What happens in the project, as it happens: `for event in client.events(["run.finished"]): …`.

        Args:
            types: these only.
            start: begins with events of this time; with the next one, unless it is given.
            since: goes on behind a `position`.
        """
        asked = {"project": self._scope.project_id, "type": texts_of(types) or None, "from": moment(start)}
        return FollowedEvents(ResumedStream(self._api, "/events", asked, since, WITHIN_S))

    def event_log(
        self, types: str | Sequence[str] = (), start: Moment | None = None, end: Moment | None = None
    ) -> ItemList[ProjectEvent]:
        """Events of the project, newest first."""
        asked = {"type": texts_of(types) or None, "from": moment(start), "to": moment(end)}

        def fetch(limit: int) -> Iterator[dict[str, Any]]:
            return self._api.items(f"{self._scope.project_path}/events", **{**asked, "limit": limit})

        return ItemList(fetch, ProjectEvent, ("time", "type", "data"), "event")

    def live(
        self,
        sensors: References,
        window: str = "60s",
        *,
        columns: int = 300,
        layer: Layer = "physical",
        rate_hz: float = 10.0,
    ) -> LiveFrames:
        """Sensors as they measure: `for frame in client.live(["p1"], "30s"): …`.

        Args:
            window: how much time, up to now, a frame holds.
            columns: of more readings of a sensor, so many buckets.
            rate_hz: the most frames in a second.
        """
        asked = {
            **self._scope.sensors_query(sensors),
            "window": window,
            "columns": columns,
            "layer": layer,
            "rate_hz": rate_hz,
        }
        stream = ResumedStream(self._api, "/live", asked, None, WITHIN_S)
        return LiveFrames(self._scope, stream, length_us_of(window))


def length_us_of(window: str) -> int:
    """The length of a window such as `60s`, in microseconds.

    Raises:
        ValueError: it is none.
    """
    number = window.rstrip("dhms")
    with suppress(KeyError, ValueError):
        return round(float(number) * _UNITS_US[window[len(number) :]])
    raise ValueError(f"{window!r} is no length of time: write it as 30s or 5m")
