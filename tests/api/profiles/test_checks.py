"""Units and channels: what a profile is refused for, beyond what its kind says."""

from typing import Any

import httpx
import pytest

from barograph.catalog.dependencies import MAX_LEVEL
from tests.api.conftest import ProjectMaker
from tests.api.server import Person


def made_sensor(owner: Person, project: str, key: str, **fields: str) -> str:
    return owner.made(f"/projects/{project}/sensors", {"key": key, **fields})["id"]


def saved(owner: Person, sensor: str, kind: str, **payload: object) -> httpx.Response:
    return owner.post(f"/sensors/{sensor}/conversion-profiles", {"kind": kind, "payload": payload})


def activated(owner: Person, sensor: str, kind: str, **payload: object) -> httpx.Response:
    answer = saved(owner, sensor, kind, **payload)
    assert answer.status_code == 201, answer.text
    return owner.post(f"/conversion-profiles/{answer.json()['id']}:activate")


def needing(*channels: str) -> dict[str, Any]:
    """An expression over other sensors."""
    names = {f"c{i}": channel for i, channel in enumerate(channels)}
    return {"expression": "raw + " + " + ".join(names), "inputs": names}


def faults(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


def test_a_unit_that_nobody_knows_is_a_label_that_equals_itself(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "s", input_unit="volts per hour?")
    line = {"slope": 1, "offset": 0}
    stage = {"kind": "linear", "payload": {**line, "output_unit": "furlong/fortnite"}}
    assert saved(owner, sensor, "linear", **line, input_unit="volts per hour?").status_code == 201
    assert saved(owner, sensor, "chain", stages=[stage]).status_code == 201
    answer = saved(owner, sensor, "linear", **line, input_unit="volts per hoor")
    assert faults(answer) == {
        "/payload/input_unit": "'volts per hoor' is not the sensor's 'volts per hour?': "
        "'volts per hoor' and 'volts per hour?': not known as a unit, so equal only to the same text"
    }


def test_a_unit_with_several_meanings_is_named_with_them(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "p", output_unit="bar")
    answer = saved(owner, sensor, "linear", slope=1, offset=0, output_unit="MPA")
    assert faults(answer) == {
        "/payload/output_unit": "'MPA' is not the sensor's 'bar': 'MPA' may mean mPa or MPa"
    }


def test_a_declared_unit_must_be_the_sensors(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "p", input_unit="V", output_unit="hPa")
    line = {"slope": 1, "offset": 0}
    assert saved(owner, sensor, "linear", **line).status_code == 201
    assert saved(owner, sensor, "linear", **line, input_unit="V", output_unit="mbar").status_code == 201
    answer = saved(owner, sensor, "linear", **line, input_unit="mV", output_unit="Pa")
    assert faults(answer) == {
        "/payload/input_unit": "'mV' is not the sensor's 'V'",
        "/payload/output_unit": "'Pa' is not the sensor's 'hPa'",
    }


def test_a_kinds_own_unit_counts_too(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "t", output_unit="K")
    answer = saved(owner, sensor, "rtd", r0=100, standard="iec60751")
    assert faults(answer) == {"/payload/output_unit": "'degC' is not the sensor's 'K'"}


def test_units_are_checked_again_when_a_profile_is_activated(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "v")
    profile = saved(owner, sensor, "linear", slope=1, offset=0, output_unit="V").json()["id"]
    assert owner.patch(f"/sensors/{sensor}", {"output_unit": "A"}).status_code == 200
    answer = owner.post(f"/conversion-profiles/{profile}:activate")
    assert faults(answer) == {"/payload/output_unit": "'V' is not the sensor's 'A'"}


def test_an_input_of_an_expression_may_be_called_as_a_unit_is(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "a")
    made_sensor(owner, project, "rig 7/b?")
    body = {"expression": "raw + unit", "inputs": {"unit": "rig 7/b?"}}
    assert activated(owner, sensor, "expression", **body).status_code == 200


def test_a_channel_must_be_a_sensor_of_the_project(owner: Person, project: str) -> None:
    furnace = made_sensor(owner, project, "furnace")
    cold = made_sensor(owner, project, "cold")
    junction = {"type": "K", "input": "mV", "cold_junction": {"channel": "frozen"}}
    answer = activated(owner, furnace, "thermocouple", **junction)
    assert faults(answer) == {"/payload/cold_junction/channel": "the project has no sensor 'frozen'"}
    for channel in ("cold", cold):
        junction["cold_junction"] = {"channel": channel}
        assert activated(owner, furnace, "thermocouple", **junction).status_code == 200


def test_another_projects_sensor_does_not_count(
    owner: Person,
    project: str,
    make_project: ProjectMaker,
) -> None:
    other = made_sensor(owner, make_project(), "elsewhere")
    sensor = made_sensor(owner, project, "here")
    assert "no sensor" in str(faults(activated(owner, sensor, "expression", **needing(other))))


def test_a_sensor_can_not_need_itself(owner: Person, project: str) -> None:
    sensor = made_sensor(owner, project, "a")
    for channel in ("a", sensor):
        answer = activated(owner, sensor, "expression", **needing(channel))
        assert faults(answer) == {"/payload/inputs/c0": "a would need itself"}


def test_a_circle_of_sensors_is_refused_and_named(owner: Person, project: str) -> None:
    a, b, c = (made_sensor(owner, project, key) for key in "abc")
    assert activated(owner, b, "expression", **needing("a")).status_code == 200
    assert activated(owner, c, "expression", **needing("b")).status_code == 200
    answer = activated(owner, a, "expression", **needing("c", "b"))
    assert faults(answer) == {
        "/payload/inputs/c0": "would close a circle: b needs a, c needs b, a needs c",
        "/payload/inputs/c1": "would close a circle: b needs a, a needs b",
    }
    assert activated(owner, c, "expression", **needing("a")).status_code == 200


def test_a_chain_of_sensors_has_a_greatest_length(owner: Person, project: str) -> None:
    sensors = [made_sensor(owner, project, f"s{i}") for i in range(MAX_LEVEL + 3)]
    for place in range(1, MAX_LEVEL + 1):
        answer = activated(owner, sensors[place], "expression", **needing(f"s{place - 1}"))
        assert answer.status_code == 200, answer.text
    too_long = {"/payload/inputs/c0": "would make a chain of more than 9 sensors, each needed by the next"}
    at_its_end = activated(owner, sensors[MAX_LEVEL + 1], "expression", **needing(f"s{MAX_LEVEL}"))
    assert faults(at_its_end) == too_long
    before_it = activated(owner, sensors[0], "expression", **needing(f"s{MAX_LEVEL + 2}"))
    assert faults(before_it) == too_long


@pytest.mark.parametrize(
    ("aux", "physical", "flags"),
    [
        ({"cold": [0, 100, None]}, [100.0, 198.94, None], [0, 0, 64]),
        ({}, [None] * 3, [64] * 3),
    ],
)
def test_evaluation_takes_other_channels(
    owner: Person, aux: dict[str, list[float | None]], physical: list[float | None], flags: list[int]
) -> None:
    payload = {"type": "K", "input": "mV", "cold_junction": {"channel": "cold"}}
    body = {"kind": "thermocouple", "payload": payload, "raw": [4.0962, 4.0, 1], "aux": aux}
    answer = owner.made("/conversion-profiles:evaluate", body)
    # NIST, type K: 4.0962 mV at 100 °C, 8.0962 mV between 198 (8.059) and 199 °C (8.099).
    assert answer["physical"] == [None if p is None else pytest.approx(p, abs=0.1) for p in physical]
    assert answer["flags"] == flags


def test_evaluation_refuses_channels_that_do_not_fit(owner: Person) -> None:
    body = {
        "kind": "expression",
        "payload": needing("cold"),
        "raw": [1, 2],
        "aux": {"cold": [1], "hot": [1, 2]},
    }
    assert faults(owner.post("/conversion-profiles:evaluate", body)) == {
        "/aux/cold": "holds 1 values, raw 2",
        "/aux/hot": "the profile names no such channel",
    }
