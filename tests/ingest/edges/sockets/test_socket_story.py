"""What metrics and log tell of sockets: refused, bound, closed."""

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from barograph.times import now_us
from tests.ingest.edges.sockets.scraping import scrape_until
from tests.ingest.gateway import binary_frame, open_gateway
from tests.programs import Program
from tests.seed import Project

REFUSED = 'barograph_ingest_socket_refusals_total{status="401"}'
BOUND = 'barograph_ingest_binds_total{result="bound"}'
FORBIDDEN = 'barograph_ingest_binds_total{result="forbidden"}'
LEFT = 'barograph_ingest_socket_closes_total{by="client",code="1000"}'
SUPERSEDED = 'barograph_ingest_socket_closes_total{by="server",code="4409"}'
GAP = 'barograph_ingest_socket_closes_total{by="server",code="4400"}'


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_each_end_of_a_socket_is_counted_by_its_code(own_ingest: Program, project: Project) -> None:
    with pytest.raises(InvalidStatus), connect(own_ingest.socket_url):
        pass
    with open_gateway(own_ingest, project) as refused:
        refused.send({"type": "bind", "producer": "import/1", "sensors": ["s0"]})
        assert refused.close_code()[0] == 4403
    with open_gateway(own_ingest, project) as older:
        older.bind("rig/daq", ["s0"])
        with open_gateway(own_ingest, project) as newer:
            newer.bind("rig/daq", ["s0"])
            assert older.close_code()[0] == 4409
            newer.send_values(1, [1.0])
            newer.acked_up_to(1)
            newer.send_values(3, [3.0])
            assert newer.close_code()[0] == 4400
    with open_gateway(own_ingest, project) as leaving:
        leaving.bind("rig/daq", ["s0"])
    wanted = {REFUSED: 1, BOUND: 3, FORBIDDEN: 1, LEFT: 1, SUPERSEDED: 1, GAP: 1}
    scrape_until(own_ingest.url, lambda values: wanted.items() <= values.items())


def test_the_log_names_producer_project_and_close_code(own_ingest: Program, project: Project) -> None:
    with open_gateway(own_ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        gateway.send_values(3, [3.0])
        gateway.close_code()
    scrape_until(own_ingest.url, lambda values: GAP in values)
    (closed,) = [line for line in lines(own_ingest.log) if line["event"] == "socket closed"]
    told = {name: closed[name] for name in ("producer", "project", "by", "code", "last_seq", "seq")}
    assert told == {
        "producer": "rig/daq",
        "project": project.id,
        "by": "server",
        "code": "4400",
        "last_seq": 1,
        "seq": 3,
    }
    assert project.token not in own_ingest.log.read_text()


def test_a_clock_that_is_ahead_shows(own_ingest: Program, project: Project) -> None:
    with open_gateway(own_ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send(binary_frame(1, [0], [now_us() + 300_000_000], [1.0]))
        gateway.acked_up_to(1)
    ahead = "barograph_ingest_clock_ahead_seconds"
    values = scrape_until(own_ingest.url, lambda values: values[f"{ahead}_count"] == 1)
    assert values[f'{ahead}_bucket{{le="60.0"}}'] == 0
    assert values[f'{ahead}_bucket{{le="600.0"}}'] == 1
