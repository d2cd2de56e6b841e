"""Search: what is found, for whom, in which order."""

import pytest

from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person


def found(person: Person, q: str, **filters: str | list[str]) -> list[tuple[str, str]]:
    return [(each["kind"], each["title"]) for each in person.read("/search", q=q, **filters)["items"]]


@pytest.fixture
def project(owner: Person, make_project: ProjectMaker) -> str:
    """One with something of each kind that has the word in its name."""
    project = make_project(name="Quokka rig")
    path = f"/projects/{project}"
    owner.made(f"{path}/sensors", {"key": "quokka.p1", "name": "Pressure"})
    experiment = owner.made(f"{path}/experiments", {"name": "Hot", "description": "of the quokka"})["id"]
    owner.made(f"/experiments/{experiment}/runs", {"name": "A quokka"})
    owner.made(f"{path}/annotations", {"from": "2026-01-01T00:00:00Z", "text": "The QUOKKA jumped"})
    owner.made(f"{path}/views", {"name": "Quokka wall", "spec": {}})
    return project


def test_things_are_found_by_their_names(owner: Person, project: str) -> None:
    assert found(owner, "quokka", project=project) == [
        ("project", "Quokka rig"),
        ("sensor", "quokka.p1"),
        ("view", "Quokka wall"),
        ("experiment", "Hot"),
        ("run", "A quokka"),
        ("annotation", "The QUOKKA jumped"),
    ]
    assert found(owner, "quokka", project=project, kind=["run", "sensor"]) == [
        ("sensor", "quokka.p1"),
        ("run", "A quokka"),
    ]


def test_what_stands_elsewhere_is_not_found(people: People, project: str) -> None:
    assert found(people.outsider, "quokka", project=project) == []
    assert found(people.outsider, "quokka") == []
    kinds = {kind for kind, _ in found(people.viewer, "quokka", project=project)}
    assert kinds == {"project", "sensor", "experiment", "run", "annotation"}, "the view is the owner's own"
    assert ("project", "Quokka rig") in found(people.admin, "quokka", project=project)


@pytest.mark.parametrize("q", ["%", "_", "\\", "q%a", "q_okka"])
def test_signs_stand_for_themselves(owner: Person, project: str, q: str) -> None:
    assert found(owner, q, project=project) == []


def test_twenty_at_most(owner: Person, make_project: ProjectMaker) -> None:
    project = make_project()
    sensors = [{"key": f"wombat.{number}"} for number in range(30)]
    owner.made(f"/projects/{project}/sensors:batch", {"sensors": sensors})
    assert len(found(owner, "wombat", project=project)) == 20
    assert found(owner, "wombat.7", project=project)[0] == ("sensor", "wombat.7")
