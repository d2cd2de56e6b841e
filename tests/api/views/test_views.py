"""Views that people keep: whose they are, who sees them, who changes them."""

import pytest

from tests.api.conftest import People
from tests.api.server import Person

SPEC = {"version": 1, "sensors": ["inlet"], "live": "60s"}


def keep(person: Person, project: str, name: str, *, shared: bool = False) -> str:
    return person.made(f"/projects/{project}/views", {"name": name, "shared": shared, "spec": SPEC})["id"]


def names(person: Person, project: str) -> list[str]:
    return [each["name"] for each in person.read(f"/projects/{project}/views")["items"]]


def test_a_view_shows_what_it_was_made_with(owner: Person, project: str) -> None:
    made = owner.read(f"/views/{keep(owner, project, 'Inlet')}")
    assert (made["name"], made["shared"], made["spec"]) == ("Inlet", False, SPEC)
    assert made["created_by"] == owner.read("/auth/me")["id"]


def test_ones_own_views_are_nobody_elses(people: People, project: str) -> None:
    view = keep(people.viewer, project, "Mine")
    assert names(people.viewer, project) == ["Mine"]
    for person in (people.owner, people.editor, people.admin):
        assert names(person, project) == []
        assert person.get(f"/views/{view}").status_code == 404
        assert person.patch(f"/views/{view}", {"name": "Theirs"}).status_code == 404
        assert person.delete(f"/views/{view}").status_code == 404
    assert people.viewer.patch(f"/views/{view}", {"name": "Mine too"}).json()["name"] == "Mine too"
    assert people.viewer.delete(f"/views/{view}").status_code == 204


def test_sharing_takes_an_editor(people: People, project: str) -> None:
    body = {"name": "All", "shared": True, "spec": SPEC}
    assert people.viewer.post(f"/projects/{project}/views", body).status_code == 403
    own = keep(people.viewer, project, "All")
    assert people.viewer.patch(f"/views/{own}", {"shared": True}).status_code == 403
    keep(people.editor, project, "All", shared=True)
    assert names(people.viewer, project) == ["All", "All"]


def test_a_shared_view_is_changed_by_who_keeps_it_and_by_owners(people: People, project: str) -> None:
    view = keep(people.editor, project, "Wall", shared=True)
    assert people.viewer.patch(f"/views/{view}", {"name": "x"}).status_code == 403
    assert people.viewer.delete(f"/views/{view}").status_code == 403
    assert people.editor.patch(f"/views/{view}", {"spec": {"live": "5s"}}).json()["spec"]["live"] == "5s"
    assert people.owner.patch(f"/views/{view}", {"name": "Wall 1"}).status_code == 200
    assert people.owner.delete(f"/views/{view}").status_code == 204


def test_a_name_is_ones_own_once(people: People, project: str) -> None:
    keep(people.owner, project, "Wall")
    answer = people.owner.post(f"/projects/{project}/views", {"name": "WALL", "spec": {}})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "you have a view with this name in the project",
    )
    keep(people.editor, project, "Wall")


def test_the_trail_shows_views_to_owners_only(people: People, project: str) -> None:
    keep(people.viewer, project, "Secret")
    (entry,) = people.editor.read(f"/projects/{project}/audit", action="view.create")["items"]
    assert entry["after"] is None


@pytest.mark.parametrize("spec", [[], "x", None, {"a": "\0"}])
def test_what_is_no_view_is_refused(owner: Person, project: str, spec: object) -> None:
    answer = owner.post(f"/projects/{project}/views", {"name": "x", "spec": spec})
    assert answer.status_code == 422
