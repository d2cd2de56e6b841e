"""What the demo needs before it may stream: a project, its sensors, their calibrations, a token.

Everything is looked for first, so a second start finds it, and what somebody changed meanwhile stays.
"""

from collections.abc import Iterable
from typing import Any

from tools.demo_rig.api import DemoApi
from tools.demo_rig.recordings import Instrument

PROJECT = "demo"
PRODUCER = "demo/rig"


def prepare_project(api: DemoApi, instruments: Iterable[Instrument]) -> str:
    """Create what is missing and return an ingest token."""
    project = _find_project(api) or api.post("/api/v1/projects", {"name": PROJECT})
    for instrument in instruments:
        sensor = _find_sensor(api, project, instrument) or _create_sensor(api, project, instrument)
        _calibrate(api, sensor, instrument)
    return _fresh_token(api, project)


def _find_project(api: DemoApi) -> dict[str, Any] | None:
    return next((each for each in api.items("/api/v1/projects") if each["name"] == PROJECT), None)


def _find_sensor(api: DemoApi, project: dict[str, Any], instrument: Instrument) -> dict[str, Any] | None:
    found = api.items(f"/api/v1/projects/{project['id']}/sensors", key=instrument.key)
    return next((each for each in found if each["key"] == instrument.key), None)


def _create_sensor(api: DemoApi, project: dict[str, Any], instrument: Instrument) -> dict[str, Any]:
    body = {
        "key": instrument.key,
        "name": instrument.name,
        "kind": instrument.kind,
        "input_unit": "count",
        "output_unit": instrument.unit,
    }
    return api.post(f"/api/v1/projects/{project['id']}/sensors", body)


def _calibrate(api: DemoApi, sensor: dict[str, Any], instrument: Instrument) -> None:
    """Give the sensor its first conversion profile, valid from the beginning of time."""
    path = f"/api/v1/sensors/{sensor['id']}/conversion-profiles"
    if next(api.items(path), None) is not None:
        return
    profile = api.post(path, profile_of(instrument))
    api.post(f"/api/v1/conversion-profiles/{profile['id']}:activate", {})


def profile_of(instrument: Instrument) -> dict[str, Any]:
    """Counts divided by the sensitivity."""
    payload = {
        "slope": 1 / instrument.sensitivity,
        "offset": 0,
        "input_unit": "count",
        "output_unit": instrument.unit,
    }
    note = f"{instrument.sensitivity} counts per {instrument.unit}: {instrument.source}"
    return {"kind": "linear", "payload": payload, "note": note}


def _fresh_token(api: DemoApi, project: dict[str, Any]) -> str:
    """A token is shown once, so a later start replaces the one before."""
    path = f"/api/v1/projects/{project['id']}/ingest-tokens"
    for old in api.items(path):
        if old["name"] == PRODUCER and old["revoked_at"] is None and old["expires_at"] is None:
            return api.post(f"/api/v1/ingest-tokens/{old['id']}:rotate", {})["token"]
    return api.post(path, {"name": PRODUCER, "producers": [PRODUCER]})["token"]
