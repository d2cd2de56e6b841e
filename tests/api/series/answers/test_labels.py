"""Labels beside values of enumerations, each by the profile that made the value."""

import io
from typing import Any

import polars as pl
import pytest

from api.edge.tables.labels import LABELLED_KINDS
from api.series.answers import labelled
from barograph.times import SECOND_US, format_us, now_us
from conversion import KINDS, compile_profile
from tests.api.lab import Lab
from tests.api.rollups import roll_up
from tests.api.series.computed.test_held import make_valve
from tests.api.server import Parameter, Person, Server
from tests.api.stored import Stored, forget, store

START_US = now_us() // 60_000_000 * 60_000_000 - 3600 * SECOND_US
# Of the second version from second 4 on, which calls 0 shut, and has no name for 2.
CODES = [0, 1, 2, 9, 0, 1, 2]
READINGS = [Stored(START_US + n * SECOND_US, c, c, 1 if n < 4 else 2) for n, c in enumerate(CODES)]
LABELS = ["closed", "open", "open", None, "shut", "open", None]


@pytest.fixture
def valve(server: Server, owner: Person, project: str) -> str:
    made = make_valve(owner, project)
    store(server.database_url, made, READINGS)
    return made


def ask(person: Person, *sensors: str, **asked: Parameter) -> list[dict[str, Any]]:
    period = {"from": format_us(START_US), "to": format_us(START_US + 60 * SECOND_US)}
    return person.read("/series", sensor=sensors, include="labels", **period, **asked)["series"]


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_samples_and_values_of_buckets_have_the_labels_of_their_own_profiles(
    server: Server, owner: Person, valve: str, is_rolled_up: bool
) -> None:
    if is_rolled_up:
        roll_up(server.database_url, valve)
    (samples,) = ask(owner, valve, downsample="minmax", max_points=100)
    assert (samples["value"], samples["label"]) == (CODES, LABELS)
    (whole,) = ask(owner, valve, bucket="1m", stat=["mean", "min", "first", "last", "max"])
    assert whole["first_label"] == ["closed"]
    assert whole["last_label"] == whole["max_label"] == [None]
    # The first of the least.
    assert whole["min_label"] == ["closed"]
    assert "mean_label" not in whole
    (filled,) = ask(owner, valve, bucket="4s", stat="first", fill="null")
    assert filled["first_label"] == ["closed", "shut", *[None] * 13]


@pytest.mark.usefixtures("valve")
def test_tables_have_labels_too(owner: Person, project: str) -> None:
    owner.made(f"/projects/{project}/sensors", {"key": "p1"})
    period: dict[str, Parameter] = {
        "from": format_us(START_US),
        "project": project,
        "sensor": ["valve", "p1"],
    }
    asked = period | {"include": "labels", "downsample": "m4", "max_points": 100, "shape": "wide"}
    answer = owner.send("GET", "/series", headers={"Accept": "text/csv"}, params=asked)
    table = pl.read_csv(io.BytesIO(answer.content))
    assert table.columns == ["time", "valve", "valve label", "p1", "p1 label"]
    assert table["valve label"].to_list() == LABELS


def test_readings_have_labels(lab: Lab) -> None:
    valve = make_valve(lab.person, lab.project)
    session = lab.new_session(lab.new_run(sensors=(valve,)), "running")
    now = now_us()
    store(
        lab.server.database_url, valve, [Stored(now, 0, 0, 1), Stored(now + 1, 0, 0, 2), Stored(now + 2, 5)]
    )
    for path in (f"/sensors/{valve}/readings", f"/capture-sessions/{session}/readings"):
        items = lab.person.read(path, include="labels")["items"]
        assert [item["label"] for item in items] == ["closed", "shut", None]
        assert "label" not in lab.person.read(path)["items"][0]
        answer = lab.person.send(
            "GET", path, headers={"Accept": "text/csv"}, params={"include": "labels", "shape": "wide"}
        )
        assert pl.read_csv(io.BytesIO(answer.content))["valve label"].to_list() == ["closed", "shut", None]


def test_what_readings_would_tell_that_are_gone_has_no_label(
    server: Server, owner: Person, valve: str
) -> None:
    roll_up(server.database_url, valve)
    forget(server.database_url)
    (whole,) = ask(owner, valve, bucket="1m", stat=["first", "max"])
    # 0 is closed or shut; 9 has no name in either.
    assert (whole["first"], whole["first_label"], whole["max_label"]) == ([0.0], [None], [None])


def test_labels_of_too_many_values_are_refused_where_they_must_be_looked_up(
    owner: Person, valve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "MAX_LOOKED_UP", 3)
    period = {"from": format_us(START_US), "to": format_us(START_US + 60 * SECOND_US)}
    asked = {"sensor": valve, "include": "labels", "bucket": "1s", "stat": "last"}
    answer = owner.get("/series", asked | period)
    assert answer.status_code == 422
    assert "fewer points" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"stat": "mean"}, "include"),
        ({}, "include"),
        ({"columns": 10}, "include"),
        ({"stat": "last", "layer": "raw"}, "layer"),
    ],
)
def test_where_no_value_has_a_label_it_is_refused(
    owner: Person, sensor: str, asked: dict[str, Parameter], parameter: str
) -> None:
    answer = owner.get("/series", asked | {"sensor": sensor, "include": "labels"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/query/{parameter}"


def test_the_kinds_that_name_values_are_known() -> None:
    named = {
        name
        for name, kind in KINDS.items()
        if compile_profile({"kind": name, "payload": kind.example}).labels is not None
    }
    assert named - {"chain"} == set(LABELLED_KINDS) - {"chain"}
    last: dict[str, Any] = {"kind": "enumeration", "payload": {"values": {"0": "closed"}}}
    first: dict[str, Any] = {"kind": "identity", "payload": {}}
    chain = {"kind": "chain", "payload": {"stages": [first, last]}}
    assert compile_profile(chain).labels is not None
