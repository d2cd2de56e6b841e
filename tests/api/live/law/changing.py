"""All that changes readings: gateways, imports, dead letters, recalibrations and their undoing."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from barograph_client.backoff import Backoff
from barograph_client.streaming.stream import Stream

from barograph.times import SECOND_US, format_us, now_us
from tests.api.server import url_path
from tests.seed import Project

HOW = {"format": "csv", "csv": {}, "time": {"column": "time"}, "sensor": "sensor", "value": "value"}
ASKED_EVERY_S = 0.2
PAUSE_S = 0.06
PATIENCE_S = 60


@dataclass(frozen=True)
class Gateways:
    """Streams of live, late and historical readings, which go on through all trouble."""

    project: Project
    url: str
    began_us: int

    def run(self, stop: threading.Event) -> None:
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number, oldest_us in enumerate((SECOND_US // 5, 8 * SECOND_US, 40 * SECOND_US)):
                tasks.create_task(self._stream(number, oldest_us, stop))

    async def _stream(self, number: int, oldest_us: int, stop: threading.Event) -> None:
        random = np.random.default_rng(number)
        stream = Stream(
            self.url,
            self.project.token,
            f"rig/{number}",
            self.project.keys,
            spool=None,
            exit_within_s=120.0,
            historical=number == 2,
            backoff=Backoff(first_s=0.02, max_s=0.3),
            proxy=None,
        )
        async with stream:
            while not stop.is_set():
                size = int(random.integers(1, 12))
                channel = random.integers(0, len(self.project.keys), size).astype(np.int32)
                t_us = now_us() - random.integers(0, oldest_us, size)
                # Coarse, so that readings share times and values.
                await stream.send(channel, t_us // 500 * 500, random.integers(-5, 6, size).astype(float))
                await asyncio.sleep(PAUSE_S)
            await asyncio.wait_for(stream.flush(), PATIENCE_S)


class Asker:
    """Somebody who asks until it is done, through any of the API's processes that answers."""

    def __init__(self, urls: Sequence[str], headers: Mapping[str, str], project: Project) -> None:
        self._urls, self._headers = urls, headers
        self._random = Random(5)  # noqa: S311  # no secret
        self._path = f"/projects/{project.public_id}"

    def recalibrate(self, sensor: str) -> str:
        """Converts what is stored of a sensor by a new version; the backfill."""
        payload = {"slope": self._random.randint(2, 9), "offset": self._random.randint(0, 9)}
        profile = self._made(
            f"/sensors/{sensor}/conversion-profiles", {"kind": "linear", "payload": payload}
        )["id"]
        asked = {
            "reason": "law",
            "profile": profile,
            "from": format_us(now_us() - 20 * SECOND_US),
            "to": format_us(now_us() - SECOND_US),
        }
        return self._made(f"{self._path}/backfills", asked)["id"]

    def undo(self, backfill: str) -> None:
        self._made(f"/backfills/{backfill}:undo", may_be_done=True)

    def wait_for(self, backfill: str, status: str) -> None:
        self._until(lambda: self._read(f"/backfills/{backfill}")["status"] == status, f"backfill {status}")

    def import_some(self, keys: Sequence[str]) -> str:
        """History of these sensors; the import, which runs."""
        lines = ["sensor,time,value"]
        for _ in range(150):
            t_us = now_us() - self._random.randint(0, 30 * SECOND_US)
            lines.append(f"{self._random.choice(keys)},{format_us(t_us)},{self._random.randint(-9, 9)}")
        content = "\n".join([*lines, ""]).encode()
        body = {"file_name": f"{uuid4()}.csv", "size_bytes": len(content)}
        made = self._made(f"{self._path}/imports", body)["id"]
        self._until(lambda: self._is_uploaded(made, content), "the upload")
        self._made(f"/imports/{made}:start", {"how": HOW, "allow_repeat": True}, may_be_done=True)
        return made

    def wait_for_import(self, made: str) -> None:
        self._until(lambda: self._read(f"/imports/{made}")["status"] == "finished", "the import")

    def replay_some(self, sensor: str) -> int:
        """Readings of a sensor that was not in use, taken after all: how many."""
        self._until(lambda: self._patched(sensor, "inactive"), "the sensor")
        time.sleep(0.4)
        self._until(lambda: self._patched(sensor, "active"), "the sensor")
        return self._made(f"{self._path}/rejected-readings:replay", {})["replayed"]

    def _is_uploaded(self, made: str, content: bytes) -> bool:
        answer = self._send("PUT", f"/imports/{made}/content", content=content, params={"offset": 0})
        return answer.status_code in {200, 409}

    def _patched(self, sensor: str, status: str) -> bool:
        return self._send("PATCH", f"/sensors/{sensor}", json={"status": status}).status_code == 200

    def _made(self, path: str, body: object = None, *, may_be_done: bool = False) -> dict[str, Any]:
        """A POST that happens once, however often it must be sent."""
        key, found = str(uuid4()), list[dict[str, Any]]()

        def is_made() -> bool:
            answer = self._send("POST", path, json=body, headers={"Idempotency-Key": key})
            assert answer.status_code in {200, 201, 202, 409, 429, 503}, answer.text
            found[:] = [answer.json()]
            return answer.status_code < 300 or (may_be_done and answer.status_code == 409)

        self._until(is_made, path)
        return found[0]

    def _read(self, path: str) -> dict[str, Any]:
        answer = self._send("GET", path)
        return answer.json() if answer.status_code == 200 else {"status": None}

    def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        params: Mapping[str, int] | None = None,
    ) -> httpx.Response:
        url = self._random.choice(self._urls) + url_path(path)
        sent = {**self._headers, **(headers or {})}
        return httpx.request(method, url, headers=sent, json=json, content=content, params=params, timeout=20)

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            with suppress(httpx.HTTPError):
                if holds():
                    return
            time.sleep(ASKED_EVERY_S)
        raise TimeoutError(f"{what} did not come")
