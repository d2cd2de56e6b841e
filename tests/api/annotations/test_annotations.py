"""Annotations: what is noted about times, and how it is found again."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import People
from tests.api.lab import Lab
from tests.api.server import Parameter, Person, Server


def at(minute: int) -> str:
    return f"2026-03-01T10:{minute:02}:00.000000Z"


def note(person: Person, project: str, text: str, **fields: object) -> dict[str, Any]:
    body = {"from": at(0), "text": text} | {name.removesuffix("_"): each for name, each in fields.items()}
    return person.made(f"/projects/{project}/annotations", body)


def texts(person: Person, project: str, **filters: Parameter) -> list[str]:
    asked = {name.removesuffix("_"): each for name, each in filters.items()}
    return [each["text"] for each in person.read(f"/projects/{project}/annotations", **asked)["items"]]


def test_an_annotation_shows_what_it_was_made_with(lab: Lab) -> None:
    sensor = lab.sensor("inlet")
    run = lab.new_run()
    made = note(lab.person, lab.project, "valve", to=at(5), tags=["a"], sensors=["inlet", sensor], run=run)
    assert made["sensors"] == [sensor]
    assert (made["from"], made["to"], made["run"], made["tags"]) == (at(0), at(5), run, ["a"])
    assert lab.person.read(f"/annotations/{made['id']}") == made


def test_it_speaks_of_what_its_project_has(lab: Lab) -> None:
    body = {"from": at(0), "text": "x", "sensors": ["nowhere"], "run": lab.project}
    answer = lab.person.post(f"/projects/{lab.project}/annotations", body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/sensors/0", "/run"]


def test_it_ends_when_it_begins_or_later(lab: Lab) -> None:
    body = {"from": at(5), "to": at(0), "text": "x"}
    assert lab.person.post(f"/projects/{lab.project}/annotations", body).status_code == 422
    made = note(lab.person, lab.project, "moment", to=at(0))
    assert lab.person.patch(f"/annotations/{made['id']}", {"from": at(1)}).status_code == 422


def test_a_change_leaves_what_it_does_not_name(lab: Lab) -> None:
    lab.sensor("outlet")
    made = note(lab.person, lab.project, "old", sensors=["outlet"], to=at(3))
    path = f"/annotations/{made['id']}"
    changed = lab.person.patch(path, {"text": "new", "to": None}).json()
    assert changed["sensors"] == made["sensors"]
    assert (changed["text"], changed["to"], changed["version"]) == ("new", None, 2)
    assert lab.person.patch(path, {"sensors": []}).json()["sensors"] == []
    assert lab.person.delete(path).status_code == 204
    assert lab.person.get(path).status_code == 404


def test_it_stays_with_a_sensor_that_is_gone(lab: Lab) -> None:
    """Or it would speak of all sensors from then on."""
    sensor, other = lab.sensor("gone"), lab.sensor("stays")
    made = note(lab.person, lab.project, "about it", sensors=["gone"])
    assert lab.person.delete(f"/sensors/{sensor}").status_code == 204
    assert lab.person.patch(f"/annotations/{made['id']}", {"text": "about it still"}).json()["sensors"] == []
    note(lab.person, lab.project, "about the other", sensors=[other])
    assert texts(lab.person, lab.project, sensor=other) == ["about the other"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_filters_find_what_they_say(lab: Lab, data: st.DataObject) -> None:
    project = lab.person.made("/projects", {"name": "noted"})["id"]
    minutes = st.integers(0, 59)
    notes = data.draw(
        st.lists(st.tuples(minutes, minutes | st.none(), st.sets(st.sampled_from("ab"))), max_size=6)
    )
    kept: list[tuple[int, int, set[str], str]] = []
    for number, (start, length, tags) in enumerate(notes):
        end = start if length is None else min(59, start + length)
        to = None if length is None else at(end)
        note(lab.person, project, f"n{number}", from_=at(start), to=to, tags=sorted(tags))
        kept.append((start, end, tags, f"n{number}"))
    begin, stop = sorted((data.draw(minutes), data.draw(minutes)))
    tags = data.draw(st.sets(st.sampled_from("ab")))
    expected = [text for start, end, has, text in kept if end >= begin and start < stop and tags <= has]
    found = texts(lab.person, project, from_=at(begin), to=at(stop), tag=sorted(tags))
    assert found == expected[::-1]
    ordered = texts(lab.person, project, sort="from", limit=500)
    assert ordered == [text for *_, text in sorted(kept, key=lambda each: each[0])]


def test_pages_follow_the_order(lab: Lab) -> None:
    project = lab.person.made("/projects", {"name": "pages"})["id"]
    for minute in (5, 1, 3, 3, 2):
        note(lab.person, project, f"at {minute}", from_=at(minute))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = lab.person.read(f"/projects/{project}/annotations", sort="-from", limit=2, **cursor)
        seen += [each["text"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["at 5", "at 3", "at 3", "at 2", "at 1"]


def test_it_is_told_and_recorded(server: Server, lab: Lab) -> None:
    made = note(lab.person, lab.project, "told", tags=["x"])
    (event,) = lab.person.read(f"/projects/{lab.project}/events", type="annotation.created")["items"]
    assert event["data"] == {
        "annotation_id": made["id"],
        "from": at(0),
        "to": None,
        "text": "told",
        "tags": ["x"],
        "sensors": [],
        "run": None,
    }
    (entry,) = lab.person.read(f"/projects/{lab.project}/audit", action="annotation.create")["items"]
    assert entry["after"]["from"] == at(0)
    with psycopg.connect(server.database_url) as connection:
        assert connection.execute(
            "select count(*) from event where public_id = %s", (event["id"],)
        ).fetchone() == (1,)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_viewers_read(people: People, lab: Lab, method: str) -> None:
    made = note(lab.person, lab.project, "theirs")
    assert people.viewer.get(f"/annotations/{made['id']}").status_code == 200
    assert people.viewer.send(method, f"/annotations/{made['id']}", {}).status_code == 403
