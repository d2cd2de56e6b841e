"""`readings`, `series`, `reject`, `audit`: questions, and their forms."""

import csv
import io
import json
from uuid import uuid4

import pytest

from barograph.times import MINUTE_US, now_us
from tests.api.server import Server
from tests.api.stored import Letter, Stored, refuse, store
from tests.barograph.cli.conftest import Run

RAW = 0.1 + 0.2


@pytest.fixture
def project(run: Run, server: Server) -> str:
    """A project's name; its sensor p1 has three readings of the last hour and one of yesterday."""
    name = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    sensor = run("sensor", "create", name, "p1", "--output-unit", "bar", "--field", "id").out.strip()
    this_minute_us = now_us() // MINUTE_US * MINUTE_US
    minutes_ago = (30, 20, 10, 24 * 60)
    store(
        server.database_url,
        sensor,
        [Stored(this_minute_us - ago * MINUTE_US, RAW, float(ago)) for ago in minutes_ago],
    )
    return name


def test_readings_of_a_relative_time(run: Run, project: str) -> None:
    assert run("readings", project, "p1", "--from", "-1h", "--field", "physical").out.split() == [
        "10.0",
        "20.0",
        "30.0",
    ]
    words = ("readings", project, "p1", "--from", "-2d", "--to", "-15m", "--oldest-first")
    assert [item["physical"] for item in run(*words, "--json").item][:3] == [1440.0, 30.0, 20.0]
    assert run(*words).rows[0] == ["TIME", "RAW", "PHYSICAL", "FLAGS", "PROFILE", "ID"]
    limited = run(*words, "--limit", "1")
    assert len(limited.rows) == 2
    assert "there are more" in limited.err


def test_csv_holds_every_digit(run: Run, project: str) -> None:
    said = run("readings", project, "p1", "--from", "-1h", "--all", "--csv").out
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [(float(row["raw"]), float(row["physical"])) for row in rows] == [
        (RAW, 10.0),
        (RAW, 20.0),
        (RAW, 30.0),
    ]
    assert run("readings", project, "p1", "--limit", "1").rows[1][1] == "0.3"


def test_a_series_is_a_table_csv_or_json(run: Run, project: str) -> None:
    words = ("series", project, "p1", "--from", "-1h", "--bucket", "10m", "--stat", "count", "--stat", "max")
    head, first, *_ = run(*words).rows
    assert head == ["TIME", "SENSOR", "UNIT", "COUNT", "MAX"]
    assert first[1:] == ["p1", "bar", "1", "30.0"]
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").out)))
    assert [(row["sensor"], float(row["max"])) for row in rows] == [("p1", 30.0), ("p1", 20.0), ("p1", 10.0)]
    (series,) = run(*words, "--json").item["series"]
    assert (series["unit"], series["max"]) == ("bar", [30.0, 20.0, 10.0])


def test_a_series_is_of_the_last_hour_and_may_be_samples(run: Run, project: str) -> None:
    sampled = run("series", project, "p1", "--downsample", "minmax")
    assert sampled.rows[0] == ["TIME", "SENSOR", "UNIT", "VALUE"]
    assert [row[3] for row in sampled.rows[1:]] == ["30.0", "20.0", "10.0"]
    oldest, *_ = run("readings", project, "p1", "--from", "-1h", "--oldest-first", "--json").item
    assert sampled.rows[1][0] == oldest["time"]
    nothing = run("series", project)
    assert (nothing.code, nothing.err) == (1, "Name a sensor, or a --run or --capture-session.\n")


def test_names_that_are_nearly_right_are_suggested(run: Run, project: str) -> None:
    assert run("readings", project, "p11").err == (
        "There is no sensor with the key 'p11' that you may see. Did you mean 'p1'?\n"
    )
    wrong = f"{project[:-1]}_"
    assert f"Did you mean {project!r}" in run("readings", wrong, "p1").err


def test_rejects_are_listed_counted_and_replayed(run: Run, server: Server, project: str) -> None:
    project_id = run("project", "show", project, "--field", "id").out.strip()
    refuse(server, project_id, Letter("p9"), Letter("p9"), Letter("p1", "not-finite", value=float("inf")))
    listed = run("reject", "list", project, "--code", "unknown-sensor", "--json").item
    assert [item["sensor"] for item in listed] == ["p9", "p9"]
    counted = run("reject", "summary", project, "--by", "code").rows
    assert [row[:2] for row in counted[1:]] == [["2", "unknown-sensor"], ["1", "not-finite"]]
    run("sensor", "create", project, "p9")
    assert run("reject", "replay", project, "--sensor", "p9", "--json").item == {"replayed": 2, "rejected": 0}
    assert run("reject", "list", project, "--replayed", "true", "--field", "sensor").out == "p9\np9\n"


def test_the_audit_trail_says_who_did_what(run: Run, project: str) -> None:
    run("sensor", "change", project, "p1", "--name", "Chamber")
    actions = run("audit", "list", project, "--from", "-1h", "--field", "action").out.split()
    assert actions == ["sensor.change", "sensor.create", "project.create"]
    (changed,) = run("audit", "list", project, "--action", "sensor.change", "--json").item
    assert changed["after"]["name"] == "Chamber"


def test_the_chain_of_the_audit_trail_is_verified(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAROGRAPH_DATABASE_URL", server.database_url)
    for words in (("audit", "verify"), ("audit-verify",)):
        verified = json.loads(run(*words, "--json").out)
        assert verified["faults"] == []
