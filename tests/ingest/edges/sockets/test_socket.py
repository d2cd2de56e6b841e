"""The WebSocket protocol against a real process and a real database, as a gateway sees it."""

import math
import time
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from barograph.times import from_us, now_us
from tests.ingest.database import raw, stored
from tests.ingest.gateway import Gateway, binary_frame, json_frame, open_gateway
from tests.programs import Program
from tests.seed import Profile, Project, add_profile, add_token, change_catalog, seed_project


def test_the_hello_states_the_limits(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        assert gateway.hello["type"] == "hello"
        assert gateway.hello["protocol"] == 1
        assert gateway.hello["window"] > 0
        assert gateway.hello["max_frame_bytes"] >= 20 * gateway.hello["max_frame_readings"]


def test_a_binary_frame_is_stored_as_raw_and_physical(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        bound = gateway.bind("rig/daq", ["s0", "s1"])
        assert bound["last_seq"] == 0
        assert [channel["key"] for channel in bound["channels"]] == ["s0", "s1"]
        t_us = gateway.send_values(1, [1.5, -2.0, 3.25], channel=1)
        ack = gateway.acked_up_to(1)[-1]
    assert ack == {"type": "ack", "seq": 1, "accepted": 3, "duplicate": 0, "rejected": []}
    rows = stored(database_url, project, "sensor_id, time, raw, physical, flags")
    assert rows == [
        (project.sensor_ids[1], from_us(t), raw, 2 * raw + 1, None)
        for t, raw in zip(t_us, [1.5, -2.0, 3.25], strict=True)
    ]


def test_a_json_frame_is_stored_like_a_binary_one(
    ingest: Program, project: Project, database_url: str
) -> None:
    now = now_us()
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0", "s1"])
        gateway.send(json_frame(1, [0, 1], [now, now], [4, 5.5]))
        gateway.acked_up_to(1)
    assert stored(database_url, project) == [
        (project.sensor_ids[0], from_us(now), 4.0),
        (project.sensor_ids[1], from_us(now), 5.5),
    ]


def test_sensors_may_be_named_by_id(ingest: Program, project: Project, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select public_id from sensor where id = %s", (project.sensor_ids[2],)
        ).fetchone()
    assert row is not None
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig/daq", [str(row[0])])["channels"] == [
            {"channel": 0, "sensor_id": str(row[0]), "key": "s2"}
        ]


def test_a_frame_without_readings_uses_up_its_seq(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(binary_frame(1, [], [], []))
        assert gateway.acked_up_to(1)[-1]["accepted"] == 0
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig/daq", ["s0"])["last_seq"] == 1


def test_a_gateway_resumes_where_the_server_stands(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        for seq in (1, 2, 3):
            gateway.send_values(seq, [seq])
        gateway.acked_up_to(3)
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig/daq", ["s0"])["last_seq"] == 3
        gateway.send_values(4, [4])
        gateway.acked_up_to(4)
    assert [raw for _, _, raw in stored(database_url, project)] == [1, 2, 3, 4]


def test_a_repeated_frame_is_stored_once(ingest: Program, project: Project, database_url: str) -> None:
    now = now_us()
    frames = [binary_frame(seq, [0], [now + seq], [seq]) for seq in (1, 2)]
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        for frame in (frames[0], frames[0], frames[1], frames[0], frames[1]):
            gateway.send(frame)
        acks = gateway.acked_up_to(2)
        while sum(ack["duplicate"] for ack in acks) < 3:
            acks.append(gateway.receive())
    assert sum(ack["accepted"] for ack in acks) == 2
    assert sum(ack["duplicate"] for ack in acks) == 3
    assert len(stored(database_url, project)) == 2


def test_rejects_are_listed_by_index_and_kept_with_their_values(
    ingest: Program, project: Project, database_url: str
) -> None:
    now = now_us()
    channel = [0, 7, 2, 0, 0, 0, 0, -1, 0]
    t_us = [now, now, now, now, 0, now + 3_600_000_000, 2**63 - 1, now, -(2**63)]
    value = [1.0, 2.0, 3.0, math.nan, 5.0, 6.0, 7.0, 8.0, 9.0]
    with open_gateway(ingest, project) as gateway:
        bound = gateway.bind("rig/daq", ["s0", "s1", "nobody"])
        assert bound["channels"][2] == {"channel": 2, "error": "unknown-sensor"}
        gateway.send(binary_frame(1, channel, t_us, value))
        ack = gateway.acked_up_to(1)[-1]
    assert ack["accepted"] == 1
    assert ack["rejected_total"] == 8
    assert [(reject["seq"], reject["index"], reject["code"]) for reject in ack["rejected"]] == [
        (1, 1, "unknown-channel"),
        (1, 2, "unknown-sensor"),
        (1, 3, "not-finite"),
        (1, 4, "too-old"),
        (1, 5, "too-far-ahead"),
        (1, 6, "too-far-ahead"),
        (1, 7, "unknown-channel"),
        (1, 8, "too-old"),
    ]
    with psycopg.connect(database_url) as connection:
        kept = connection.execute(
            "select index, sensor, t_us, value, code, seq from dead_letter"
            " where project_id = %s order by index",
            (project.id,),
        ).fetchall()
    assert [row[0] for row in kept] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row[1] for row in kept] == ["channel 7", "nobody", "s0", "s0", "s0", "s0", "channel -1", "s0"]
    assert [row[2] for row in kept] == t_us[1:]
    assert math.isnan(kept[2][3])
    assert {row[5] for row in kept} == {1}


def test_a_value_of_the_wrong_type_costs_its_reading_alone(
    ingest: Program, project: Project, database_url: str
) -> None:
    now = now_us()
    value: list[object] = [True, "21.5", 1, 2, 3, 4, {}, 2**53 + 1, 5.5]
    frame: dict[str, Any] = {
        "type": "data",
        "seq": 1,
        "channel": [0, 0, 0, 2**32, "0", 0, 0, 0, 0],
        "t_us": [now, now, "now", now, now, 2**63, now, now, now],
        "value": value,
    }
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(frame)
        ack = gateway.acked_up_to(1)[-1]
        gateway.send(frame)  # known to be the same, whatever stands in it
        assert gateway.acked_up_to(1)[-1]["duplicate"] == 9
        gateway.send_values(2, [6.0])
        assert gateway.acked_up_to(2)[-1]["accepted"] == 1
        gateway.send(frame | {"value": [True, "21.6", *value[2:]]})
        assert gateway.close_code() == (4400, "sequence-conflict")
    assert ack["accepted"] == 3
    assert {reject["index"]: reject["code"] for reject in ack["rejected"]} == {
        1: "bad-value",
        2: "bad-time",
        3: "unknown-channel",
        4: "unknown-channel",
        5: "bad-time",
        6: "bad-value",
    }
    assert raw(database_url, project) == [1.0, 5.5, 6.0, 2.0**53]
    with psycopg.connect(database_url) as connection:
        kept = connection.execute(
            "select index, t_us, value, text from dead_letter where project_id = %s order by index",
            (project.id,),
        ).fetchall()
    assert kept == [
        (1, now, None, '"21.5"'),
        (2, None, 1.0, '"now"'),
        (3, now, 2.0, "4294967296"),
        (4, now, 3.0, '"0"'),
        (5, None, 4.0, "9223372036854775808"),
        (6, now, None, "{}"),
    ]


def test_a_frame_of_rejects_alone_is_acked(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(json_frame(1, [0, 0], [now_us()] * 2, [None, None]))
        ack = gateway.acked_up_to(1)[-1]
    assert ack["accepted"] == 0
    assert [reject["code"] for reject in ack["rejected"]] == ["not-finite"] * 2


def test_at_most_a_hundred_rejects_are_listed(ingest: Program, project: Project, database_url: str) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(binary_frame(1, [9] * 250, [now_us()] * 250, [1.0] * 250))
        ack = gateway.acked_up_to(1)[-1]
    assert (len(ack["rejected"]), ack["rejected_total"]) == (100, 250)
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "select count(*) from dead_letter where project_id = %s", (project.id,)
        ).fetchone() == (250,)


def test_inactive_sensors_refuse_and_registering_ones_become_active(
    ingest: Program, database_url: str
) -> None:
    project = seed_project(database_url, 2, status="registering")
    with psycopg.connect(database_url) as connection:
        connection.execute("update sensor set status = 'inactive' where id = %s", (project.sensor_ids[1],))
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0", "s1"])
        gateway.send(binary_frame(1, [0, 1], [now_us()] * 2, [1.0, 2.0]))
        assert gateway.acked_up_to(1)[-1]["rejected"] == [{"seq": 1, "index": 1, "code": "sensor-inactive"}]
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "select key, status from sensor where project_id = %s order by key", (project.id,)
        ).fetchall() == [
            ("s0", "active"),
            ("s1", "inactive"),
        ]


def test_a_reading_gets_the_profile_valid_at_its_own_time(ingest: Program, database_url: str) -> None:
    now = now_us()
    change = from_us(now - 1_000_000).isoformat()
    profiles = [
        Profile("linear", {"slope": 10, "offset": 0}, None, change),
        Profile("linear", {"slope": 100, "offset": 0}, change, None),
    ]
    project = seed_project(database_url, 1, profiles)
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(binary_frame(1, [0] * 3, [now - 1_000_001, now - 1_000_000, now], [1.0, 2.0, 3.0]))
        gateway.acked_up_to(1)
    assert [physical for (physical,) in stored(database_url, project, "physical")] == [10, 200, 300]


def test_a_reading_without_a_profile_has_no_physical_value(ingest: Program, database_url: str) -> None:
    project = seed_project(database_url, 1)
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
    assert stored(database_url, project, "raw, physical, profile_id, flags") == [(1.0, None, None, None)]


def test_what_commits_after_an_activation_obeys_it(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        with psycopg.connect(database_url) as connection:
            connection.execute("delete from profile_validity where sensor_id = %s", (project.sensor_ids[0],))
            add_profile(connection, project.sensor_ids[0], 2, Profile("linear", {"slope": 5, "offset": 0}))
            # No notice: ingest must find out by itself.
            connection.execute(
                "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
            )
        gateway.send_values(2, [1.0])
        gateway.acked_up_to(2)
    assert sorted(physical for (physical,) in stored(database_url, project, "physical")) == [3, 5]


def test_a_sensor_added_after_start_is_known_at_the_next_bind(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
    with psycopg.connect(database_url) as connection:  # as the API does it, but for the notice
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
        connection.execute(
            "insert into sensor (project_id, key, status) values (%s, 'late', 'active')", (project.id,)
        )
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig/daq", ["late"])["channels"][0]["key"] == "late"


def test_last_seen_is_the_servers_time_unless_the_data_is_history(
    ingest: Program, project: Project, database_url: str
) -> None:
    long_ago = now_us() - 86_400_000_000
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/live", ["s0"])
        gateway.send(binary_frame(1, [0], [long_ago], [1.0]))
        gateway.acked_up_to(1)
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/history", ["s1", "s0"], historical=True)
        gateway.send(binary_frame(1, [0, 1], [long_ago, long_ago + 1], [1.0, 2.0]))
        gateway.acked_up_to(1)
    time.sleep(1.5)
    with psycopg.connect(database_url) as connection:
        seen = connection.execute(
            "select sensor_id, now() - last_seen_at < '1 min', latest_at from sensor_liveness"
            " where sensor_id = any(%s)",
            (list(project.sensor_ids),),
        ).fetchall()
    assert seen == [(project.sensor_ids[0], True, from_us(long_ago))]


def test_a_newer_bind_closes_the_older_socket(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as old, open_gateway(ingest, project) as new:
        old.bind("rig/daq", ["s0"])
        new.bind("rig/daq", ["s0"])
        assert old.close_code() == (4409, "superseded")
        new.send_values(1, [1.0])
        new.acked_up_to(1)


def test_resume_at_moves_the_sequence_and_leaves_an_event(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig/daq", ["s0"], resume_at=500)["last_seq"] == 499
        gateway.send_values(500, [1.0])
        gateway.acked_up_to(500)
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "select kind, payload->'resume_at' from event where project_id = %s", (project.id,)
        ).fetchall() == [("producer.resumed_at", 500)]


@pytest.mark.parametrize(
    ("message", "close"),
    [
        (b"", (4400, "malformed")),
        (b"BG01", (4400, "malformed")),
        (b"XX01" + binary_frame(1, [0], [0], [0])[4:], (4400, "malformed")),
        (binary_frame(1, [0, 0], [0, 0], [0, 0])[:-1], (4400, "malformed")),
        (binary_frame(1, [0], [0], [0]) + b"\0", (4400, "malformed")),
        (b"BG01\xff\xff\xff\xff\x01" + bytes(64), (1009, "too-big")),
        (binary_frame(0, [0], [0], [0]), (4400, "malformed")),
        (binary_frame(2**53, [0], [0], [0]), (4400, "malformed")),
        (binary_frame(2, [0], [0], [0]), (4400, "sequence-gap")),
        (bytes(2**20 + 1), (1009, "too-big")),
        ("", (4400, "malformed")),
        ("null", (4400, "malformed")),
        ('{"type":"bind","producer":"p","sensors":[]}', (4400, "malformed")),
        ('{"type":"data","seq":1,"channel":[0],"t_us":[1,2],"value":[1]}', (4400, "malformed")),
        ('{"type":"data","seq":1,"channel":0,"t_us":[1],"value":[1]}', (4400, "malformed")),
        ('{"type":"data","seq":"1","channel":[0],"t_us":[1],"value":[1]}', (4400, "malformed")),
        ('{"type":"data","seq":1,"channel":[],"t_us":[],"value":[],"more":1}', (4400, "malformed")),
        ("[" * 100_000, (4400, "malformed")),
        ('{"type":' * 50_000, (4400, "malformed")),
    ],
)
def test_a_malformed_frame_closes_its_socket_and_no_other(
    ingest: Program, project: Project, message: str | bytes, close: tuple[int, str]
) -> None:
    with open_gateway(ingest, project) as good, open_gateway(ingest, project) as bad:
        good.bind("rig/good", ["s0"])
        bad.bind("rig/bad", ["s0"])
        bad.send(message)
        assert bad.close_code() == close
        good.send_values(1, [1.0])
        good.acked_up_to(1)


def test_a_frame_that_comes_again_with_other_content_is_a_conflict(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send_values(1, [2.0])
        assert gateway.close_code() == (4400, "sequence-conflict")


def test_a_frame_in_flight_that_comes_again_with_other_content_is_a_conflict(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway, psycopg.connect(database_url) as blocker:
        gateway.bind("rig/daq", ["s0"])
        blocker.execute("lock table dirty_window in exclusive mode")  # holds the commit up
        t_us = gateway.send_values(1, [1.0])
        gateway.send(binary_frame(1, [0], t_us, [1.0]))
        gateway.send_values(1, [2.0])
        assert gateway.close_code() == (4400, "sequence-conflict")
        blocker.rollback()


def test_a_used_seq_of_another_sensor_is_a_conflict_and_with_swapped_channels_a_duplicate(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0", "s1"])
        t_us = [now_us(), now_us() + 1]
        gateway.send(binary_frame(1, [0, 1], t_us, [1.0, 2.0]))
        gateway.acked_up_to(1)
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s1", str(project.public_id), "s0"])
        gateway.send(binary_frame(1, [2, 0], t_us, [1.0, 2.0]))
        assert gateway.receive() == {
            "type": "ack",
            "seq": 1,
            "accepted": 0,
            "duplicate": 2,
            "rejected": [],
        }
        gateway.send(binary_frame(1, [0, 2], t_us, [1.0, 2.0]))
        assert gateway.close_code() == (4400, "sequence-conflict")
    assert raw(database_url, project) == [1, 2]


@pytest.mark.parametrize(
    "message", [b"BG01", "{}", '{"type":"bind"}', '{"type":"bind","producer":"a\\u0000","sensors":[]}']
)
def test_anything_but_a_bind_comes_too_early(ingest: Program, project: Project, message: str | bytes) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.send(message)
        assert gateway.close_code() == (4400, "malformed")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}]
)
def test_a_bad_token_is_refused_at_the_upgrade_and_is_no_error_of_ours(
    ingest: Program, headers: dict[str, str]
) -> None:
    said = len(ingest.log.read_text())
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(ingest.socket_url, additional_headers=headers, proxy=None),
    ):
        pass
    assert refusal.value.response.status_code == 401
    assert '"level": "error"' not in ingest.log.read_text()[said:]


def test_a_revoked_token_closes_open_sockets(ingest: Program, project: Project, database_url: str) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        with psycopg.connect(database_url) as connection:
            change_catalog(connection, project.id)
            connection.execute(
                "update ingest_token set revoked_at = now() where id = %s", (project.token_id,)
            )
        assert gateway.close_code() == (4401, "token-revoked")


def test_nothing_is_stored_under_a_token_revoked_without_a_notice(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "update ingest_token set revoked_at = now() where id = %s", (project.token_id,)
            )
            connection.execute(
                "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
            )
        gateway.send_values(1, [1.0])
        assert gateway.close_code() == (4401, "token-revoked")
    assert stored(database_url, project) == []


def test_an_expired_token_closes_its_socket(ingest: Program, project: Project, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, expires_at=from_us(now_us() + 2_000_000).isoformat())
    with connect(
        ingest.socket_url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None
    ) as connection:
        gateway = Gateway(connection)
        gateway.bind("rig/daq", ["s0"])
        assert gateway.close_code() == (4401, "token-revoked")


def test_a_token_covers_only_its_sensors_and_producers(
    ingest: Program, project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, sensors=[project.sensor_ids[0]], producers=["rig-7/*"])
    headers = {"Authorization": f"Bearer {token}"}
    with connect(ingest.socket_url, additional_headers=headers, proxy=None) as connection:
        bound = Gateway(connection).bind("rig-7/daq", ["s0", "s1"])
        assert [channel.get("error") for channel in bound["channels"]] == [None, "unknown-sensor"]
    with connect(ingest.socket_url, additional_headers=headers, proxy=None) as connection:
        gateway = Gateway(connection)
        gateway.send({"type": "bind", "producer": "rig-8/daq", "sensors": ["s0"]})
        assert gateway.close_code() == (4403, "forbidden")


def test_sigterm_commits_and_acks_what_was_received(
    own_ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(own_ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        for seq in range(1, 41):
            gateway.send_values(seq, [float(seq)] * 500)
        time.sleep(0.05)
        assert own_ingest.stop() == 0
        acked = 0
        messages: list[dict[str, Any]] = []
        while not messages or messages[-1]["type"] != "error":
            messages.append(gateway.receive())
            acked = messages[-1].get("seq", acked)
        assert messages[-1]["code"] == "going-away"
        assert gateway.close_code()[0] == 1012
    assert len(stored(database_url, project)) == 500 * acked


def test_metrics_and_the_protocols_document_are_served(ingest: Program) -> None:
    assert "barograph_ingest_readings_total" in httpx.get(f"{ingest.url}/metrics").text
    assert httpx.get(f"{ingest.url}/asyncapi.yaml").text.startswith("asyncapi:")
