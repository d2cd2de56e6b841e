"""A cursor continues the list that gave it, asked as it was, and no other."""

import base64
import json

import httpx
import pytest

from barograph.times import format_us, now_us
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, store


def said(answer: httpx.Response) -> tuple[int, str]:
    """Its status, and where the fault is."""
    body = answer.json()
    return answer.status_code, body["errors"][0]["pointer"] if "errors" in body else ""


REFUSED = (422, "/query/cursor")


@pytest.fixture
def experiments(owner: Person, project: str) -> str:
    """The path of a list of several."""
    path = f"/projects/{project}/experiments"
    for number in range(4):
        owner.made(path, {"name": f"e{number}", "tags": ["a", "b"]})
    return path


def test_a_cursor_is_refused_by_any_other_list_and_says_why(
    owner: Person, project: str, experiments: str, sensor: str
) -> None:
    cursor = owner.read(experiments, limit=1)["next_cursor"]
    others = ("runs", "sensors", "annotations", "audit", "events", "views", "backfills", "capture-sessions")
    for other in others:
        assert said(owner.get(f"/projects/{project}/{other}", {"cursor": cursor})) == REFUSED, other
    # Empty ones, too.
    assert said(owner.get(f"/sensors/{sensor}/readings", {"cursor": cursor})) == REFUSED
    assert said(owner.get("/projects", {"cursor": cursor})) == REFUSED
    answer = owner.get(f"/projects/{project}/audit", {"cursor": cursor}).json()
    assert "another list" in answer["detail"]


@pytest.mark.parametrize("other", [{}, {"tag": "a"}, {"tag": ["a", "b", "c"]}, {"tag": ["a", "b"], "q": "e"}])
def test_a_cursor_is_refused_under_other_filters(
    owner: Person, experiments: str, other: dict[str, Parameter]
) -> None:
    cursor = owner.read(experiments, limit=1, tag=["a", "b"])["next_cursor"]
    assert owner.get(experiments, {"limit": "2", "tag": ["b", "a"], "cursor": cursor}).status_code == 200
    assert said(owner.get(experiments, {**other, "cursor": cursor})) == REFUSED


def test_a_cursor_of_a_release_before_goes_on(owner: Person, experiments: str) -> None:
    first = owner.read(experiments, limit=1)
    _, _, unmarked = first["next_cursor"].rpartition(".")
    rest = owner.read(experiments, cursor=unmarked)
    assert [item["name"] for item in first["items"] + rest["items"]] == ["e3", "e2", "e1", "e0"]
    assert json.loads(base64.urlsafe_b64decode(unmarked + "=" * (-len(unmarked) % 4)))[0] == "-created_at"


def test_pages_of_readings_belong_to_their_question(server: Server, owner: Person, sensor: str) -> None:
    path, start_us = f"/sensors/{sensor}/readings", now_us() - 3600 * 10**6
    store(server.database_url, sensor, [Stored(start_us + n, float(n)) for n in range(5)])
    cursor = owner.read(path, limit=2)["next_cursor"]
    rest = owner.read(path, limit=3, include="labels", cursor=cursor)
    assert [item["raw"] for item in rest["items"]] == [2.0, 3.0, 4.0]
    for other in ({"order": "desc"}, {"from": format_us(start_us)}, {"as_of": "-1m"}):
        assert said(owner.get(path, {**other, "cursor": cursor})) == REFUSED
    unmarked = cursor.rpartition(".")[2]
    assert owner.read(path, limit=1, cursor=unmarked)["items"][0]["raw"] == 2.0


def test_a_replay_goes_on_with_the_letters_it_began_with(owner: Person, project: str) -> None:
    path = f"/projects/{project}/rejected-readings:replay"
    body = {"code": "unknown-sensor", "from": "-1d"}
    assert owner.send("POST", path, body).status_code == 200
    refused = owner.send("POST", path, {**body, "cursor": "AAAAAAAA.WzBd"})
    assert said(refused) == (422, "/cursor")
