"""Readings that are stored: the worker is told, so that it may rest until there are some."""

import psycopg
import pytest

from barograph.times import now_us
from tests.ingest.gateway import binary_frame, open_gateway
from tests.programs import Program
from tests.seed import Project


@pytest.mark.timeout(60)
def test_who_stores_readings_tells_the_worker(database_url: str, ingest: Program, project: Project) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as listener,
        open_gateway(ingest, project) as gateway,
    ):
        listener.execute("listen barograph_work")
        gateway.bind("rig/daq", ["s0"])
        gateway.send(binary_frame(1, [0], [now_us()], [1.0]))
        gateway.acked_up_to(1)
        (told,) = listener.notifies(timeout=20, stop_after=1)
    assert told.channel == "barograph_work"
