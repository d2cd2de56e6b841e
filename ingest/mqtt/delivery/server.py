"""The bridge's client of ingest's REST edge: one body after the other, each until it is stored.

200, 422 with a receipt -> stored, or in the dead letters
409                     -> the sequence stands elsewhere; the caller numbers anew
403 to a resuming body  -> the token may not leave numbers out
413, 422                -> the body itself is refused
anything else           -> again, after a pause
"""

import http.client
import json
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, urlsplit

from barograph.plain_words import error_text
from ingest.mqtt.config import ConfigFault, ServerTable
from ingest.mqtt.delivery.server_clock import ServerClock, server_clock

READINGS = "/ingest/v1/readings"
PRODUCERS = "/ingest/v1/producers"
NUMBERED_OTHERWISE = ("sequence-gap", "sequence-conflict")
ADVICE = {
    401: "give the bridge another ingest token",
    403: "the token may not send as this producer; give it one that may, or set server.producer",
    404: "there is nothing of ingest at server.url",
}
REJECT_ADVICE = {
    "too-old": "check time_unit, and the clocks of the rig and of this machine; older data comes by import",
    "too-far-ahead": "check time_unit, and the clocks of the rig and of this machine",
    "bad-time": "check time and time_unit",
    "bad-value": "check payload, value and fields, or leave the topic out",
    "not-finite": "the sensor had no value; nothing to do, or have its program leave such values out",
    "unknown-sensor": "create the sensors, widen the token's, or let the project register more "
    "(register_sensors_up_to)",
    "sensor-inactive": "activate the sensor, or stop sending for it",
}


class ServerAway(Exception):
    """The server does not store just now"""


class BodyFate(Enum):
    """The fate of a body that was sent."""

    STORED = auto()
    CONFLICT = auto()
    RESUME_REFUSED = auto()
    REFUSED = auto()


@dataclass(frozen=True)
class BodyReceipt:
    """The server's answer to a body.

    Attributes:
        rejected: code and count of listed rejects.
    """

    fate: BodyFate
    accepted: int = 0
    duplicate: int = 0
    rejected_total: int = 0
    rejected: dict[str, int] = field(default_factory=dict[str, int])
    detail: str = ""


class IngestServer:
    """A connection to ingest, made anew when it breaks. Blocks; for one thread at a time.

    Attributes:
        clock: the server's, as its last answer told.
    """

    def __init__(self, table: ServerTable) -> None:
        self.clock: ServerClock | None = None
        self._url = urlsplit(table.url)
        self._timeout_s = table.timeout_s
        self._token = "" if table.token is None else table.token.get_secret_value()
        self._token_file, self._is_token_refused = table.token_file, False
        self._tls = _tls(table) if self._url.scheme == "https" else None
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Drops the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def send(self, body: str, *, is_resuming: bool = False) -> BodyReceipt:
        """Sends a body, and says what became of it.

        Raises:
            ServerAway: nothing is known of it; the same body must be sent again.
        """
        status, answer = self._ask("POST", READINGS, body.encode())
        if "accepted" in answer and status in {200, 422}:
            return _receipt(answer)
        detail = str(answer.get("detail", ""))
        if status == 409 and str(answer.get("type")).endswith(NUMBERED_OTHERWISE):
            return BodyReceipt(BodyFate.CONFLICT, detail=detail)
        if status == 403 and is_resuming:
            return BodyReceipt(BodyFate.RESUME_REFUSED, detail=detail)
        if status in {413, 422}:
            return BodyReceipt(BodyFate.REFUSED, detail=detail)
        raise ServerAway(_trouble(status, detail))

    def last_seq(self, producer: str) -> int:
        """The last number that the producer has used; 0 if it is not known there.

        Raises:
            ServerAway: it did not say.
        """
        status, answer = self._ask("GET", f"{PRODUCERS}?name={quote(producer, safe='')}", None)
        if status == 200:
            return int(answer["last_seq"])
        if status == 404 and answer.get("type") == "urn:barograph:problem:not-found":
            return 0
        raise ServerAway(_trouble(status, str(answer.get("detail", ""))))

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        if self._is_token_refused:
            self._read_token()
        headers = {"Authorization": f"Bearer {self._token}", "User-Agent": "barograph-mqtt"}
        headers |= {} if body is None else {"Content-Type": "application/json"}
        try:
            connection = self._connection = self._connection or self._connect()
            asked_s = time.time()
            connection.request(method, self._url.path.rstrip("/") + path, body, headers)
            answer = connection.getresponse()
            self.clock = server_clock(answer.getheader("Date"), asked_s, time.time())
            self._is_token_refused = answer.status == HTTPStatus.UNAUTHORIZED
            return answer.status, _document(answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ServerAway(f"{self._url.geturl()}: {error_text(error)}") from error

    def _read_token(self) -> None:
        """Whoever renews a token writes it into the file."""
        if self._token_file is not None:
            with suppress(OSError, UnicodeDecodeError):
                self._token = self._token_file.read_text(encoding="utf-8").strip()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=self._timeout_s)


def _tls(table: ServerTable) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=table.ca_file)
    except OSError as error:
        raise ConfigFault(f"server: ca_file can't be used: {error}") from error


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _receipt(answer: dict[str, Any]) -> BodyReceipt:
    rejected: dict[str, int] = {}
    for each in answer["rejected"]:
        rejected[each["code"]] = rejected.get(each["code"], 0) + 1
    return BodyReceipt(
        BodyFate.STORED, answer["accepted"], answer["duplicate"], answer["rejected_total"], rejected
    )


def _trouble(status: int, detail: str) -> str:
    advice = ADVICE.get(status)
    said = f"{status} {detail}".strip()
    return said if advice is None else f"{said}. What to do: {advice}"
