"""Comparisons that are kept: the question by its name, and its answer from what is stored now."""

import pytest

from tests.api.comparisons.captured import START_US, capture, keep, wave
from tests.api.conftest import People
from tests.api.lab import Lab
from tests.api.server import Person


@pytest.fixture
def runs(lab: Lab) -> list[str]:
    sensor = lab.sensor("p1")
    keep(lab, sensor, wave(START_US, [1, 2, 3]))
    return [capture(lab, [sensor], (START_US, START_US + 10_000)).id for _ in range(2)]


def save(person: Person, lab: Lab, runs: list[str], name: str = "Both") -> str:
    question = {"runs": runs, "sensors": ["p1"], "align": {"sensor": "p1", "crosses": 2}}
    made = person.made(f"/projects/{lab.project}/comparisons", {"name": name, "question": question})
    assert (made["name"], made["question"]) == (name, question | {"align": made["question"]["align"]})
    return made["id"]


def test_a_kept_comparison_answers_with_what_is_stored_now(people: People, lab: Lab, runs: list[str]) -> None:
    kept = save(people.editor, lab, runs)
    first = people.viewer.read(f"/comparisons/{kept}/answer")
    assert [each["count"] for each in first["summary"]] == [3, 3]
    (sensor,) = people.owner.read(f"/projects/{lab.project}/sensors")["items"]
    keep(lab, sensor["id"], wave(START_US + 3000, [4, 5]))
    later = people.viewer.read(f"/comparisons/{kept}/answer", columns=50, from_us=0, to_us=2500)
    assert [each["count"] for each in later["summary"]] == [3, 3]
    assert [each["max"] for each in later["summary"]] == [4, 4]
    answer = people.viewer.get(f"/comparisons/{kept}/answer", {"from_us": 5, "to_us": 5})
    assert answer.status_code == 422


def test_it_is_listed_changed_and_deleted(people: People, lab: Lab, runs: list[str]) -> None:
    kept = save(people.editor, lab, runs)
    taken = {"name": "BOTH", "question": {"runs": runs, "sensors": ["p1"]}}
    refused = people.editor.post(f"/projects/{lab.project}/comparisons", taken)
    assert refused.json()["detail"] == "the project has a comparison with this name"
    changed = people.editor.patch(f"/comparisons/{kept}", {"question": {"align": None, "stat": "max"}}).json()
    assert changed["question"] == {"runs": runs, "sensors": ["p1"], "stat": "max"}
    assert people.editor.patch(f"/comparisons/{kept}", {"question": {"runs": None}}).status_code == 422
    (listed,) = people.viewer.read(f"/projects/{lab.project}/comparisons")["items"]
    assert listed == people.viewer.read(f"/comparisons/{kept}")
    assert listed["created_by_name"] is not None
    assert people.editor.delete(f"/comparisons/{kept}", {"If-Match": '"1"'}).status_code == 412
    assert people.editor.delete(f"/comparisons/{kept}").status_code == 204
    assert people.viewer.read(f"/projects/{lab.project}/comparisons")["items"] == []


def test_what_it_compares_must_be_seen_by_who_asks(people: People, newcomer: Person, runs: list[str]) -> None:
    """A comparison of one project may name runs of another."""
    theirs = newcomer.made("/projects", {"name": "theirs"})["id"]
    question = {"runs": runs, "sensors": ["p1"]}
    kept = newcomer.made(f"/projects/{theirs}/comparisons", {"name": "x", "question": question})["id"]
    assert newcomer.get(f"/comparisons/{kept}/answer").status_code == 404
    assert people.owner.get(f"/comparisons/{kept}/answer").status_code == 404
