"""Refused readings come out of their blocks as they went in."""

from typing import Any

import numpy as np
import psycopg

from barograph.database.queries import query
from barograph.readings.rejects.dead_letters import MAX_KINDS, MAX_LETTERS, RejectedReadings, RejectOrigin
from barograph.readings.rejects.odd_readings import NO_TIME_US
from barograph.readings.rejects.reject_codes import SLUGS
from barograph.readings.storing.store import connect, store_rejects
from tests.seed import Project, seed_project

LETTERS = (
    "select producer_id, seq, index, sensor, sensor_id, t_us, value::text, text, code from dead_letter"
    " where project_id = %s order by position"
)


def some_rejected(project: Project, letters: int, origins: int, seed: int) -> RejectedReadings:
    random = np.random.default_rng(seed)
    value = random.normal(size=letters)
    value[::5] = np.nan
    t_us = random.integers(-(2**63), 2**63, letters)
    t_us[::4] = NO_TIME_US
    return RejectedReadings(
        origins=[
            RejectOrigin(0, f"sensor {number}", project.sensor_ids[number % 3] if number % 2 else None)
            for number in range(origins)
        ],
        origin=random.integers(0, origins, letters).astype(np.int32),
        seq=random.integers(0, 3, letters),
        index=random.integers(0, 2**31, letters).astype(np.int32),
        t_us=t_us,
        value=value,
        code=random.integers(1, len(SLUGS), letters).astype(np.uint8),
        texts={row: f"text {row}" * (row > 0) for row in range(0, letters, 7)} if seed % 2 else {},
    )


def as_listed(rejected: RejectedReadings) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for row in range(rejected.code.size):
        origin = rejected.origins[int(rejected.origin[row])]
        text, value, code = rejected.texts.get(row), float(rejected.value[row]), int(rejected.code[row])
        number = "NaN" if np.isnan(value) else repr(value)
        rows.append(
            (
                origin.producer_id or None,
                int(rejected.seq[row]) or None,
                int(rejected.index[row]),
                origin.sensor,
                origin.sensor_id,
                None if text is not None and rejected.t_us[row] == NO_TIME_US else int(rejected.t_us[row]),
                None if text is not None and np.isnan(value) else number,
                text,
                SLUGS[code],
            )
        )
    return rows


def test_letters_come_out_of_their_blocks_as_they_went_in(database_url: str) -> None:
    sizes = [(1, 1), (2, 2), (MAX_LETTERS, 3), (2 * MAX_LETTERS + 1, 5), (3000, 2 * MAX_KINDS), (700, 5000)]
    for seed, (letters, origins) in enumerate(sizes):
        project = seed_project(database_url)
        rejected = some_rejected(project, letters, origins, seed)
        with connect(database_url) as connection, connection.transaction():
            store_rejects(connection, project.id, rejected)
        with psycopg.connect(database_url) as connection:
            listed = connection.execute(LETTERS, (project.id,)).fetchall()
            blocks = connection.execute(
                "select cardinality(kind), cardinality(codes), (select sum(n) from unnest(waiting) as n)"
                " from reject_block where project_id = %s",
                (project.id,),
            ).fetchall()
        assert [
            (*row[:6], None if row[6] is None else _number(row[6]), *row[7:]) for row in listed
        ] == as_listed(rejected)
        assert all(size <= MAX_LETTERS and kinds <= MAX_KINDS and size == n for size, kinds, n in blocks)


def _number(text: str) -> str:
    return "NaN" if text == "NaN" else repr(float(text))


def test_a_page_of_the_list_unpacks_only_the_blocks_it_shows(database_url: str) -> None:
    project = seed_project(database_url)
    with connect(database_url) as connection, connection.transaction():
        for seed in range(40):
            store_rejects(connection, project.id, some_rejected(project, 100, 2, seed))
    names = ("is_replayed", "sensor", "producer", "code", "from_us", "to_us", "received_from", "received_to")
    asked = dict.fromkeys(names) | {"project_id": project.id, "before": 2**63 - 1, "fetch": 51}
    with psycopg.connect(database_url) as connection:
        connection.execute("analyze reject_block")
        rows = connection.execute(
            "explain (analyze, format json) " + query("rejected.list"), asked
        ).fetchall()
    read = [node["Actual Rows"] for node in nodes(rows[0][0][0]["Plan"]) if node.get("Alias") == "block"]
    assert len(read) == 1
    assert read[0] < 5


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for each in plan.get("Plans", []) for node in nodes(each))]
