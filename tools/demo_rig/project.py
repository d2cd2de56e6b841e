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
    project = find_project(api) or api.post("/api/v1/projects", {"name": PROJECT})
    for instrument in instruments:
        sensor = _find_sensor(api, project, instrument) or _create_sensor(api, project, instrument)
        _calibrate(api, sensor, instrument)
    return _fresh_token(api, project)


def find_project(api: DemoApi) -> dict[str, Any] | None:
    """The demo's project, if it is there."""
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
    """Give the sensor its first conversion profile, valid from the beginning of time.

    One that is wrong waits for people to put it right: the right one is saved beside it.
    """
    path = f"/api/v1/sensors/{sensor['id']}/conversion-profiles"
    known = list(api.items(path))
    first, *others = profiles_of(instrument)
    if not known:
        profile = api.post(path, first)
        api.post(f"/api/v1/conversion-profiles/{profile['id']}:activate", {})
    # A start that was cut short may have saved the first alone.
    if len(known) < 2:
        for other in others:
            api.post(path, other)


def profiles_of(instrument: Instrument) -> list[dict[str, Any]]:
    """Its calibrations: what is believed first, and then what is right."""
    note = f"{instrument.sensitivity} counts per {instrument.unit}: {instrument.source}"
    right = _profile(instrument.sensitivity, instrument.unit, note)
    believed = instrument.believed_sensitivity
    if believed is None:
        return [right]
    note = f"WRONG on purpose: {believed} counts per {instrument.unit}, with two digits changed over"
    return [_profile(believed, instrument.unit, note), right]


def _profile(sensitivity: float, unit: str, note: str) -> dict[str, Any]:
    """Counts divided by the sensitivity."""
    payload = {"slope": 1 / sensitivity, "offset": 0, "input_unit": "count", "output_unit": unit}
    return {"kind": "linear", "payload": payload, "note": note}


def _fresh_token(api: DemoApi, project: dict[str, Any]) -> str:
    """A token is shown once, so a later start replaces the one before."""
    path = f"/api/v1/projects/{project['id']}/ingest-tokens"
    for old in api.items(path):
        if old["name"] == PRODUCER and old["revoked_at"] is None and old["expires_at"] is None:
            return api.post(f"/api/v1/ingest-tokens/{old['id']}:rotate", {})["token"]
    return api.post(path, {"name": PRODUCER, "producers": [PRODUCER]})["token"]
