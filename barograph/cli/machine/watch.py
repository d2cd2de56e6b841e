"""`watch`: the newest readings of every sensor as they arrive, through the API."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from barograph.cli import connect
from barograph.cli.api_client import ApiClient
from barograph.cli.verb import Reply, Verb
from barograph.settings import Settings

INTERVAL_S = 1.0
HEADING = f"{'time (UTC)':26}  {'sensor':32} {'raw':>16}  {'physical':>16}"


def watch(
    api: ApiClient, say: Callable[[str], None], *, as_json: bool = False, rounds: int | None = None
) -> None:
    """Print readings that are newer than those before, each second, `rounds` times or for good.

    Raises:
        CommandRefused: the API does not answer as it should.
    """
    seen: dict[str, str] = {}
    if not as_json:
        say(HEADING)
    while rounds is None or rounds > 0:
        for sensor in _live_sensors(api):
            reading = _newest_reading(api, sensor["id"])
            if reading and seen.get(sensor["id"]) != reading["time"]:
                seen[sensor["id"]] = reading["time"]
                say(_json(sensor, reading) if as_json else _line(sensor, reading))
        rounds = None if rounds is None else rounds - 1
        if rounds != 0:
            time.sleep(INTERVAL_S)


def _live_sensors(api: ApiClient) -> Iterator[Mapping[str, Any]]:
    """Sensors of every project that have sent something."""
    for project in api.items("/api/v1/projects"):
        for sensor in api.items(f"/api/v1/projects/{project['id']}/sensors"):
            if sensor["last_seen_at"] is not None:
                yield sensor


def _newest_reading(api: ApiClient, sensor_id: str) -> Mapping[str, Any] | None:
    items = api.get(f"/api/v1/sensors/{sensor_id}/readings", order="desc", limit=1)["items"]
    return items[0] if items else None


def _json(sensor: Mapping[str, Any], reading: Mapping[str, Any]) -> str:
    names = ("project_id", "key", "input_unit", "output_unit")
    return json.dumps({name: sensor[name] for name in names} | dict(reading), ensure_ascii=False)


def _line(sensor: Mapping[str, Any], reading: Mapping[str, Any]) -> str:
    raw = f"{_number(reading.get('raw'))} {sensor['input_unit']}"
    physical = f"{_number(reading['physical'])} {sensor['output_unit']}"
    return f"{reading['time'].removesuffix('Z'):26}  {sensor['key']:32} {raw:>16}  {physical:>16}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _watch(options: Namespace, settings: Settings) -> Reply:
    watch(connect.connect(options, settings), _say, as_json=options.json)
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
