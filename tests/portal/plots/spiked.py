"""A sensor whose every reading a test knows: noise, with a few spikes of one reading each."""

from dataclasses import dataclass

import httpx
import numpy as np
from numpy.typing import NDArray

from barograph.times import from_us, now_us
from tests.portal.rig import PortalRig

STEP_US = 1_000
READINGS = 60_000
SPIKES = 40
# Raw values beyond it are flagged: the spikes, and nothing else.
DOMAIN = {"min": -2, "max": 2}
SLOPE, OFFSET = 8.0, 1.0


@dataclass(frozen=True)
class SpikedSensor:
    """A minute of 1,000 readings a second, an hour ago; `physical = 8 raw + 1`, exact in binary."""

    id: str
    key: str
    t_us: NDArray[np.int64]
    raw: NDArray[np.float64]
    spikes: NDArray[np.int64]

    @property
    def physical(self) -> NDArray[np.float64]:
        return SLOPE * self.raw + OFFSET

    @property
    def from_us(self) -> int:
        return int(self.t_us[0])

    @property
    def to_us(self) -> int:
        """After the last one."""
        return int(self.t_us[-1]) + 1


def make_spiked_sensor(rig: PortalRig, key: str, seed: int) -> SpikedSensor:
    owner = rig.people["owner"]
    body = {"key": key, "input_unit": "V", "output_unit": "bar"}
    sensor = owner.made(f"/projects/{rig.project_id}/sensors", body)["id"]
    payload = {"slope": SLOPE, "offset": OFFSET, "domain": DOMAIN, "out_of_domain": "flag"}
    version = owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "linear", "payload": payload})
    owner.made(f"/conversion-profiles/{version['id']}:activate", {})
    random = np.random.default_rng(seed)
    # Sixty-fourths: exact in text, and through the calibration.
    raw = random.integers(-64, 64, READINGS) / 64
    spikes = np.sort(random.choice(READINGS, SPIKES, replace=False))
    raw[spikes] = random.choice([-1, 1], SPIKES) * random.integers(3 * 64, 9 * 64, SPIKES) / 64
    first_us = now_us() // 1_000_000 * 1_000_000 - 3600 * 1_000_000
    t_us = first_us + np.arange(READINGS) * STEP_US + random.integers(0, STEP_US, READINGS)
    made = SpikedSensor(sensor, key, t_us, raw, spikes)
    send_readings(rig, key, made.t_us, made.raw)
    return made


def send_readings(rig: PortalRig, key: str, t_us: NDArray[np.int64], raw: NDArray[np.float64]) -> None:
    for part in np.array_split(np.arange(t_us.size), max(1, t_us.size // 20_000)):
        rows = [f"{key},{from_us(int(t_us[n])).isoformat()},{raw[n]}" for n in part]
        answer = httpx.post(
            f"{rig.gateway_url}/ingest/v1/readings",
            content="\n".join(["sensor,time,value", *rows]),
            headers={"Authorization": f"Bearer {rig.token}", "Content-Type": "text/csv"},
            timeout=60,
        )
        assert answer.json()["accepted"] == part.size, answer.text
