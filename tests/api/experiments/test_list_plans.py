"""How lists are read where a project has 100,000 runs: each filter and each order from an index.

A plan counts as an index's if it reads no large table whole, and if the rows it reads to fill a page are a
small part of all there are.
"""

import asyncio
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, LiteralString, get_args
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from api.edge.lists.sorted_pages import OrderedSpan, Sort
from api.experiments.filters import ExperimentFilters
from api.measures.conditions import RunsByMeasure, read_condition
from barograph.database.connections import Connection
from barograph.database.durable import AsyncDurableConnection
from barograph.database.queries import query
from tests.conftest import database_name, temporary_database

PAGE = 50
MAX_READ = 20_000
NEWEST = OrderedSpan(PAGE, "-created_at", None)
SMALL_TABLES = {"project"}
Plan = dict[str, Any]

SEED = Path(__file__).parent / "crowd.sql"
# What stands in each filter: something frequent, something rare, something that matches nothing.
FILTERS: dict[str, tuple[LiteralString, ...]] = {
    "status": ("select 'finished'", "select 'running'", "select 'failed'"),
    "tag": (
        "select '{t1}'::text[]",
        "select '{u17}'::text[]",
        "select '{t1,u17}'::text[]",
        "select '{x}'::text[]",
    ),
    "q": ("select 'e'", "select 'run'", "select 'abcd'", "select 'qqq'"),
    "git_sha": ("select git_sha from run where git_sha is not null limit 1", "select 'none'"),
    "created_by": (
        "select created_by from run limit 1",
        "select id from account where email = 'nobody@example.org'",
    ),
    "sensor": (
        "select public_id from sensor where id = 77",
        "select public_id from sensor where key = 'unused'",
    ),
    "profile": (
        "select public_id from conversion_profile where id = 77",
        "select public_id from conversion_profile where id = (select max(id) from conversion_profile)",
    ),
    "created_from": ("select now() - interval '100 days'", "select now()"),
    "created_to": ("select now() - interval '100 days'", "select now() - interval '9 years'"),
    "started_from": ("select now() - interval '100 days'", "select now() + interval '1 day'"),
    "started_to": ("select now() - interval '100 days'", "select now() - interval '9 years'"),
}
CASES = [(name, choice) for name, choices in FILTERS.items() for choice in choices]
# In every run: an index can only say so of the runs; that they are few experiments, it can't.
EVERYWHERE: tuple[LiteralString, ...] = (
    "select public_id from sensor where id = 1",
    "select public_id from conversion_profile where id = 1",
)


@pytest.fixture(scope="module")
def crowded(server_url: str, template_name: str) -> Generator[str]:
    """A database that holds what `crowd.sql` says."""
    with temporary_database(server_url, database_name(), template_name) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SEED.read_bytes())
            connection.execute("vacuum analyze")
        yield url


def explain(
    url: str,
    statement: str,
    choices: dict[str, LiteralString],
    span: OrderedSpan,
    experiment_id: int | None = None,
    conditions: Sequence[str] = (),
) -> list[Plan]:
    """The nodes of a list's plan, with what each has read."""

    async def ask() -> Plan:
        async with await AsyncDurableConnection.connect(url, row_factory=dict_row) as connection:
            filters = {name: await value(connection, choice) for name, choice in choices.items()}
            asked = await ExperimentFilters.model_validate(filters).parameters(connection, 1)
            given = span.parameters | asked | {"experiment_id": experiment_id}
            measures = RunsByMeasure([read_condition(each) for each in conditions], span.sort)
            given |= await measures.parameters(connection, 1, sees_raw=True)
            text = "explain (analyze, timing off, format json) " + query(statement)
            cursor = await connection.execute(text, given, prepare=False)
            row = await cursor.fetchone()
            assert row is not None
            return row["QUERY PLAN"][0]["Plan"]

    return list(nodes(asyncio.run(ask())))


