"""A sensor of one's own for tests that change calibrations, and what the API says is stored of it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.portal.rig import PortalRig

READINGS = 600
STEP_S = 1.0


@dataclass(frozen=True)
class BenchSensor:
    """A sensor in V and N·m whose first version is `2 x + 1`, with ten minutes of readings, one a second."""

    rig: PortalRig
    key: str
    id: str
    version_id: str
    first_s: float

    @property
    def last_s(self) -> float:
        return self.first_s + (READINGS - 1) * STEP_S

    def add_version(self, slope: float, offset: float) -> str:
        """Not activated."""
        body = {"kind": "linear", "payload": {"slope": slope, "offset": offset}, "note": "certificate 2"}
        return self.rig.people["owner"].made(f"/sensors/{self.id}/conversion-profiles", body)["id"]

    def stored(self) -> list[dict[str, Any]]:
        """Every reading, in order."""
        return self.rig.people["owner"].read(f"/sensors/{self.id}/readings", limit=10_000)["items"]


def make_bench_sensor(rig: PortalRig, key: str) -> BenchSensor:
    owner = rig.people["owner"]
    body = {"key": key, "input_unit": "V", "output_unit": "N.m"}
    sensor = owner.made(f"/projects/{rig.project_id}/sensors", body)["id"]
    version = {"kind": "linear", "payload": {"slope": 2, "offset": 1}, "note": "certificate 1"}
    made = owner.made(f"/sensors/{sensor}/conversion-profiles", version)["id"]
    owner.made(f"/conversion-profiles/{made}:activate", {})
    first_s = float(int(time.time()) - 1200)
    rows = [f"{key},{_text(first_s + n * STEP_S)},{raw_of(n)}" for n in range(READINGS)]
    answer = httpx.post(
        f"{rig.gateway_url}/ingest/v1/readings",
        content="\n".join(["sensor,time,value", *rows]),
        headers={"Authorization": f"Bearer {rig.token}", "Content-Type": "text/csv"},
        timeout=30,
    )
    assert answer.json()["accepted"] == READINGS, answer.text
    return BenchSensor(rig, key, sensor, made, first_s)


def raw_of(number: int) -> float:
    """Of a reading, counted from 0: between 0 and 10 V, exact in binary."""
    return (number * 37 % 641) / 64


def _text(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat()
