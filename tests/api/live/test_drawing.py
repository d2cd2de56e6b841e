"""How a picture is drawn: of sensors by key, coarser where it costs too much, and whether it goes on."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.live import hub
from api.series.stored import slices
from barograph.times import MINUTE_US, SECOND_US, now_us
from tests.api.conftest import People
from tests.api.live.conftest import Rig
from tests.api.live.test_live import as_time, asked_rows, ending_of, events, follow
from tests.api.live.watching import HeldPicture, LiveClient, opened
from tests.api.rollups import State, roll_up
from tests.api.server import Server


def project_of(rig: Rig) -> str:
    return str(rig.project.public_id)


def keep_seconds(server: Server, rig: Rig, start_us: int) -> None:
    """Rolls up the first sensor, with seconds of the 25 from then on."""
    minutes = {(start_us + late_us) // MINUTE_US * MINUTE_US for late_us in (0, 25 * SECOND_US)}
    roll_up(server.database_url, rig.sensors[0], State(kept=frozenset(minutes)))


def errors(held: HeldPicture) -> list[str | None]:
    return [channel.get("error") for channel in held.channels]


def test_sensors_are_named_by_key_in_their_project(server: Server, people: People, rig: Rig) -> None:
    rig.store.commit([(1, now_us(), 4.0)])
    named = ["s1", rig.sensors[0], "no such key", "s1"]
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(named, project=project_of(rig), layer="raw")
        assert errors(held) == [None, None, "unknown-sensor", None]
        assert [channel.get("sensor_id") for channel in held.channels[:2]] == [rig.sensors[1], rig.sensors[0]]
        client.take()
        assert [row[1] for row in held.rows[0]] == [4.0]
        # A key without a project is nobody's.
        assert errors(client.watch(["s1"], number=2)) == ["unknown-sensor"]


@pytest.mark.parametrize("project", ["outsider's", "nobody's"])
def test_keys_of_other_projects_are_unknown(server: Server, people: People, rig: Rig, project: str) -> None:
    """Whether there is such a project or not, a stranger hears the same."""
    named = project_of(rig) if project == "outsider's" else str(uuid4())
    with opened(server, people.outsider) as socket:
        assert errors(LiveClient(socket).watch(["s0"], project=named)) == ["unknown-sensor"]
    answer = people.outsider.get("/live", {"sensor": "s0", "project": named})
    assert answer.status_code == 404


def test_events_take_keys(people: People, rig: Rig) -> None:
    time_us = now_us()
    rig.store.commit([(2, time_us, 1.0)])
    held = HeldPicture(60 * SECOND_US)
    with events(people.viewer, ["s2", "gone"], project=project_of(rig), layer="raw") as stream:
        follow(held, stream, patches=1)
    assert held.rows == {0: [(time_us, 1.0)]}
    assert errors(held) == [None, "unknown-sensor"]


@pytest.mark.parametrize(
    "changed", [{"columns": 30}, {"layer": "physical"}, {"sensors": 1}], ids=["columns", "layer", "sensors"]
)
def test_what_is_drawn_otherwise_begins_anew(
    server: Server, people: People, rig: Rig, changed: dict[str, Any]
) -> None:
    """A position goes with how what is held is drawn: of the rest, no client would be told."""
    start_us = now_us() - 10 * SECOND_US
    rig.store.commit([(slot, start_us + n * 1000, float(n % 9)) for n in range(5000) for slot in (0, 1)])
    asked: dict[str, Any] = {"layer": "raw", "columns": 100}
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:2], **asked)
        client.take()
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        sensors = rig.sensors[1::-1] if changed.pop("sensors", None) else rig.sensors[:2]
        client.watch(sensors, **(asked | changed), since=held.position)
        _, patch = client.take()
        assert {piece[0] for piece in patch["patches"]} == {0, 1}
        assert min(piece[2] - piece[1] for piece in patch["patches"]) > 60 * SECOND_US


def test_a_window_that_costs_too_much_is_drawn_coarser(
    server: Server, people: People, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the series of the same columns is; after a cut it goes on like this."""
    monkeypatch.setattr(slices, "MAX_READINGS", 3000)
    start_us = (now_us() // SECOND_US - 3600) * SECOND_US
    rig.store.commit([(0, start_us + n * 5_000, float(n % 11)) for n in range(5000)])
    keep_seconds(server, rig, start_us)
    period = {"from": as_time(start_us), "to": as_time(start_us + 25 * SECOND_US)}
    asked: dict[str, Any] = {"columns": 300, "layer": "raw", "to": period["to"]}
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        said = client.watch(rig.sensors[:1], period["from"], **asked)
        client.take()
        assert (said.bucket_us, said.coarsened_from) == (SECOND_US, "100ms")
        rig.store.commit([(0, start_us + 2 * SECOND_US + 1, 500.0)])
        client.take()
        assert said.rows[0] == asked_rows(people, rig.sensors[0], SECOND_US, period)
    rig.store.commit([(0, start_us + 3 * SECOND_US + 1, 600.0)])
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        client.held[1] = said
        client.watch(rig.sensors[:1], period["from"], **asked, since=said.position)
        _, patch = client.take()
        assert sum(piece[3] for piece in patch["patches"]) == 1
        assert said.rows[0] == asked_rows(people, rig.sensors[0], SECOND_US, period)


def test_a_picture_that_comes_to_cost_too_much_is_drawn_again(
    server: Server, people: People, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_us = (now_us() // SECOND_US - 3600) // 60 * 60 * SECOND_US
    rig.store.commit([(0, start_us + n * 5_000, float(n % 11)) for n in range(5000)])
    keep_seconds(server, rig, start_us)
    period = {"from": as_time(start_us), "to": as_time(start_us + 25 * SECOND_US)}
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        held = client.watch(rig.sensors[:1], period["from"], columns=300, layer="raw", to=period["to"])
        client.take()
        assert (held.bucket_us, held.coarsened_from) == (100_000, None)
        monkeypatch.setattr(slices, "MAX_READINGS", 3000)
        # What has changed lies at both ends, and is read anew from one to the other.
        rig.store.commit([(0, start_us + 1, 500.0), (0, start_us + 24 * SECOND_US, 600.0)])
        while held.bucket_us != SECOND_US:
            client.take()
        client.take()
        assert held.coarsened_from == "100ms"
        assert held.rows[0] == asked_rows(people, rig.sensors[0], SECOND_US, period)


def test_events_of_sensors_that_are_gone_end_with_a_reason(
    people: People, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found when the picture is drawn again, as it has become dense."""
    monkeypatch.setattr(hub, "RIGHTS_S", 1e9)
    with events(people.viewer, rig.sensors[:1], layer="raw", columns=1) as stream:
        assert [next(stream)[0], next(stream)[0]] == ["watching", "patch"]
        with rig.store.connection.transaction():
            rig.store.add([(0, now_us() + n, float(n)) for n in range(50)])
            rig.store.connection.execute("delete from member where project_id = %s", (rig.project.id,))
        *_, (name, _, said) = stream
    assert (name, said["code"], said["close"]) == ("end", "unknown-sensor", 4404)


def test_events_that_can_not_be_drawn_again_end_with_a_reason(
    people: People, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with events(people.viewer, rig.sensors[:1], layer="raw", columns=1) as stream:
        assert [next(stream)[0], next(stream)[0]] == ["watching", "patch"]
        monkeypatch.setattr(slices, "MAX_READINGS", 10)
        rig.store.commit([(0, now_us() + n, float(n)) for n in range(50)])
        *_, (name, _, said) = stream
    assert (name, said["code"], said["close"]) == ("end", "invalid", 4400)


def test_a_log_in_that_has_ended_sees_no_window(
    server: Server, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the first one: it is looked at with each request."""
    monkeypatch.setattr(hub, "RIGHTS_S", 1e9)
    person = server.person("leaver@example.org")
    server.add_member(project_of(rig), person.email, "viewer")
    with opened(server, person) as socket:
        client = LiveClient(socket)
        client.watch(rig.sensors)
        with psycopg.connect(server.database_url) as connection:
            connection.execute(
                "update login set revoked_at = now()"
                " where account_id = (select id from account where email = %s)",
                (person.email,),
            )
        client.send({"type": "watch", "id": 2, "sensors": rig.sensors, "from": "-60s"})
        assert ending_of(client) == (4401, "unauthenticated")
