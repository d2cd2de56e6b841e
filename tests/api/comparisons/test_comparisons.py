"""Runs and capture sessions over one another: what is answered, and to whom."""

import io
from typing import Any

import polars as pl
import pytest

from barograph.times import DAY_US, HOUR_US, SECOND_US, format_us, from_us
from tests.api.comparisons.captured import START_US, CapturedRun, capture, capture_session, keep, wave
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab, make_lab
from tests.api.server import Person

APART_US = HOUR_US


@pytest.fixture
def sensor_id(lab: Lab) -> str:
    return lab.sensor("p1")


def three_runs(lab: Lab, sensor_id: str) -> list[CapturedRun]:
    """Each of ten readings a millisecond apart, at whatever microsecond: a ramp, one higher, one lower."""
    runs: list[CapturedRun] = []
    for place, higher in enumerate((0, 1, -2)):
        start_us = START_US + place * APART_US + 123_456 * (place + 1)
        keep(lab, sensor_id, wave(start_us, [n + higher for n in range(10)]))
        period = (start_us, start_us + 10_000)
        runs.append(capture(lab, [sensor_id], period, params={"nozzle": "A", "higher": higher}))
    return runs


def compare(person: Person, **body: object) -> dict[str, Any]:
    answer = person.post("/comparisons", {"sensors": ["p1"], **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(runs: list[CapturedRun]) -> list[str]:
    return [run.id for run in runs]


def test_runs_lie_over_one_another_on_one_grid(owner: Person, lab: Lab, sensor_id: str) -> None:
    runs = three_runs(lab, sensor_id)
    answer = compare(owner, runs=ids(runs), columns=10)
    by_time = {"start_step": None, "bucket_steps": None}
    assert answer["grid"] == {"start_us": 0, "bucket_us": 1000, "n": 10, **by_time}
    assert [member["run_id"] for member in answer["members"]] == ids(runs)
    for higher, member in zip((0, 1, -2), answer["members"], strict=True):
        (series,) = member["series"]
        assert series["index"] == list(range(10))
        assert series["mean"] == series["first"] == series["max"] == [n + higher for n in range(10)]
        assert (member["offset_us"], member["problem"], member["shift_us"]) == (0, None, 0)
    assert answer["members"][1]["t0"] == format_us(START_US + APART_US + 246_912)
    (spread,) = answer["spread"]
    assert spread["min"] == [n - 2 for n in range(10)]
    assert spread["max"] == [n + 1 for n in range(10)]
    assert spread["mean"] == pytest.approx([n - 1 / 3 for n in range(10)])
    assert spread["members"] == [3] * 10
    assert [(each["run_id"], each["rms"], each["max"], each["at_us"]) for each in answer["difference"]] == [
        (runs[1].id, 1, 1, 0),
        (runs[2].id, 2, -2, 0),
    ]
    assert [(each["count"], each["min"], each["mean"]) for each in answer["summary"]] == [
        (10, 0, 4.5),
        (10, 1, 5.5),
        (10, -2, 2.5),
    ]
    assert answer["params"] == [
        {"name": "higher", "values": [0, 1, -2], "differs": True},
        {"name": "nozzle", "values": ["A", "A", "A"], "differs": False},
    ]
    assert answer["meta"]["position"]


def test_another_baseline_a_shift_and_a_window(owner: Person, lab: Lab, sensor_id: str) -> None:
    runs = three_runs(lab, sensor_id)
    answer = compare(
        owner,
        runs=ids(runs),
        columns=10,
        baseline=runs[2].id,
        shift_us={runs[0].id: 2000, runs[1].id: -1000},
        from_us=1000,
        to_us=8000,
        stat="max",
    )
    moved = {each["run_id"]: each["shift_us"] for each in answer["members"]}
    assert moved == {runs[0].id: 2000, runs[1].id: -1000, runs[2].id: 0}
    assert [(each["run_id"], each["rms"], each["max"]) for each in answer["difference"]] == [
        (runs[0].id, 4, 4),
        (runs[1].id, 2, 2),
    ]
    assert [each["count"] for each in answer["summary"]] == [7, 7, 7]
    assert answer["meta"]["stat"] == "max"


def test_capture_sessions_are_compared_too(owner: Person, lab: Lab, sensor_id: str) -> None:
    keep(lab, sensor_id, wave(START_US, list(range(30))))
    run = capture(lab, [sensor_id], (START_US, START_US + 10_000), (START_US + 10_000, START_US + 20_000))
    answer = compare(owner, capture_sessions=run.sessions, columns=10)
    assert [each["capture_session_id"] for each in answer["members"]] == list(run.sessions)
    assert [each["series"][0]["mean"] for each in answer["members"]] == [
        list(range(10)),
        list(range(10, 20)),
    ]
    assert answer["members"][1]["name"].endswith("#2")


def test_time_counts_from_a_capture_session_or_an_annotation(owner: Person, lab: Lab, sensor_id: str) -> None:
    runs = three_runs(lab, sensor_id)
    second = capture_session(lab, runs[0].id, START_US + SECOND_US, START_US + 2 * SECOND_US)
    assert second
    answer = compare(owner, runs=ids(runs), align={"capture_session": 2})
    assert answer["members"][0]["t0"] == format_us(START_US + SECOND_US)
    for member in answer["members"][1:]:
        assert (member["t0"], member["series"]) == (None, [])
        assert member["problem"] == "the run has no capture session 2 that has started"
    at_us = START_US + APART_US + 246_912 + 5000
    for moment, given in ((at_us + 1000, {}), (at_us, {}), (START_US - SECOND_US, {"run": runs[2].id})):
        body = {"from": format_us(moment), "text": "ignition", "tags": ["ignition"], **given}
        owner.made(f"/projects/{lab.project}/annotations", body)
    window = {"from_us": -5000, "to_us": 5000, "columns": 10}
    answer = compare(owner, runs=ids(runs), align={"annotation": "ignition"}, **window)
    assert [member["t0"] for member in answer["members"]] == [
        None,
        format_us(at_us),
        format_us(START_US - SECOND_US),
    ]
    assert answer["members"][0]["problem"] == "nothing in the run is annotated with ignition"
    assert answer["members"][1]["series"][0]["mean"] == list(range(1, 11))
    assert answer["difference"] == []


def test_time_counts_from_a_crossing(owner: Person, lab: Lab, sensor_id: str) -> None:
    runs = three_runs(lab, sensor_id)
    answer = compare(owner, runs=ids(runs), columns=20, align={"sensor": "p1", "crosses": 7.5})
    assert [member["t0"] for member in answer["members"]] == [
        format_us(START_US + 123_456 + 8000),
        format_us(START_US + APART_US + 246_912 + 7000),
        None,
    ]
    assert answer["members"][2]["problem"] == "never crosses: p1 rising through 7.5"
    assert answer["grid"]["start_us"] == -8000
    falling = {"sensor": "p1", "crosses": 7.5, "rising": False}
    assert {member["t0"] for member in compare(owner, runs=ids(runs), align=falling)["members"]} == {None}


def test_units_are_joined_or_refused(owner: Person, lab: Lab) -> None:
    other = make_lab(lab.server, owner, owner.made("/projects", {"name": f"beside {lab.project}"})["id"])
    runs: list[CapturedRun] = []
    for each, unit, factor in ((lab, "bar", 1), (other, "mbar", 1000)):
        made = owner.made(f"/projects/{each.project}/sensors", {"key": "p1", "output_unit": unit})["id"]
        keep(each, made, wave(START_US, [n * factor for n in range(10)]))
        runs.append(capture(each, [made], (START_US, START_US + 10_000)))
    answer = compare(owner, runs=ids(runs), align={"sensor": "p1", "crosses": 3})
    assert {series["unit"] for each in answer["members"] for series in each["series"]} == {"bar"}
    assert [each["max"] for each in answer["difference"]] == [pytest.approx(0)]
    assert [each["max"] for each in answer["summary"]] == [9, pytest.approx(9)]
    odd = owner.made(f"/projects/{lab.project}/sensors", {"key": "speed", "output_unit": "rpm"})["id"]
    even = owner.made(f"/projects/{other.project}/sensors", {"key": "speed", "output_unit": "degC"})["id"]
    runs = [
        capture(each, [made], (START_US, START_US + 10_000)) for each, made in ((lab, odd), (other, even))
    ]
    refused = owner.post("/comparisons", {"runs": ids(runs), "sensors": ["speed"]})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/sensors/0"]


@pytest.mark.parametrize(
    "media", ["text/csv", "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"]
)
def test_tables_are_long_or_wide(owner: Person, lab: Lab, sensor_id: str, media: str) -> None:
    runs = three_runs(lab, sensor_id)
    readers: dict[str, Any] = {
        "text/csv": pl.read_csv,
        "application/vnd.apache.arrow.stream": pl.read_ipc_stream,
        "application/vnd.apache.parquet": pl.read_parquet,
    }

    def table(shape: str) -> pl.DataFrame:
        answer = owner.client.post(
            "/api/v1/comparisons",
            json={"runs": ids(runs), "sensors": ["p1"], "columns": 10},
            params={"shape": shape},
            headers={"Accept": media},
        )
        assert answer.status_code == 200, answer.text
        assert "position" in answer.headers["X-Comparison-Meta"]
        return readers[media](io.BytesIO(answer.content))

    long, wide = table("long"), table("wide")
    assert long.height == 30
    assert long["mean"].to_list()[10:13] == [1, 2, 3]
    assert long["elapsed_us"].to_list()[:3] == [0, 1000, 2000]
    assert wide.shape == (10, 4)
    assert wide.to_dict(as_series=False)["elapsed_us"][1] == 1000
    assert all(name.startswith("p1 run ") and name.endswith(" mean") for name in wide.columns[1:])


def test_only_what_one_may_see_is_compared(people: People, lab: Lab, sensor_id: str) -> None:
    runs = three_runs(lab, sensor_id)
    body = {"runs": ids(runs), "sensors": ["p1"]}
    assert people.viewer.post("/comparisons", body).status_code == 200
    assert people.outsider.post("/comparisons", body).status_code == 404
    assert people.owner.patch(f"/projects/{lab.project}", {"raw_access": "editors"}).status_code == 200
    assert people.viewer.post("/comparisons", body | {"layer": "raw"}).status_code == 403
    assert people.editor.post("/comparisons", body | {"layer": "raw"}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"sensors": ["p2"]}, "/sensors/0"),
        ({"align": {"sensor": "p2", "crosses": 1}}, "/align/sensor"),
        ({"metrics": ["loss"]}, ""),
        ({"capture_sessions": ["3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11"] * 2}, ""),
        ({"baseline": "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11"}, ""),
        ({"shift_us": {"3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11": 1}}, ""),
        ({"from_us": 5, "to_us": 5}, ""),
        ({"sensors": []}, ""),
        ({"columns": 1}, "/columns"),
        ({"stat": "p50"}, "/stat"),
    ],
)
def test_what_can_not_be_compared_is_refused(
    owner: Person, lab: Lab, sensor_id: str, wrong: dict[str, Any], pointer: str
) -> None:
    runs = [capture(lab, [sensor_id], (START_US, START_US + 1000)) for _ in range(2)]
    answer = owner.post("/comparisons", {"runs": ids(runs), "sensors": ["p1"]} | wrong)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_a_run_is_named_once(owner: Person, lab: Lab, sensor_id: str) -> None:
    run = capture(lab, [sensor_id], (START_US, START_US + 1000))
    answer = owner.post("/comparisons", {"runs": [run.id, run.id], "sensors": ["p1"]})
    assert answer.status_code == 422


