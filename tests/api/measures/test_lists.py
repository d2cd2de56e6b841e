"""Runs by their measures: filtered, sorted, page by page."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from tests.api.server import Parameter, Person, Server

VALUES: Mapping[str, float | None] = {
    "a": 5.0,
    "b": 95.0,
    "c": 95.5,
    "d": None,
    "e": -2.0,
    "f": 95.0,
    "g": None,
}


@pytest.fixture
def measured(server: Server, owner: Person, project: str) -> dict[str, Any]:
    """A project whose runs have values as computed; none is d's, and g is not measured at all."""
    owner.made(f"/projects/{project}/sensors", {"key": "p1"})
    path = f"/projects/{project}/measures"
    top = owner.made(path, {"name": "top", "sensor": "p1", "stat": "max"})
    owner.made(path, {"name": "low", "sensor": "p1", "stat": "min"})
    owner.made(path, {"name": "each", "sensor": "p1", "stat": "min", "over": "capture_session"})
    owner.made(path, {"name": "volts", "sensor": "p1", "stat": "max", "layer": "raw"})
    experiment = owner.made(f"/projects/{project}/experiments", {"name": "e"})["id"]
    runs = {name: owner.made(f"/experiments/{experiment}/runs", {"name": name})["id"] for name in VALUES}
    with psycopg.connect(server.database_url) as connection:
        for name, value in VALUES.items():
            if name != "g":
                connection.execute(
                    "insert into measure_value (measure_id, run_id, stretches, definition, value)"
                    " select measure.id, run.id, '{}', 1,"
                    " case measure.name when 'low' then -(%s::float8) else %s::float8 end"
                    " from measure, run where measure.project_id = run.project_id"
                    " and measure.name in ('top', 'low') and run.public_id = %s",
                    (value, value, runs[name]),
                )
    return {"project": project, "experiment": experiment, "measure": top}


def names(owner: Person, path: str, **asked: Parameter) -> str:
    return "".join(run["name"] for run in owner.read(path, **asked)["items"])


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (["top>95"], "c"),
        (["top>=95"], "fcb"),
        (["top<5"], "e"),
        (["top<=5"], "ea"),
        (["top=95"], "fb"),
        (["top>0", "top<95.5"], "fba"),
        (["top>0", "low<-90"], "fcb"),
        (["top>1e3"], ""),
    ],
)
def test_runs_are_found_by_their_values(
    owner: Person, measured: dict[str, Any], conditions: list[str], found: str
) -> None:
    assert names(owner, f"/projects/{measured['project']}/runs", measure=conditions) == found
    assert names(owner, f"/experiments/{measured['experiment']}/runs", measure=conditions) == found
    facets = owner.read(f"/projects/{measured['project']}/runs/facets", measure=conditions)
    assert sum(facets["status"].values()) == len(found)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 50])
@pytest.mark.parametrize(
    ("sort", "conditions", "order"),
    [
        ("measure:top", [], "eabfcdg"),
        ("-measure:top", [], "cfbaegd"),
        ("measure:top", ["top>0"], "abfc"),
        ("-measure:top", ["top>=-1e999"], "cfbae"),
        ("-measure:top", ["low<0", "top<=95"], "fba"),
        ("-measure:top", ["low<0"], "cfba"),
        ("-measure:top", ["low=0"], ""),
    ],
)
def test_runs_are_sorted_by_a_value_page_by_page(
    owner: Person, measured: dict[str, Any], sort: str, conditions: list[str], order: str, limit: int
) -> None:
    path = f"/projects/{measured['project']}/runs"
    found, cursor = "", None
    while True:
        asked: dict[str, Parameter] = {"sort": sort, "limit": limit, "measure": conditions}
        page = owner.read(path, **asked, **({} if cursor is None else {"cursor": cursor}))
        assert len(page["items"]) <= limit
        for run in page["items"]:
            assert run["measure_value"] == VALUES[run["name"]]
            found += run["name"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == order
    assert names(owner, f"/experiments/{measured['experiment']}/runs", **asked | {"limit": 50}) == order


@pytest.mark.parametrize(
    "asked",
    [
        {"measure": "top"},
        {"measure": "top>high"},
        {"measure": "nothing>1"},
        {"measure": "each>1"},
        {"sort": "measure:nothing"},
        {"sort": "measure:each"},
        {"sort": "measure:"},
        {"sort": "measure:top", "cursor": "x"},
    ],
)
def test_what_is_no_condition_is_refused(
    owner: Person, measured: dict[str, Any], asked: dict[str, str]
) -> None:
    assert owner.get(f"/projects/{measured['project']}/runs", asked).status_code == 422


def test_raw_values_order_nothing_for_those_who_may_not_see_them(
    server: Server, owner: Person, newcomer: Person, measured: dict[str, Any]
) -> None:
    project = f"/projects/{measured['project']}"
    owner.send("PATCH", project, {"raw_access": "editors"})
    server.add_member(measured["project"], newcomer.email, "viewer")
    assert newcomer.get(f"{project}/runs", {"sort": "measure:volts"}).status_code == 403
    assert newcomer.get(f"{project}/runs", {"measure": "volts>1"}).status_code == 403
    assert newcomer.get(f"{project}/runs", {"sort": "measure:top"}).status_code == 200
