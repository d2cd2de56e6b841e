"""How producers do, as ingest writes it down for others to see."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from barograph.times import now_us
from tests.ingest.database import ask
from tests.ingest.gateway import binary_frame, open_gateway
from tests.programs import Program
from tests.seed import Project


def liveness(database_url: str, project: Project) -> tuple[Any, ...]:
    """is_connected, rate_hz, delay_s and whether the epoch is that of the last bind."""
    rows = ask(
        database_url,
        "select is_connected, rate_hz, delay_s, liveness.epoch = producer.epoch"
        " from producer left join producer_liveness as liveness on producer_id = id where project_id = %s",
        project.id,
    )
    return rows[0] if rows else (None,) * 4


def wait_for(
    database_url: str, project: Project, holds: Callable[[tuple[Any, ...]], bool]
) -> tuple[Any, ...]:
    while not holds(found := liveness(database_url, project)):
        time.sleep(0.05)
    return found


@pytest.mark.timeout(60)
def test_a_stream_is_connected_with_its_rate_and_delay_until_it_ends(
    database_url: str, ingest: Program, project: Project
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"], agent="daq/2")
        connected = wait_for(database_url, project, lambda row: row[0])
        assert connected == (True, 0, None, True)
        late = now_us() - 5_000_000
        gateway.send(binary_frame(1, [0, 0], [late - 10**6, late], [1.0, 2.0]))
        gateway.acked_up_to(1)
        _, rate_hz, delay_s, _ = wait_for(database_url, project, lambda row: bool(row[1]))
        assert 0.1 < rate_hz < 2
        assert 5 <= delay_s < 30
    gone = wait_for(database_url, project, lambda row: row[0] is False)
    assert (gone[1], gone[3]) == (0, True)
    assert ask(
        database_url,
        "select agent, sensor_count, token_id, last_commit_at is not null from producer"
        " where project_id = %s",
        project.id,
    ) == [("daq/2", 1, project.token_id, True)]


@pytest.mark.timeout(60)
def test_history_says_nothing_of_delay(database_url: str, ingest: Program, project: Project) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"], historical=True)
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        assert wait_for(database_url, project, lambda row: bool(row[1]))[2] is None


@pytest.mark.timeout(60)
def test_a_process_that_leaves_says_that_its_producers_are_gone(
    database_url: str, own_ingest: Program, project: Project
) -> None:
    with open_gateway(own_ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        wait_for(database_url, project, lambda row: row[0])
        assert own_ingest.stop() == 0
    assert liveness(database_url, project)[0] is False
