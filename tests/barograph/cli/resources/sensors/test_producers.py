"""`producer`."""

import psycopg

from tests.api.server import Server
from tests.api.stored import produce
from tests.barograph.cli.conftest import Run


def test_producers_are_listed_and_shown_with_the_frames_that_are_missing(run: Run, server: Server) -> None:
    project = run("project", "create", "Producing", "--field", "id").out.strip()
    producer = produce(server, project, "rig/daq")
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into producer_gap (producer_id, first_seq, last_seq)"
            " select id, 4, 6 from producer where public_id = %s",
            (producer,),
        )
    head, row = run("producer", "list", "Producing").rows
    assert (head[:2], row[:2]) == (["NAME", "CONNECTED"], ["rig/daq", "false"])
    assert run("producer", "list", "Producing", "--connected").rows[1:] == []
    shown = run("producer", "show", "Producing", "rig/daq", "--json").item
    assert (shown["id"], shown["gaps"][0]["first_seq"], shown["gaps"][0]["last_seq"]) == (producer, 4, 6)
    assert run("producer", "show", "Producing", producer, "--field", "name").out == "rig/daq\n"
    assert run("producer", "show", "Producing", "none").code == 1
