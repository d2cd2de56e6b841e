"""A channel means one sensor while its connection lasts: the one that its reference named at the bind."""

from typing import LiteralString

import httpx
import psycopg

from tests.ingest.database import ask, raw
from tests.ingest.gateway import open_gateway
from tests.ingest.posting import post, reading
from tests.programs import Program
from tests.seed import Project, change_catalog


def rename(database_url: str, project: Project, sensor: int, key: str) -> None:
    """As the API does it; `sensor` counts from 0."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute("update sensor set key = %s where id = %s", (key, project.sensor_ids[sensor]))


def public_id(database_url: str, project: Project, sensor: int) -> str:
    statement: LiteralString = "select public_id::text from sensor where id = %s"
    return ask(database_url, statement, project.sensor_ids[sensor])[0][0]


def values_of(database_url: str, project: Project, sensor: int) -> list[float]:
    statement: LiteralString = "select raw from any_reading where sensor_id = %s order by raw"
    return [row[0] for row in ask(database_url, statement, project.sensor_ids[sensor])]


def test_a_rename_under_an_open_bind_costs_no_reading(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/renamed", ["s0", "s1"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        rename(database_url, project, 0, "inlet")
        gateway.send_values(2, [2.0])
        acks = gateway.acked_up_to(2)
    assert [ack["rejected"] for ack in acks] == [[]]
    assert values_of(database_url, project, 0) == [1.0, 2.0]


def test_keys_that_are_swapped_under_an_open_bind_swap_no_readings(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/swapped", ["s0", "s1"])
        rename(database_url, project, 0, "passing")
        rename(database_url, project, 1, "s0")
        rename(database_url, project, 0, "s1")
        gateway.send_values(1, [1.0], channel=0)
        gateway.send_values(2, [2.0], channel=1)
        gateway.acked_up_to(2)
    assert values_of(database_url, project, 0) == [1.0]
    assert values_of(database_url, project, 1) == [2.0]


def test_a_bind_obeys_a_rename_whose_notice_is_lost(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/early", ["s0"])
    with psycopg.connect(database_url) as connection:
        renamed = "update sensor set key = %s where id = %s"
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
        connection.execute(renamed, ("passing", project.sensor_ids[0]))
        connection.execute(renamed, ("s0", project.sensor_ids[1]))
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/late", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
    assert values_of(database_url, project, 0) == []
    assert values_of(database_url, project, 1) == [1.0]


def test_a_frame_repeated_after_a_rename_is_still_known(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/repeats", ["s0"])
        frame = '{"type":"data","seq":1,"channel":[0],"t_us":[%d],"value":[1]}'
        text = frame % ask(database_url, "select (extract(epoch from now()) * 1000000)::bigint")[0][0]
        gateway.send(text)
        gateway.acked_up_to(1)
        rename(database_url, project, 0, "inlet")
        gateway.send_values(2, [2.0])
        gateway.acked_up_to(2)
        gateway.send(text)
        assert gateway.receive()["duplicate"] == 1
    assert raw(database_url, project) == [1.0, 2.0]


def test_a_sensor_whose_key_is_anothers_id_takes_nothing_from_it(
    ingest: Program, project: Project, database_url: str, client: httpx.Client
) -> None:
    named = public_id(database_url, project, 0)
    rename(database_url, project, 1, named)
    with open_gateway(ingest, project) as gateway:
        channels = gateway.bind("rig/by-id", [named, named.upper()])["channels"]
        gateway.send_values(1, [1.0], channel=0)
        gateway.send_values(2, [2.0], channel=1)
        gateway.acked_up_to(2)
    post(client, reading(3.0, sensor=named))
    assert [channel["sensor_id"] for channel in channels] == [named, named]
    assert values_of(database_url, project, 0) == [1.0, 2.0, 3.0]
    assert values_of(database_url, project, 1) == []


def test_a_bind_may_ask_for_the_channels_in_error_alone(ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        bound = gateway.bind("rig/terse", ["s0", "no such", "s1"], answer="errors")
        assert bound["channels"] == [{"channel": 1, "error": "unknown-sensor"}]
        assert bound["channel_count"] == 3
    with open_gateway(ingest, project) as gateway:
        bound = gateway.bind("rig/terse", ["s0", "no such", "s1"], answer="all")
        assert [channel["channel"] for channel in bound["channels"]] == [0, 1, 2]
        assert "channel_count" not in bound
