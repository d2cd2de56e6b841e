"""What came last or first, and whatever has its time, where rows lie beside columns or blocks.

TimescaleDB has the sort of a chunk keep no more rows than a statement fetches, where the planner knows how
many. `with ties` takes one more, and the server ends the statement. Columns need the Community edition.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest
from psycopg.rows import dict_row

from barograph.database import block_format
from barograph.database.queries import load_queries, query
from barograph.times import DAY_US, SECOND_US, from_us, now_us
from tests.backfill.rollups.expected import Store
from tests.ingest.database import ask
from tests.seed import Profile, Project, seed_project

BASE_US = (now_us() // DAY_US - 2) * DAY_US
SECONDS = 200
DAY = timedelta(days=1)
FROM, TO = from_us(BASE_US), from_us(BASE_US) + DAY
END_US = BASE_US + SECONDS * SECOND_US
LOWEST = {"time": FROM, "raw": -1e300, "physical": -1e300, "profile_id": 0, "flags": 0}
GREATEST = {"time": TO, "raw": 1e300, "physical": 1e300, "profile_id": 2**31 - 1, "flags": 32767}


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url, 3, [Profile("linear", {"slope": 2, "offset": 1})])


def asked(name: str, sensor_id: int) -> Mapping[str, Any]:
    """Of a statement, its parameters."""
    period = {"from": FROM, "to": TO, "sensor_id": sensor_id, "sensor_ids": [sensor_id]}
    page = period | {"sees_raw": True, "skip": 2, "fetch": 5}
    return {
        "archive.rows": period | {"rows": 5},
        "auxiliary.stored": period
        | {"runs": [0], "oldest_us": [BASE_US], "earliest_us": [END_US], "latest_us": [END_US]}
        | {"max_readings": [9]},
        "auxiliary.stored_one_by_one": period | {"oldest_us": [BASE_US], "at_us": [END_US]},
        "export.pages": period | {"froms": [FROM], "rows": 5},
        "measure_reading.last_before": {
            "sensor_id": sensor_id, "from_us": BASE_US, "to_us": END_US, "is_raw": False
        },
        "overview.latest": page,
        "reading.ascending": page | LOWEST,
        "reading.descending": page | GREATEST,
        "reading.instants_ascending": page,
        "reading.instants_descending": page,
        "sensor.latest": page | {"paced": 50},
        "series.last_before": period
        | {"track": [0], "sensor_id": [sensor_id], "to_us": [END_US], "is_raw": False},
    }[name]  # fmt: skip


def fill(
    store: Store, database_url: str, sensor_id: int, monkeypatch: pytest.MonkeyPatch, is_in: str
) -> None:
    """Rows, columns or blocks that came in no order, and rows of the same times beside them."""
    every = [(0, BASE_US + second * SECOND_US, second % 7) for second in range(0, SECONDS, 2)]
    monkeypatch.setattr(block_format, "MIN_READINGS", 1 if is_in == "blocks" else 10_000)
    for part in (every[50:], every[:50], every[25:75]):
        store.commit([*part, *((1, t_us, raw) for _, t_us, raw in part)])
    if is_in == "columns":
        ask(database_url, "select move_into_columnstore(chunk) from show_chunks('reading') as chunk")
    monkeypatch.setattr(block_format, "MIN_READINGS", 10_000)
    for time_us in (BASE_US, BASE_US + 100 * SECOND_US, every[-1][1]):
        store.commit([(0, time_us, raw) for raw in (5, 9, -3)])
    ask(
        database_url,
        "insert into sensor_liveness (sensor_id, last_seen_at, latest_at) values (%s, now(), %s)"
        " on conflict (sensor_id) do update set latest_at = excluded.latest_at",
        sensor_id,
        from_us(every[-1][1]),
    )


def answer(database_url: str, name: str, sensor_id: int) -> list[list[Any]]:
    """Its rows; of arrays side by side, what stands in one place together: equal times come in any order."""
    with psycopg.connect(database_url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(name), asked(name, sensor_id)).fetchall()
    return [list(_side_by_side(row.values())) for row in rows]


def _side_by_side(values: Iterable[Any]) -> Iterator[Any]:
    columns: list[Sequence[Any]] = []
    for value in values:
        if isinstance(value, list):
            columns.append(cast("Sequence[Any]", value))
        else:
            yield value
    yield sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("is_in", [pytest.param("columns", marks=pytest.mark.community), "blocks"])
def test_all_that_is_asked_with_ties(
    database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch, is_in: str
) -> None:
    """As where there are rows only."""
    if is_in == "columns" and not ask(database_url, query("columnstore.look"))[0][0]:
        pytest.skip("this TimescaleDB is the Apache edition, which has no columnstore")
    sensor_id = project.sensor_ids[0]
    statements = [name for name, text in load_queries().items() if "with ties" in text]
    store = Store(database_url, project)
    with closing(store.connection):
        fill(store, database_url, sensor_id, monkeypatch, "rows")
        rows = {name: answer(database_url, name, sensor_id) for name in statements}
        ask(database_url, "truncate reading")
        fill(store, database_url, sensor_id, monkeypatch, is_in)
    for is_analyzed in (False, True):
        if is_analyzed:
            ask(database_url, "analyze reading, reading_block")
        for name in statements:
            assert answer(database_url, name, sensor_id) == rows[name], name
