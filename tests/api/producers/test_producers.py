"""Producers as the API shows them: how they do, and which of their frames are missing."""

from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
import pytest

from tests.api.server import Person, Server
from tests.api.stored import Letter, produce, refuse

TOKEN = "0190f5fe-7c00-7a00-8000-000000000001"
NEVER: dict[str, Any] = {
    "connected": False,
    "last_seq": 0,
    "epoch": 1,
    "last_commit_at": None,
    "delay_s": None,
    "rate_hz": 0,
    "rejected_24h": 0,
    "sensors": None,
    "token_id": None,
    "agent": None,
    "gaps": [],
}


def execute(server: Server, statement: LiteralString, producer: str, **parameters: object) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(statement, {"producer": producer, **parameters})


def seen(server: Server, producer: str, epoch: int = 1, age: str = "0 s") -> None:
    """Notes that a process holds its connection."""
    execute(
        server,
        "insert into producer_liveness (producer_id, epoch, is_connected, seen_at, rate_hz, delay_s)"
        " select id, %(epoch)s, true, now() - %(age)s::interval, 20, 0.25"
        " from producer where public_id = %(producer)s",
        producer,
        epoch=epoch,
        age=age,
    )


def named(person: Person, project: str, **filters: str) -> list[str]:
    items = person.read(f"/projects/{project}/producers", **filters)["items"]
    return [item["name"] for item in items]


def test_a_producer_that_has_sent_nothing_yet(server: Server, owner: Person, project: str) -> None:
    producer = produce(server, project, "rig-7/daq-1")
    (item,) = owner.read(f"/projects/{project}/producers")["items"]
    assert owner.read(f"/producers/{producer}") == item
    assert (item.pop("id"), item.pop("project_id"), item.pop("name")) == (producer, project, "rig-7/daq-1")
    assert item.pop("bound_at") == item.pop("created_at")
    assert item == NEVER


def test_a_producer_that_streams(server: Server, owner: Person, project: str) -> None:
    producer = produce(server, project, "daq")
    execute(
        server,
        "update producer set token_id = %(token)s, agent = 'daq/2', sensor_count = 3, last_seq = 9,"
        " last_commit_at = '2026-01-31T12:00:00Z' where public_id = %(producer)s",
        producer,
        token=TOKEN,
    )
    seen(server, producer)
    refuse(
        server,
        project,
        Letter("a", producer="daq"),
        Letter("b", producer="daq"),
        Letter("a", producer="other"),
        Letter("a", producer="daq", age="25 h"),
    )
    item = owner.read(f"/producers/{producer}")
    shown = {name: item[name] for name in NEVER}
    assert shown == NEVER | {
        "connected": True,
        "last_seq": 9,
        "last_commit_at": "2026-01-31T12:00:00.000000Z",
        "delay_s": 0.25,
        "rate_hz": 20,
        "rejected_24h": 2,
        "sensors": 3,
        "token_id": TOKEN,
        "agent": "daq/2",
    }
    assert item in owner.read(f"/projects/{project}/producers")["items"]


@pytest.mark.parametrize(("epoch", "age"), [(0, "0 s"), (1, "20 s")], ids=["older bind", "silent process"])
def test_what_an_older_bind_or_a_dead_process_said_does_not_count(
    server: Server, owner: Person, project: str, epoch: int, age: str
) -> None:
    producer = produce(server, project, "daq")
    seen(server, producer, epoch, age)
    item = owner.read(f"/producers/{producer}")
    assert (item["connected"], item["rate_hz"]) == (False, 0)


def test_gaps_are_listed_newest_first(server: Server, owner: Person, project: str) -> None:
    producer = produce(server, project, "daq")
    for first, last, at in ((4, 6, "2026-01-31T12:00Z"), (90, 90, "2026-01-31T13:00Z")):
        execute(
            server,
            "insert into producer_gap"
            " (producer_id, first_seq, last_seq, last_commit_at, resumed_at, token_id)"
            " select id, %(first)s, %(last)s, '2026-01-31T11:00Z', %(at)s::timestamptz, %(token)s"
            " from producer where public_id = %(producer)s",
            producer,
            first=first,
            last=last,
            at=at,
            token=TOKEN,
        )
    gaps = owner.read(f"/producers/{producer}")["gaps"]
    assert [(gap["first_seq"], gap["last_seq"]) for gap in gaps] == [(90, 90), (4, 6)]
    assert gaps[1] == {
        "first_seq": 4,
        "last_seq": 6,
        "last_commit_at": "2026-01-31T11:00:00.000000Z",
        "resumed_at": "2026-01-31T12:00:00.000000Z",
        "token_id": TOKEN,
        "was_refused": False,
    }


def test_the_list_has_pages_and_filters_and_leaves_imports_out(
    server: Server, owner: Person, project: str
) -> None:
    for name in ("a", "b", f"import/{TOKEN}", "c"):
        produced = produce(server, project, name)
        if name == "b":
            seen(server, produced)
        if name.startswith("import/"):
            assert owner.send("GET", f"/producers/{produced}").status_code == 404
    assert named(owner, project) == ["c", "b", "a"]
    assert named(owner, project, connected="true") == ["b"]
    assert named(owner, project, connected="false") == ["c", "a"]
    assert named(owner, project, name="a") == ["a"]
    assert named(owner, project, q="B") == ["b"]
    assert named(owner, project, q="_") == []
    first: dict[str, Any] = owner.read(f"/projects/{project}/producers", limit=2)
    assert [item["name"] for item in first["items"]] == ["c", "b"]
    assert named(owner, project, cursor=first["next_cursor"]) == ["a"]


def test_a_bind_is_told_by_its_time(server: Server, owner: Person, project: str) -> None:
    before = datetime.now(UTC)
    item = owner.read(f"/producers/{produce(server, project, 'daq')}")
    assert before <= datetime.fromisoformat(item["bound_at"]) <= datetime.now(UTC)
