"""Whatever lies in the archive: every question has the answer that rows alone would give."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backfill.archive.work import Archivist
from backfill.jobs.row_claims import Pool
from barograph.archive.filing import ChunkToFile, file_chunk
from barograph.archive.shelf import SHELVES
from barograph.archive.thawing import thaw
from barograph.database.connections import open_connection
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, SECOND_US, format_us, from_us
from tests.backfill.archive.filing import TODAY_US, everything, held, make_archivist, rows
from tests.backfill.recalibration.history.history import clock
from tests.backfill.recalibration.scene import NEW, Scene
from tests.backfill.rollups.expected import work_everything_off
from tests.examples import in_time, times
from tests.programs import url_of

DAYS = 3
FIRST_US = TODAY_US - (DAYS + 2) * DAY_US


def fill(scene: Scene, pool: Pool, seed: int = 0) -> None:
    """Readings of some days around midnights: dense seconds, single ones, several of one instant, gaps."""
    random = np.random.default_rng(seed)
    for day in range(DAYS):
        start_us = FIRST_US + day * DAY_US
        t_us = np.concatenate(
            [
                start_us + random.integers(0, DAY_US, 300),
                start_us + 3600 * SECOND_US + np.arange(400) * 1000,
                np.repeat(start_us + 7200 * SECOND_US, 5),
                [start_us, start_us + DAY_US - 1],
            ]
        )
        sensor = random.integers(0, 3, t_us.size).astype(np.int32)
        scene.store(sensor, t_us, random.normal(20, 3, t_us.size).round(2))
    work_everything_off(pool)


def questions(scene: Scene, as_of: str | None = None) -> dict[str, Any]:
    """Answers of all kinds."""
    person, sensors = scene.person, scene.sensors
    period = {"from": format_us(FIRST_US - DAY_US), "to": format_us(TODAY_US)}
    believed = {} if as_of is None else {"as_of": as_of}
    series = {"sensor": list(sensors.values()), **believed}
    answers: dict[str, Any] = {}
    for order in ("asc", "desc"):
        pages: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = person.read(
                f"/sensors/{sensors['s0']}/readings", limit=150, order=order, **period, **believed, **cursor
            )
            pages.append(page["items"])
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        answers[f"readings {order}"] = pages
    short = {"from": format_us(FIRST_US + 3600 * SECOND_US - 7), "to": format_us(FIRST_US + 3601 * SECOND_US)}
    asked: dict[str, dict[str, Any]] = {
        "samples": period | {"downsample": "m4", "max_points": "200"},
        "milliseconds": short | {"bucket": "1ms", "stat": ["mean", "count", "last"]},
        "minutes": period | {"bucket": "1h", "stat": ["mean", "min", "max", "count", "stddev", "p95"]},
        "odd ends": {
            "from": format_us(FIRST_US + 12_345_678),
            "to": format_us(FIRST_US + DAY_US + 987_654_321),
            "bucket": "1d",
            "stat": ["sum", "first", "last", "flagged"],
        },
        "filled": short | {"bucket": "100ms", "fill": "previous"},
        "columns": period | {"columns": "50"},
        "raw": period | {"bucket": "6h", "layer": "raw", "stat": ["p50", "time_weighted_mean"]},
    }
    for name, parameters in asked.items():
        if as_of is not None and name == "columns":
            continue
        found = person.get("/series", series | parameters)
        answers[name] = (found.status_code, _plain(found.json()))
    for layout in ("long", "wide"):
        export = person.get(
            "/readings/export",
            {"sensor": list(sensors.values()), "shape": layout, "format": "csv", "layer": "both"}
            | period
            | believed,
        )
        assert export.status_code == 200, export.text
        answers[f"export {layout}"] = export.text
    return answers


def _plain(answer: Any) -> Any:  # noqa: ANN401  # JSON
    """Without what differs from one moment to the next."""
    return json.loads(json.dumps(answer), object_hook=_without_position)


def _without_position(found: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in found.items() if name not in {"position", "instance", "request_id"}}


def file_some(scene: Scene, places: Sequence[tuple[int, int]]) -> None:
    """Files a sensor's readings of a day, for each of these."""
    with open_connection(url_of(ProgramRole.WORKER, scene.server.database_url), Role.ARCHIVE) as connection:
        for sensor, day in places:
            start = from_us(FIRST_US + day * DAY_US)
            chunk = ChunkToFile(
                scene.project.id,
                start,
                from_us(FIRST_US + (day + 1) * DAY_US),
                np.array([scene.project.sensor_ids[sensor]], np.int32),
            )
            file_chunk(connection, SHELVES.current, Path(SHELVES.current.place).parent / "staged", chunk)