def test_runs_that_have_not_begun_are_answered_in_words(owner: Person, lab: Lab, sensor_id: str) -> None:
    assert sensor_id
    runs = [lab.new_run(), lab.new_run()]
    answer = compare(owner, runs=runs)
    assert {each["problem"] for each in answer["members"]} == {"no capture session of the run has started"}
    assert answer["grid"]["n"] == 0
    assert answer["spread"][0]["index"] == answer["difference"] == answer["summary"] == []


def test_a_member_without_the_sensor_has_no_series_of_it(
    owner: Person, lab: Lab, sensor_id: str, make_project: ProjectMaker
) -> None:
    other = make_lab(lab.server, owner, make_project())
    runs = [
        *three_runs(lab, sensor_id)[:1],
        capture(other, [other.sensor("p9")], (START_US, START_US + 10_000)),
    ]
    answer = compare(owner, runs=ids(runs))
    assert [len(each["series"]) for each in answer["members"]] == [1, 0]
    crossed = compare(owner, runs=ids(runs), align={"sensor": "p1", "crosses": 3})
    assert crossed["members"][1]["problem"] == "the run has no sensor p1"


def running_since(lab: Lab, sensor: str, start_us: int) -> str:
    """A run whose capture session began then, and goes on."""
    run = lab.new_run("running", sensors=(sensor,))
    session = lab.new_session(run, "running")
    with lab.connect() as connection:
        connection.execute(
            "update capture_session set started_at = %s where public_id = %s", [from_us(start_us), session]
        )
    return run


