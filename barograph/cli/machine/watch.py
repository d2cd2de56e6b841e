"""`watch`: the newest readings of every sensor as they arrive, through the API.

A live stream says when something has changed. What the newest readings are then, one question for each
project says: with raw and physical values, which a stream does not have together.
"""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from barograph.cli import connect
from barograph.cli.api_client import ApiClient, ApiRefused
from barograph.cli.server_events import ServerEvent
from barograph.cli.verb import CommandRefused, NobodyAnswers, Reply, Verb
from barograph.settings import Settings

INTERVAL_S = 1.0
# As many as one stream takes.
MAX_SENSORS = 100
STREAM = {"window": "60s", "columns": 60, "rate_hz": 2}
HEADING = f"{'time (UTC)':26}  {'sensor':32} {'raw':>16}  {'physical':>16}"
LOGGED_OUT = 4401
PASSING = {1012, 1013, LOGGED_OUT}
PASSING_STATUSES = {401, 429, 503}


class SensorWatch:
    """Prints the newest reading of each sensor whenever it is another one.

    The sensors are those heard of last, at most 100; once watched, a sensor stays. Where the stream is cut,
    it goes on from the last event.
    """

    def __init__(self, api: ApiClient, say: Callable[[str], None], *, as_json: bool = False) -> None:
        self._api, self._say, self._as_json = api, say, as_json
        self._watched: dict[str, None] = {}
        self._shown: dict[str, object] = {}
        self._last_id: str | None = None
        self._is_told = False

    def run(self) -> None:
        """Watches for good.

        Raises:
            CommandRefused: the API refuses, or did not answer in the first place.
        """
        if not self._as_json:
            self._say(HEADING)
        self._show_newest()
        while True:
            try:
                self._follow()
            except NobodyAnswers as trouble:
                self._complain(trouble)
            except ApiRefused as refusal:
                if refusal.status not in PASSING_STATUSES:
                    raise
                self._api.forget_token()
            time.sleep(INTERVAL_S)

    def _follow(self) -> None:
        """One stream, until it ends, or there are sensors that it does not show."""
        if self._show_newest():
            self._last_id = None  # the stream is another one
        if not self._watched:
            return
        for event in self._api.events("/api/v1/live", self._last_id, sensor=list(self._watched), **STREAM):
            self._last_id, self._is_told = event.id or self._last_id, False
            if event.name == "end":
                self._heed_end(event)
            elif event.name in {"patch", "alive"} and self._show_newest():
                self._last_id = None
                return

    def _complain(self, trouble: NobodyAnswers) -> None:
        """Once, for it is tried again each second."""
        if not self._is_told:
            sys.stderr.write(f"{trouble} Trying again …\n")
        self._is_told = True

    def _heed_end(self, event: ServerEvent) -> None:
        said = json.loads(event.data)
        if said["close"] not in PASSING:
            raise CommandRefused(f"The API has ended the stream: {said['detail']}.")
        if said["close"] == LOGGED_OUT:
            self._api.forget_token()

    def _show_newest(self) -> bool:
        """Says which readings are new; whether there are sensors that were not watched before."""
        has_others = False
        for sensor in self._sensors():
            if sensor["id"] not in self._watched:
                if len(self._watched) >= MAX_SENSORS:
                    continue
                self._watched[sensor["id"]] = None
                has_others = True
            reading = sensor["latest"]
            if reading is not None and self._shown.get(sensor["id"]) != reading:
                self._shown[sensor["id"]] = reading
                self._say(_json(sensor, reading) if self._as_json else _line(sensor, reading))
        return has_others

    def _sensors(self) -> Iterator[Mapping[str, Any]]:
        """Sensors of every project that have sent something, of each the last 100."""
        for project in self._api.items("/api/v1/projects"):
            path = f"/api/v1/projects/{project['id']}/sensors"
            for sensor in self._api.items(
                path, max_items=MAX_SENSORS, sort="-last_seen_at", include="latest"
            ):
                if sensor["last_seen_at"] is not None:
                    yield sensor


def _json(sensor: Mapping[str, Any], reading: Mapping[str, Any]) -> str:
    names = ("project_id", "key", "input_unit", "output_unit")
    said = {name: sensor[name] for name in names} | {"sensor_id": sensor["id"]} | dict(reading)
    return json.dumps(said, ensure_ascii=False)


def _line(sensor: Mapping[str, Any], reading: Mapping[str, Any]) -> str:
    raw = f"{_number(reading.get('raw'))} {sensor['input_unit']}"
    physical = f"{_number(reading['physical'])} {sensor['output_unit']}"
    return f"{reading['time'].removesuffix('Z'):26}  {sensor['key']:32} {raw:>16}  {physical:>16}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _watch(options: Namespace, settings: Settings) -> Reply:
    SensorWatch(connect.connect(options, settings), _say, as_json=options.json).run()
    return Reply(is_said=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


WATCH = Verb(
    "watch",
    "show readings as they arrive, on every sensor",
    _watch,
    connect.ARGUMENTS,
    examples=("watch", "watch --json"),
)