def thaw_all(scene: Scene) -> None:
    with open_connection(url_of(ProgramRole.WORKER, scene.server.database_url), Role.ARCHIVE) as connection:
        thaw(connection, SHELVES.current, scene.project.sensor_ids, from_us(0), from_us(TODAY_US))


@pytest.fixture
def archivist(scene: Scene, tmp_path: Path) -> Archivist:
    return make_archivist(scene.server.database_url, tmp_path, scene.cache)


def assert_alike(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, answer in expected.items():
        assert found[name] == answer, name


@pytest.mark.usefixtures("archivist")
def test_any_mix_of_files_and_rows_answers_as_rows_alone(scene: Scene, pool: Pool) -> None:
    fill(scene, pool)
    expected = questions(scene)
    every = [(sensor, day) for sensor in range(3) for day in range(DAYS)]
    random = np.random.default_rng(5)
    for _ in in_time(range(2 * times())):
        some: list[int] = random.permutation(len(every))[: random.integers(1, len(every))].tolist()
        file_some(scene, [every[place] for place in some])
        assert held(scene.server.database_url) > 0
        assert_alike(questions(scene), expected)
        thaw_all(scene)
    assert_alike(questions(scene), expected)


@pytest.mark.nightly
def test_late_readings_lie_beside_files(scene: Scene, pool: Pool, archivist: Archivist) -> None:
    fill(scene, pool)
    archivist.work()
    late_us = FIRST_US + 3600 * SECOND_US + np.array([1, 500, 2**31])
    scene.store(np.zeros(3, np.int32), late_us, np.array([1.0, 2.0, 3.0]))
    in_between = questions(scene)
    work_everything_off(pool)
    rolled_up = questions(scene)
    archivist.work()
    assert rows(scene.server.database_url, scene.project) == []
    merged = questions(scene)
    thaw_all(scene)
    expected = questions(scene)
    assert_alike(rolled_up, expected)
    assert_alike(merged, expected)
    # Where roll-ups lack something, answers come from readings, and say so.
    for name in ("samples", "milliseconds", "filled"):
        assert in_between[name][1]["series"] == expected[name][1]["series"], name
    for name in ("readings asc", "readings desc", "export long", "export wide"):
        assert in_between[name] == expected[name], name


@pytest.mark.parametrize("named", [pytest.param(False, marks=pytest.mark.nightly), True])
def test_recalibration_as_of_and_undo_go_through_the_archive(
    scene: Scene, pool: Pool, archivist: Archivist, named: bool
) -> None:
    database_url = scene.server.database_url
    fill(scene, pool)
    before_readings, before = everything(database_url, scene.project), questions(scene)
    archivist.work()
    assert rows(database_url, scene.project) == []
    first = clock(scene)
    if named:
        backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    else:
        scene.activate("s0", "polynomial", NEW)
        backfill = scene.ask()
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    work_everything_off(pool)
    changed = questions(scene)
    assert changed["readings asc"] != before["readings asc"]
    archivist.work()
    assert held(database_url) == len(before_readings)
    assert_alike(questions(scene), changed)
    assert_alike(questions(scene, first), _as_believed(before))
    scene.act(backfill, "undo")
    scene.work()
    assert scene.look(backfill)["status"] == "undone"
    if named:
        assert everything(database_url, scene.project) == before_readings
    work_everything_off(pool)
    archivist.work()
    assert_alike(questions(scene, first), _as_believed(before))


def _as_believed(answers: dict[str, Any]) -> dict[str, Any]:
    """What an answer as of a time has alike with one of now: readings."""
    return {name: answers[name] for name in ("readings asc", "readings desc")}
