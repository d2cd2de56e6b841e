"""Live pictures over the WebSocket and as events: what is shown, who may see it, how a stream ends."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from barograph.times import format_time, from_us, now_us
from tests.api.conftest import People
from tests.api.live.conftest import Rig
from tests.api.live.watching import HeldPicture, LiveClient, Row, opened
from tests.api.server import PASSWORD, Headers, Parameter, Person, Server, url_path

SECOND_US = 1_000_000


def test_a_window_begins_with_what_is_there_and_moves(server: Server, people: People, rig: Rig) -> None:
    begin_us = now_us() - 10 * SECOND_US
    rig.store.commit([(0, begin_us, 1.0), (1, begin_us, 5.0)])
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:1], layer="raw")
        assert client.take()[0] == "patch"
        assert held.kind == "samples"
        assert held.rows[0] == [(begin_us, 1.0)]
        rig.store.commit([(0, begin_us + 5, 2.0), (1, begin_us, 6.0)])
        assert client.take()[0] == "patch"
        assert held.rows[0] == [(begin_us, 1.0), (begin_us + 5, 2.0)]


def test_a_watch_names_its_channels_and_their_errors(server: Server, people: People, rig: Rig) -> None:
    stranger = "00000000-0000-0000-0000-000000000000"
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch([stranger, rig.sensors[0], "no such key"], columns=10)
        assert [channel.get("error") for channel in held.channels] == [
            "unknown-sensor",
            None,
            "unknown-sensor",
        ]
        assert held.channels[1]["sensor_id"] == rig.sensors[0]
        nothing = client.watch([stranger], number=2)
        assert nothing.kind is None
        client.take()
        rig.store.commit([(0, now_us(), 1.5)])
        kind, patch = client.take()
        assert (kind, patch["watch"], [piece[0] for piece in patch["patches"]]) == ("patch", 1, [1])


def test_a_stranger_sees_nothing(server: Server, people: People, rig: Rig) -> None:
    with opened(server, people.outsider) as socket:
        held = LiveClient(socket).watch(rig.sensors)
        assert [channel["error"] for channel in held.channels] == ["unknown-sensor"] * 3


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_nobody_gets_no_upgrade(server: Server, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(server.url.replace("http", "ws") + "/api/v1/live/ws", additional_headers=headers)
    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["content-type"] == "application/problem+json"


def test_a_page_of_somebody_else_gets_no_upgrade_by_cookie(server: Server, people: People) -> None:
    with server.client() as browser:
        log_in = {"email": people.viewer.email, "password": PASSWORD}
        logged_in = browser.post("/session", json=log_in, headers={"Origin": server.url})
        assert logged_in.status_code == 200, logged_in.text
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    url = server.url.replace("http", "ws") + "/api/v1/live/ws"
    with pytest.raises(InvalidStatus) as refused:
        connect(url, additional_headers={"Cookie": cookie, "Origin": "https://elsewhere.example"})
    assert refused.value.response.status_code == 403
    with connect(url, additional_headers={"Cookie": cookie, "Origin": server.url}) as socket:
        socket.send(json.dumps({"type": "ready"}))


def test_who_loses_a_role_loses_the_stream(server: Server, people: People, rig: Rig) -> None:
    with opened(server, people.viewer) as socket, psycopg.connect(server.database_url) as connection:
        client = LiveClient(socket)
        client.watch(rig.sensors)
        connection.execute("delete from member where project_id = %s and role = 'viewer'", (rig.project.id,))
        connection.commit()
        assert ending_of(client) == (4403, "forbidden")


def test_raw_ends_where_the_project_shows_viewers_physical_values_only(
    server: Server, people: People, rig: Rig
) -> None:
    with opened(server, people.viewer) as socket, psycopg.connect(server.database_url) as connection:
        client = LiveClient(socket)
        client.watch(rig.sensors, layer="raw")
        connection.execute("update project set raw_access = 'editors' where id = %s", (rig.project.id,))
        connection.commit()
        assert ending_of(client) == (4403, "forbidden")
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors, layer="raw")
        assert [channel["error"] for channel in held.channels] == ["forbidden"] * 3
        assert not any("error" in channel for channel in client.watch(rig.sensors, number=2).channels)
    answer = people.viewer.get("/live", {"sensor": rig.sensors, "layer": "raw"})
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "the project shows viewers physical values only",
    )
    assert people.outsider.get("/live", {"sensor": rig.sensors, "layer": "raw"}).status_code == 404


@pytest.mark.parametrize(
    "ends",
    [
        "update login set revoked_at = now() where account_id = (select id from account where email = %s)",
        "update account set deactivated_at = now() where email = %s",
    ],
)
def test_whose_log_in_ends_loses_the_stream(server: Server, rig: Rig, ends: LiteralString) -> None:
    email = f"{len(ends)}@example.org"
    person = server.person(email)
    server.add_member(str(rig.project.public_id), email, "viewer")
    with opened(server, person) as socket, psycopg.connect(server.database_url) as connection:
        client = LiveClient(socket)
        client.watch(rig.sensors)
        connection.execute(ends, (email,))
        connection.commit()
        assert ending_of(client) == (4401, "unauthenticated")


def ending_of(client: LiveClient) -> tuple[int, str]:
    """How the server ends a stream: the close code, and the error's."""
    code = ""
    while True:
        try:
            kind, message = client.take()
        except ConnectionClosed as closed:
            return (closed.rcvd.code if closed.rcvd else 0), code
        code = message["code"] if kind == "error" else code


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{",
        '{"type":"dance"}',
        '{"type":"watch","id":1,"sensors":[],"from":"-60s"}',
        '{"type":"watch","id":1,"sensors":["a"],"from":"-60s","colums":3}',
        '{"type":"watch","id":1,"sensors":["a"],"from":"yesterday"}',
        '{"type":"watch","id":1,"sensors":["a"],"from":"-60s","to":"2026-01-01T00:00:00Z"}',
        '{"type":"watch","id":1,"sensors":["a"],"from":"2026-01-01T00:00:00Z","to":"2025-01-01T00:00:00Z"}',
        '{"type":"watch","id":1,"sensors":["a"],"from":"-60s","columns":0}',
        '{"type":"watch","id":1,"sensors":["a"],"from":"-60s","rate_hz":1e999}',
        b"BL01",
    ],
)
def test_what_is_no_message_ends_the_stream(server: Server, people: People, message: str | bytes) -> None:
    with opened(server, people.viewer) as socket:
        socket.send(message)
        assert ending_of(LiveClient(socket)) == (4400, "malformed")