def test_a_run_that_runs_on_is_compared_as_far_as_others_go(owner: Person, lab: Lab, sensor_id: str) -> None:
    over = capture(lab, [sensor_id], (START_US, START_US + 10_000))
    on = running_since(lab, sensor_id, START_US + DAY_US)
    keep(lab, sensor_id, wave(START_US, range(10)))
    keep(lab, sensor_id, wave(START_US + DAY_US, range(100)))
    answer = compare(owner, runs=[over.id, on])
    assert [member["runs_on"] for member in answer["members"]] == [False, True]
    assert answer["grid"]["n"] * answer["grid"]["bucket_us"] <= 10_100
    assert [each["count"] for each in answer["summary"]] == [10, 10]
    # On its own to now, and as far as is asked for.
    others = [running_since(lab, sensor_id, START_US + 2 * DAY_US), on]
    both = compare(owner, runs=others)["grid"]
    assert both["n"] * both["bucket_us"] > 2 * DAY_US
    assert compare(owner, runs=[over.id, on], to_us=50_000)["summary"][1]["count"] == 50


def test_a_run_that_runs_on_and_began_after_all_others_had_ended_is_shown(
    owner: Person, lab: Lab, sensor_id: str
) -> None:
    over = capture(lab, [sensor_id], (START_US, START_US + 10_000))
    on = running_since(lab, sensor_id, START_US + DAY_US)
    keep(lab, sensor_id, wave(START_US + DAY_US, range(100)))
    answer = compare(owner, runs=[over.id, on], shift_us={over.id: 20_000_000})
    assert answer["summary"][1]["count"] == 100
