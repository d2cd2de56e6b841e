"""Events as a stream: each once, whoever commits in which order, and after any cut."""

import json
import re
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from api.events.feed import PAGE
from barograph.database.positions import Moment, Position
from barograph.events.cursor import OVERLAP_US, EventCursor
from tests.api.conftest import People, ProjectMaker
from tests.api.server import PREFIX, Person, Server

INSERT = (
    "insert into event (project_id, kind, payload)"
    " select id, %s, %s from project where public_id = %s returning public_id::text"
)
numbers = st.integers(0, 2**63 - 1)
positions = st.builds(Position, numbers, numbers, numbers, st.lists(numbers, max_size=3).map(tuple))
places = (st.integers(0, 10**17), positions | st.none(), positions | st.none())
counted = st.builds(EventCursor, *places, st.integers(0, 10**8))
numbered = st.builds(EventCursor, *places, told=st.integers(0, 10**17))
cursors = counted | numbered


@given(cursors)
def test_a_place_is_what_it_is_written_as(cursor: EventCursor) -> None:
    assert EventCursor.parse(str(cursor)) == cursor


@given(cursors, positions)
def test_what_another_server_saw_is_told_again(cursor: EventCursor, here: Position) -> None:
    begun = cursor.begun(Moment(here, 10**16, 0))
    named = [each for each in (cursor.since, cursor.until) if each is not None]
    if all(each.server_us == here.server_us and each.next <= here.next for each in named):
        assert (begun.since, begun.count, begun.told) == (cursor.since, cursor.count, cursor.told)
        assert begun.until == (cursor.until or here)
    else:
        assert begun == EventCursor(max(0, cursor.time_us - OVERLAP_US), None, here)


