"""Binds that wait leave the rest of a process alone, and are carried out in the end."""

import time
from contextlib import ExitStack

import httpx
import psycopg

from tests.ingest.database import wait_for_a_blocked_backend
from tests.ingest.gateway import Gateway, open_gateway
from tests.ingest.posting import post, reading
from tests.programs import Program
from tests.seed import Project

GATEWAYS = 20  # more than the pool has connections
LONGER_THAN_FOR_A_CONNECTION_S = 6


def test_while_many_binds_wait_for_others_the_process_is_ready_and_takes_requests(
    ingest: Program, project: Project, client: httpx.Client, database_url: str
) -> None:
    names = [f"rig/{number}" for number in range(GATEWAYS)]
    with ExitStack() as opened:
        gateways = [opened.enter_context(open_gateway(ingest, project)) for _ in names]
        assert [bound(gateway, name) for gateway, name in zip(gateways, names, strict=True)] == [0] * GATEWAYS
        gateways = [opened.enter_context(open_gateway(ingest, project)) for _ in names]
        with psycopg.connect(database_url) as holder:
            holder.execute("select from producer where project_id = %s order by id for update", (project.id,))
            for gateway, name in zip(gateways, names, strict=True):
                gateway.send({"type": "bind", "producer": name, "sensors": ["s0"]})
            wait_for_a_blocked_backend(database_url)
            assert httpx.get(ingest.url + "/ready", timeout=10).status_code == 200
            assert post(client, reading()).status_code == 200
        assert [gateway.receive()["last_seq"] for gateway in gateways] == [0] * GATEWAYS


def test_who_comes_while_a_catalog_is_read_for_the_first_time_waits_for_it(
    ingest: Program, project: Project, database_url: str
) -> None:
    with ExitStack() as opened:
        gateways = [opened.enter_context(open_gateway(ingest, project)) for _ in range(GATEWAYS)]
        with psycopg.connect(database_url) as holder:
            holder.execute("lock table sensor in access exclusive mode")
            for number, gateway in enumerate(gateways):
                gateway.send({"type": "bind", "producer": f"rig/{number}", "sensors": ["s0"]})
            wait_for_a_blocked_backend(database_url)
            time.sleep(LONGER_THAN_FOR_A_CONNECTION_S)
            assert httpx.get(ingest.url + "/ready", timeout=10).status_code == 200
        assert [gateway.receive()["type"] for gateway in gateways] == ["bound"] * GATEWAYS


def bound(gateway: Gateway, name: str) -> int:
    return gateway.bind(name, ["s0"])["last_seq"]
