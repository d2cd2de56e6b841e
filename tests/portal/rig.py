"""A small rig for pages to show: people of every role, sensors that send, a run that is captured."""

import math
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.api.server import Person, Server

KEYS = ("chamber/p1", "chamber/p2", "feed/t1", "feed/flow")
UNITS = ("bar", "bar", "degC", "kg/s")
PAST_S = 600
SEND_EVERY_S = 0.2


@dataclass(frozen=True)
class PortalRig:
    """Public ids of what there is, for paths."""

    server: Server
    gateway_url: str
    people: dict[str, Person]
    project_id: str
    sensor_ids: list[str]
    experiment_id: str
    run_id: str
    token: str
    data_dir: Path

    def address(self, path: str) -> str:
        """A path of the portal, with this rig's ids in it."""
        ids = {"sensor": self.sensor_ids[0], "run": self.run_id, "experiment": self.experiment_id}
        return self.server.url + path.format_map(ids)

    def send(self, times_s: list[float]) -> None:
        """One reading of each sensor at each time."""
        lines = [
            f"{key},{datetime.fromtimestamp(t, UTC).isoformat()},{_value(n, t)}"
            for n, key in enumerate(KEYS)
            for t in times_s
        ]
        answer = httpx.post(
            f"{self.gateway_url}/ingest/v1/readings",
            content="\n".join(["sensor,time,value", *lines]),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "text/csv"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text

    @contextmanager
    def sending(self) -> Generator[None]:
        """Sends what happens now, as long as the block lasts."""
        is_over = threading.Event()

        def send() -> None:
            while not is_over.wait(SEND_EVERY_S):
                self.send([time.time()])

        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def make_rig(server: Server, gateway_url: str, data_dir: Path) -> PortalRig:
    """Through the API, as a team would."""
    roles = ("owner", "editor", "viewer", "admin")
    people = {role: server.person(f"{role}@rig.example", is_admin=role == "admin") for role in roles}
    owner = people["owner"]
    project = owner.made("/projects", {"name": "Rig 7"})["id"]
    for role in ("editor", "viewer"):
        server.add_member(project, people[role].email, role)
    sensors = [_make_sensor(owner, project, key, unit) for key, unit in zip(KEYS, UNITS, strict=True)]
    experiment = owner.made(f"/projects/{project}/experiments", {"name": "Cold-gas tests"})["id"]
    run = owner.made(f"/experiments/{experiment}/runs", {"name": "Valve 3, slow opening"})["id"]
    for sensor in sensors:
        assert owner.send("PUT", f"/runs/{run}/sensors/{sensor}").status_code == 200
    assert owner.patch(f"/runs/{run}", {"status": "running"}).status_code == 200
    owner.made(f"/runs/{run}/capture-sessions", {})
    token: dict[str, Any] = owner.made(f"/projects/{project}/ingest-tokens", {"name": "daq-1"})
    rig = PortalRig(server, gateway_url, people, project, sensors, experiment, run, token["token"], data_dir)
    now = time.time()
    rig.send([now - PAST_S + n * 0.5 for n in range(PAST_S * 2)])
    return rig


def _make_sensor(owner: Person, project: str, key: str, unit: str) -> str:
    body = {"key": key, "name": key.title(), "input_unit": "V", "output_unit": unit}
    sensor = owner.made(f"/projects/{project}/sensors", body)["id"]
    profile = {"kind": "linear", "payload": {"slope": 25, "offset": -12.5}}
    made = owner.made(f"/sensors/{sensor}/conversion-profiles", profile)["id"]
    owner.made(f"/conversion-profiles/{made}:activate", {})
    return sensor


def _value(number: int, t: float) -> float:
    return round(2.5 + math.sin(t / (7 + 5 * number)) + 0.05 * math.sin(t * 13), 6)
