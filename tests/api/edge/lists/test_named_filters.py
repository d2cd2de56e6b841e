"""Filters that name something: where the project has no such thing, an empty list would not be the answer."""

import pytest

from tests.api.conftest import ProjectMaker
from tests.api.lab import Lab

UNKNOWN = "00000000-0000-4000-8000-000000000000"
OF_RUNS = ("sensor", "profile", "created_by")
NAMED = {
    "runs": (*OF_RUNS, "experiment"),
    "runs/facets": (*OF_RUNS, "experiment"),
    "experiments": OF_RUNS,
    "experiments/facets": OF_RUNS,
    "capture-sessions": ("sensor",),
    "alarms": ("sensor",),
    "excursions": ("sensor",),
    "annotations": ("sensor", "run"),
    "audit": ("actor",),
}
CASES = [(path, name) for path, names in NAMED.items() for name in names]
KINDS = {"created_by": "account", "actor": "account", "profile": "conversion profile"}


@pytest.mark.parametrize(("path", "name"), CASES)
def test_what_is_not_there_is_not_found(lab: Lab, path: str, name: str) -> None:
    answer = lab.person.get(f"/projects/{lab.project}/{path}", {name: UNKNOWN})
    said = answer.json()["detail"]
    assert (answer.status_code, said) == (404, f"there is no such {KINDS.get(name, name)} {UNKNOWN}")


@pytest.mark.parametrize("path", [path for path, name in CASES if name == "sensor"])
def test_a_key_is_looked_for_in_the_project(lab: Lab, make_project: ProjectMaker, path: str) -> None:
    sensor = lab.sensor("p1")
    elsewhere = make_project()
    theirs = lab.person.made(f"/projects/{elsewhere}/sensors", {"key": "p2"})["id"]
    for named in ("p2", theirs):
        answer = lab.person.get(f"/projects/{lab.project}/{path}", {"sensor": named})
        assert (answer.status_code, answer.json()["detail"]) == (404, f"there is no such sensor {named}")
    for named in ("p1", sensor, sensor.upper()):
        assert lab.person.get(f"/projects/{lab.project}/{path}", {"sensor": named}).status_code == 200


def test_what_is_there_and_fits_nothing_finds_nothing(lab: Lab) -> None:
    lab.sensor("p1")
    path = f"/projects/{lab.project}"
    assert lab.person.read(f"{path}/runs", sensor="p1", experiment=lab.experiment)["items"] == []
    assert lab.person.read(f"{path}/audit", actor=lab.person.read("/auth/me")["id"])["items"]
