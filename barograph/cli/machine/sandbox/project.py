"""What the rigs of a sandbox send to: a project with sensors that have profiles, and a run that records."""

from dataclasses import dataclass
from typing import Any

from barograph.cli.api_client import ApiClient
from barograph.cli.machine.sandbox.shape import SandboxShape

GAIN = {"slope": 25.0, "offset": -12.5}


@dataclass(frozen=True)
class SandboxProject:
    """Public ids, and the token that rigs send with."""

    id: str
    experiment: str
    run: str
    sensors: tuple[str, ...]
    ingest_token: str


def make_project(api: ApiClient, shape: SandboxShape) -> SandboxProject:
    """Makes it, and starts its run."""
    project = api.post("/api/v1/projects", {"name": "Sandbox"})["id"]
    keys = [shape.key(rig, sensor) for rig in range(shape.rigs) for sensor in range(shape.sensors)]
    sensors = tuple(_make_sensor(api, project, key) for key in keys)
    experiment = api.post(f"/api/v1/projects/{project}/experiments", {"name": "Load", "status": "running"})[
        "id"
    ]
    run = _start_run(api, experiment, sensors)
    token = api.post(f"/api/v1/projects/{project}/ingest-tokens", {"name": "rigs"})["token"]
    return SandboxProject(project, experiment, run, sensors, token)


def _make_sensor(api: ApiClient, project: str, key: str) -> str:
    body = {"key": key, "input_unit": "V", "output_unit": "bar"}
    sensor: dict[str, Any] = api.post(f"/api/v1/projects/{project}/sensors", body)
    path = f"/api/v1/sensors/{sensor['id']}/conversion-profiles"
    profile = api.post(path, {"kind": "linear", "payload": GAIN})
    api.post(f"/api/v1/conversion-profiles/{profile['id']}:activate")
    return sensor["id"]


def _start_run(api: ApiClient, experiment: str, sensors: tuple[str, ...]) -> str:
    run: str = api.post(f"/api/v1/experiments/{experiment}/runs", {"name": "Load", "status": "running"})["id"]
    for sensor in sensors:
        api.put(f"/api/v1/runs/{run}/sensors/{sensor}")
    api.post(f"/api/v1/runs/{run}/capture-sessions", {"start": True})
    return run