def test_a_position_that_left_the_log_begins_with_the_whole_window(
    server: Server, people: People, rig: Rig
) -> None:
    start_us = now_us()
    rig.store.commit([(0, start_us, 1.0)])
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:1], layer="raw")
        client.take()
    rig.store.commit([(0, start_us + 1, 2.0)])
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update live_horizon set xid = (select max(xid) from change_log)")
        connection.execute("truncate change_log")
    with opened(server, people.viewer) as socket:
        again = LiveClient(socket)
        again.held[1] = held
        again.watch(rig.sensors[:1], layer="raw", since=held.position)
        _, patch = again.take()
    (piece,) = patch["patches"]
    assert piece[2] - piece[1] > 60 * SECOND_US
    assert held.rows[0] == [(start_us, 1.0), (start_us + 1, 2.0)]


@pytest.mark.parametrize("since", ["", "x", "b1:2:3:", "s0:1:1:", "snonsense", "b" + "9" * 40])
def test_a_position_of_nowhere_begins_with_the_whole_window(
    server: Server, people: People, rig: Rig, since: str
) -> None:
    time_us = now_us()
    rig.store.commit([(0, time_us, 1.0)])
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:1], layer="raw", since=since)
        client.take()
        assert held.rows[0] == [(time_us, 1.0)]


