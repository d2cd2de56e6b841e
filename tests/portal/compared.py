"""Runs that were captured one after the other in what a rig has sent, for pages that compare them."""

from barograph.times import SECOND_US, format_us, now_us
from tests.portal.rig import PAST_S, PortalRig

LENGTH_US = 40 * SECOND_US


def capture_runs(rig: PortalRig, count: int) -> list[str]:
    """So many, each of a stretch of its own, with parameters of which some differ."""
    first_us = now_us() - PAST_S * SECOND_US
    step_us = min(LENGTH_US, PAST_S * SECOND_US // (count + 1))
    return [_capture(rig, place, first_us + place * step_us) for place in range(count)]


def _capture(rig: PortalRig, place: int, start_us: int) -> str:
    owner = rig.people["owner"]
    body = {"name": f"Opening {place + 1}", "params": {"supply_bar": 40 + place, "nozzle": "A7"}}
    run = owner.made(f"/experiments/{rig.experiment_id}/runs", body)["id"]
    for sensor in rig.sensor_ids:
        assert owner.send("PUT", f"/runs/{run}/sensors/{sensor}").status_code == 200
    assert owner.patch(f"/runs/{run}", {"status": "running"}).status_code == 200
    session = owner.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    owner.made(f"/capture-sessions/{session}:stop", {})
    bounds = {"started_at": format_us(start_us), "stopped_at": format_us(start_us + LENGTH_US)}
    assert owner.patch(f"/capture-sessions/{session}", bounds).status_code == 200
    assert owner.patch(f"/runs/{run}", {"status": "finished"}).status_code == 200
    return run
