"""`python -m barograph watch`: the newest readings of every sensor as they arrive, through the API."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from barograph.embedded.refusal import SetUpRefused
from barograph.supervisor.connection import Connection

INTERVAL_S = 1.0
TIMEOUT_S = 10.0
MOST_SENSORS = 500
HEADING = f"{'time (UTC)':26}  {'sensor':32} {'raw':>16}  {'physical':>16}"


def watch(connection: Connection, say: Callable[[str], None], *, rounds: int | None = None) -> None:
    """Print readings that are newer than those before, each second, `rounds` times or for good.

    Raises:
        SetUpRefused: the API does not answer as it should.
    """
    api = Api(connection)
    seen: dict[str, str] = {}
    say(HEADING)
    while rounds is None or rounds > 0:
        for sensor in api.sensors():
            reading = api.newest_reading(sensor["id"])
            if reading and seen.get(sensor["id"]) != reading["time"]:
                seen[sensor["id"]] = reading["time"]
                say(_line(sensor, reading))
        rounds = None if rounds is None else rounds - 1
        if rounds != 0:
            time.sleep(INTERVAL_S)


class Api:
    """The few questions asked here, as the first admin."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._token: str | None = None

    def sensors(self) -> Iterator[Mapping[str, Any]]:
        """Sensors of every project that have sent something."""
        for project in self._get("/api/v1/projects")["items"]:
            path = f"/api/v1/projects/{project['id']}/sensors"
            for sensor in self._get(path, limit=MOST_SENSORS)["items"]:
                if sensor["last_seen_at"] is not None:
                    yield sensor

    def newest_reading(self, sensor_id: str) -> Mapping[str, Any] | None:
        items = self._get(f"/api/v1/sensors/{sensor_id}/readings", order="desc", limit=1)["items"]
        return items[0] if items else None

    def _get(self, path: str, **parameters: str | int) -> Mapping[str, Any]:
        path = f"{path}?{urlencode(parameters)}" if parameters else path
        if self._token is not None:
            status, answer = self._ask("GET", path)
            if status != 401:
                return _expect(status, answer)
        self._log_in()  # the token is missing, or its time is over
        return _expect(*self._ask("GET", path))

    def _log_in(self) -> None:
        who = {"email": self._connection.admin_email, "password": self._connection.admin_password}
        if who["password"] is None:
            raise SetUpRefused("The admin's password is not known here, so nobody can log in to look.")
        self._token = _expect(*self._ask("POST", "/auth/login", json.dumps(who)))["access_token"]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, Mapping[str, Any]]:
        address = urlsplit(self._connection.api_url)
        http_connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        try:
            http_connection.request(method, path, body, headers)
            response = http_connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SetUpRefused(f"The API at {self._connection.api_url} does not answer: {error}") from None
        finally:
            http_connection.close()


def _expect(status: int, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if status != 200:
        raise SetUpRefused(f"The API answered {status}: {answer.get('detail')}")
    return answer


def _line(sensor: Mapping[str, Any], reading: Mapping[str, Any]) -> str:
    raw = f"{_number(reading.get('raw'))} {sensor['input_unit']}"
    physical = f"{_number(reading['physical'])} {sensor['output_unit']}"
    return f"{reading['time'].removesuffix('Z'):26}  {sensor['key']:32} {raw:>16}  {physical:>16}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