def test_a_window_that_stands_follows_its_past(server: Server, people: People, rig: Rig) -> None:
    """Buckets that the window cuts hold only what lies within, as those of a question do."""
    start_us = now_us() - 3600 * SECOND_US
    rig.store.commit([(0, start_us + n * 100_000, float(n)) for n in range(1000)])
    period = {"from": as_time(start_us + 250_000), "to": as_time(start_us + 60_050_000)}
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:1], period["from"], to=period["to"], columns=100, layer="raw")
        client.take()
        assert held.kind == "buckets"
        for late_us in (200_000, 300_000, 30_000_123, 60_049_999, 60_050_000):
            rig.store.commit([(0, start_us + late_us, -1000.0 - late_us), (0, start_us + 31_000_000, -1.0)])
            client.take()
            assert held.rows[0] == asked_rows(people, rig.sensors[0], held.bucket_us, period)


def asked_rows(people: People, sensor: str, bucket_us: int, period: dict[str, str]) -> list[Row]:
    """The same by a question."""
    stats = ["first", "min", "max", "last", "count"]
    answer = people.viewer.read(
        "/series", sensor=sensor, bucket=f"{bucket_us}us", layer="raw", stat=stats, **period
    )
    (series,) = answer["series"]
    return list(zip(*(map(float, series[name]) for name in ("t_us", *stats)), strict=True))


def test_events_say_the_same(people: People, rig: Rig) -> None:
    time_us = now_us()
    rig.store.commit([(0, time_us, 1.0)])
    held = HeldPicture(60 * SECOND_US)
    with events(people.viewer, rig.sensors[:1], layer="raw") as stream:
        follow(held, stream, patches=1)
        rig.store.commit([(0, time_us + 1, 2.0)])
        follow(held, stream, patches=1)
    assert held.rows[0] == [(time_us, 1.0), (time_us + 1, 2.0)]
    rig.store.commit([(0, time_us + 2, 3.0)])
    with events(people.viewer, rig.sensors[:1], {"Last-Event-ID": held.position}, layer="raw") as stream:
        follow(held, stream, patches=1)
    assert held.rows[0] == [(time_us, 1.0), (time_us + 1, 2.0), (time_us + 2, 3.0)]


def test_events_that_can_not_be_are_refused_in_words(people: People, rig: Rig) -> None:
    for asked, status in [
        ({"sensor": rig.sensors[0], "window": "often"}, 422),
        ({"sensor": rig.sensors[0], "columns": "0"}, 422),
        ({"sensor": "00000000-0000-0000-0000-000000000000"}, 404),
        ({}, 422),
    ]:
        assert people.viewer.get("/live", asked).status_code == status
    assert people.nobody.get("/live", {"sensor": rig.sensors[0]}).status_code == 401


def test_a_picture_that_becomes_dense_is_drawn_in_buckets(server: Server, people: People, rig: Rig) -> None:
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:1], columns=20, layer="raw")
        client.take()
        assert held.kind == "samples"
        start_us = now_us()
        rig.store.commit([(0, start_us + n, float(n % 7)) for n in range(1000)])
        while held.kind == "samples":
            client.take()
        client.take()
        assert sum(row[-1] for row in held.rows[0]) == 1000


@contextmanager
def events(
    person: Person, sensors: list[str], headers: Headers | None = None, **asked: Parameter
) -> Generator[Iterator[tuple[str, str, Any]]]:
    """The events of a stream: what each is called, its id, and its data."""
    parameters = {"sensor": sensors, **asked}
    with person.client.stream("GET", url_path("/live"), params=parameters, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield parsed(answer.iter_lines())


def parsed(lines: Iterator[str]) -> Iterator[tuple[str, str, Any]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "event" in fields:
                yield fields["event"], fields.get("id", ""), json.loads(fields["data"])
            fields = {}


def follow(held: HeldPicture, stream: Iterator[tuple[str, str, Any]], patches: int) -> None:
    for name, position, data in stream:
        if name == "watching":
            held.begin(data)
        elif name == "patch":
            assert position == data["position"]
            held.apply_text(data)
            patches -= 1
            if not patches:
                return


def as_time(time_us: int) -> str:
    return format_time(from_us(time_us))