@dataclass
class Told:
    """What a stream has said."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    place: str = ""
    ending: str = ""


@contextmanager
def following(person: Person, project: str, **asked: object) -> Generator[Iterator[str]]:
    params: dict[str, Any] = {"project": project, **asked}
    with person.client.stream("GET", f"{PREFIX}/events", params=params) as answer:
        assert answer.status_code == 200, answer.read()
        yield answer.iter_lines()


def read(lines: Iterator[str], told: Told, enough: int) -> None:
    """Until there are so many messages, or the stream ends."""
    place, is_end = "", False
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            place = value
        elif line == "event: end":
            is_end = True
        elif name == "data" and is_end:
            told.ending = json.loads(value)["code"]
        elif name == "data":
            told.messages.append(json.loads(value))
        elif line == "" and place:
            told.place = place
            if len(told.messages) >= enough:
                return


def write(server: Server, project: str, kind: str, count: int = 1) -> list[str]:
    with psycopg.connect(server.database_url) as connection:
        return [
            connection.execute(INSERT, (kind, Jsonb({"n": number}), project)).fetchall()[0][0]
            for number in range(count)
        ]


def test_a_stream_tells_what_happens_from_now_on(server: Server, owner: Person, project: str) -> None:
    write(server, project, "before")
    told = Told()
    with following(owner, project) as lines:
        read(lines, told, 0)
        (made,) = write(server, project, "run.started")
        read(lines, told, 1)
    assert [(each["id"], each["type"], each["data"]) for each in told.messages] == [
        (made, "run.started", {"n": 0})
    ]


def test_it_begins_where_it_is_asked_to_and_in_pages(server: Server, owner: Person, project: str) -> None:
    made = write(server, project, "many", PAGE + 7)
    told = Told()
    with following(owner, project, **{"from": "-1h"}) as lines:
        read(lines, told, len(made))
    assert [each["id"] for each in told.messages] == made


def test_types_are_chosen(server: Server, owner: Person, project: str) -> None:
    write(server, project, "run.started")
    (wanted,) = write(server, project, "run.failed")
    told = Told()
    with following(owner, project, type="run.failed", **{"from": "-1h"}) as lines:
        read(lines, told, 1)
    assert [each["id"] for each in told.messages] == [wanted]


def test_a_type_that_there_is_not_is_refused(owner: Person, project: str) -> None:
    answer = owner.get("/events", {"project": project, "type": ["run.failed", "run.fialed"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/type/1")


def test_each_comes_once_whoever_commits_late_and_after_any_cut(
    server: Server, owner: Person, make_project: ProjectMaker
) -> None:
    project, seed = make_project(), int(time.time())
    committed: list[str] = []
    is_over = threading.Event()

    def keep_writing(number: int) -> None:
        chance = np.random.default_rng(seed + number)
        with psycopg.connect(server.database_url) as connection:
            for _ in range(12):
                made = [
                    connection.execute(INSERT, ("w", Jsonb({}), project)).fetchall()[0][0]
                    for _ in range(int(chance.integers(1, 5)))
                ]
                time.sleep(chance.random() * 0.15)
                if chance.random() < 0.15:
                    connection.rollback()
                else:
                    connection.commit()
                    committed.extend(made)

    def finish() -> None:
        for writer in writers:
            writer.join()
        is_over.set()

    writers = [threading.Thread(target=keep_writing, args=(number,)) for number in range(5)]
    told, chance = Told(), np.random.default_rng(seed)
    with following(owner, project) as lines:
        read(lines, told, 0)
    for each in (*writers, threading.Thread(target=finish)):
        each.start()
    end_s = time.monotonic() + 60
    while not (is_over.is_set() and len(told.messages) >= len(committed)):
        assert time.monotonic() < end_s, (seed, len(told.messages), len(committed))
        # Cut in the middle of a page too: what was read of it is not told again.
        with following(owner, project, since=told.place) as lines:
            read(lines, told, len(told.messages) + (1 if is_over.is_set() else int(chance.integers(1, 40))))
    heard = [each["id"] for each in told.messages]
    assert len(heard) == len(set(heard)), seed
    assert set(heard) == set(committed), seed


def test_a_place_of_another_server_tells_the_last_minutes_again(
    server: Server, owner: Person, project: str
) -> None:
    (made,) = write(server, project, "kept")
    now_us = time.time_ns() // 1000
    place = EventCursor(now_us, Position(1, 5, 9, (5,)), Position(1, 9, 9, ()), 3)
    told = Told()
    with following(owner, project, since=str(place)) as lines:
        read(lines, told, 1)
    assert [each["id"] for each in told.messages] == [made]


def test_it_ends_with_the_membership(
    server: Server, people: People, newcomer: Person, make_project: ProjectMaker
) -> None:
    project = make_project()
    server.add_member(project, newcomer.email, "viewer")
    told = Told()
    with following(newcomer, project) as lines:
        read(lines, told, 0)
        (member,) = [
            each["id"]
            for each in people.owner.read(f"/projects/{project}/members")["items"]
            if each["email"] == newcomer.email
        ]
        assert people.owner.delete(f"/projects/{project}/members/{member}").status_code == 204
        read(lines, told, 1)
    assert told.ending == "forbidden"


@pytest.mark.parametrize("since", ["1", "x.y.z.a", "1.0.abc-def.", "1.0.5:1:2:.q"])
def test_what_is_no_place_is_refused(owner: Person, project: str, since: str) -> None:
    answer: httpx.Response = owner.get("/events", {"project": project, "since": since})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/since")


def test_whoever_comes_back_too_late_is_told_that_events_are_gone(
    server: Server, owner: Person, make_project: ProjectMaker
) -> None:
    project, other = make_project(), make_project()
    places: dict[str, str] = {}
    for each in (project, other):
        told = Told()
        write(server, each, "run.started")
        with following(owner, each, **{"from": "-1h"}) as lines:
            read(lines, told, 1)
        places[each] = told.place
    write(server, project, "run.finished")
    prune(server, project)
    assert "event: gone" in first_lines(server, owner, project, since=places[project])
    assert "event: gone" in first_lines(server, owner, project, **{"from": "-1h"})
    assert "event: gone" not in first_lines(server, owner, project)
    assert "event: gone" not in first_lines(server, owner, other, since=places[other])


@pytest.mark.parametrize("is_counted", [False, True], ids=["by a number", "by a count of an earlier release"])
def test_nothing_is_skipped_where_events_that_were_told_have_gone(
    server: Server, owner: Person, project: str, is_counted: bool
) -> None:
    made, told = write(server, project, "run.started", 6), Told()
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update event set created_at = now() - interval '100 days'")
    with following(owner, project, **{"from": "-200d"}) as lines:
        read(lines, told, 3)
    assert [each["id"] for each in told.messages] == made[:3]
    place = re.sub(r"\.n\d+\.", ".3.", told.place) if is_counted else told.place
    assert ("." + place.split(".")[1])[:2] == (".3" if is_counted else ".n")
    prune(server, project, made[:3])
    rest = Told()
    with following(owner, project, since=place) as lines:
        assert "event: gone" in [next(lines) for _ in range(5)]
        read(lines, rest, 3)
    assert [each["id"] for each in rest.messages] == made[3:]


def test_whoever_reads_while_events_go_is_told_so(server: Server, owner: Person, project: str) -> None:
    made, told = write(server, project, "run.started", PAGE + 5), Told()
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update event set created_at = now() - interval '100 days'")
    with following(owner, project, **{"from": "-200d"}) as lines:
        read(lines, told, PAGE)
        place = told.place
    prune(server, project, made[:-3])
    rest = Told()
    with following(owner, project, since=place) as lines:
        read(lines, rest, 4)
    assert list(rest.messages[0]) == ["until"]
    assert [each["id"] for each in rest.messages[1:]] == made[-3:]


def prune(server: Server, project: str, ids: list[str] | None = None) -> None:
    """Some events go, or all, as by age."""
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "with gone as (delete from event where project_id ="
            " (select id from project where public_id = %s) and (%s::uuid[] is null or public_id = any(%s))"
            " returning project_id, xid, created_at)"
            " insert into event_pruned select project_id, max(xid), max(created_at) from gone group by 1",
            (project, ids, ids),
        )


def first_lines(server: Server, person: Person, project: str, **asked: object) -> list[str]:
    """What a stream says before an event that happens now."""
    taken: list[str] = []
    with following(person, project, **asked) as lines:
        taken.append(next(lines))
        (made,) = write(server, project, "run.archived")
        for line in lines:
            taken.append(line)
            if made in line:
                break
    return taken