async def value(connection: Connection, choice: LiteralString) -> object:
    row = await (await connection.execute(choice)).fetchone()
    assert row is not None
    found = next(iter(row.values()))
    # As a question in a URL has it.
    return str(found) if isinstance(found, UUID) else found


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def check(plan: list[Plan]) -> None:
    for node in plan:
        if "Seq Scan" in node["Node Type"]:
            assert node["Relation Name"] in SMALL_TABLES, node
        thrown_away = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        assert (node["Actual Rows"] + thrown_away) * node["Actual Loops"] <= MAX_READ, node


@pytest.mark.parametrize(("name", "choice"), CASES)
def test_a_filter_of_runs_is_answered_from_an_index(crowded: str, name: str, choice: LiteralString) -> None:
    check(explain(crowded, "run.list", {name: choice}, NEWEST))


@pytest.mark.parametrize(("name", "choice"), list(zip(("sensor", "profile"), EVERYWHERE, strict=True)))
def test_a_sensor_of_all_runs_is_no_burden(crowded: str, name: str, choice: LiteralString) -> None:
    check(explain(crowded, "run.list", {name: choice}, NEWEST))


@pytest.mark.parametrize(("name", "choice"), CASES)
def test_a_filter_of_experiments_is_answered_from_an_index(
    crowded: str, name: str, choice: LiteralString
) -> None:
    check(explain(crowded, "experiment.list", {name: choice}, NEWEST))


@pytest.mark.parametrize("sort", get_args(Sort))
@pytest.mark.parametrize("statement", ["run.list", "experiment.list"])
def test_an_order_is_an_index_s(crowded: str, statement: str, sort: Sort) -> None:
    check(explain(crowded, statement, {}, OrderedSpan(PAGE, sort, None)))


@pytest.mark.parametrize("sort", get_args(Sort))
@pytest.mark.parametrize("statement", ["run.list", "experiment.list"])
def test_a_page_in_the_middle_is_found_by_the_index(crowded: str, statement: str, sort: Sort) -> None:
    span = OrderedSpan(PAGE, sort, ("run 8" if sort.endswith("name") else "2026-01-01T00:00:00Z", 500))
    plan = explain(crowded, statement, {}, span)
    check(plan)
    assert any("Index Cond" in node and "ROW(" in node["Index Cond"] for node in plan)


def test_an_experiment_s_runs_are_found_by_its_index(crowded: str) -> None:
    plan = explain(crowded, "run.list", {}, NEWEST, experiment_id=7)
    check(plan)
    assert "run_experiment_id_idx" in {node.get("Index Name") for node in plan}


# Frequent, rare, nothing; two on one measure, and on two.
CONDITIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("top>100",),
    ("top>998",),
    ("top>5000",),
    ("top>100", "top<900"),
    ("top>998", "low>100"),
    ("low>998", "top>100"),
)
BY_MEASURE = ("measure:top", "-measure:top")


@pytest.mark.parametrize("conditions", CONDITIONS)
@pytest.mark.parametrize("sort", [*BY_MEASURE, "-created_at"])
def test_measures_narrow_and_order_runs_from_their_index(
    crowded: str, sort: str, conditions: tuple[str, ...]
) -> None:
    plan = explain(crowded, "run.list", {}, OrderedSpan(PAGE, sort, None), conditions=conditions)
    check(plan)
    if conditions or sort in BY_MEASURE:
        assert "measure_value" in {node.get("Relation Name") for node in plan}


@pytest.mark.parametrize("sort", BY_MEASURE)
def test_a_page_amid_values_is_found_by_their_index(crowded: str, sort: str) -> None:
    plan = explain(crowded, "run.list", {}, OrderedSpan(PAGE, sort, ("500.0", 500)))
    check(plan)
    (values,) = [node for node in plan if node.get("Relation Name") == "measure_value"]
    assert values["Index Name"] == "measure_value_value_idx"
    assert "ROW(" in values["Index Cond"]
    assert values["Actual Rows"] <= 2 * PAGE


@pytest.mark.parametrize("sort", ["created_at", "name"])
def test_a_frequent_measure_leaves_another_order_to_its_index(crowded: str, sort: Sort) -> None:
    check(explain(crowded, "run.list", {}, OrderedSpan(PAGE, sort, None), conditions=["top>100"]))
