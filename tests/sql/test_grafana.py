"""Grafana can't run here, but what it is told can be read as it does, and its statements asked."""

from collections.abc import Generator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from jsonschema import Draft202012Validator, validate

from tests.conftest import database_name, temporary_database
from tests.programs import ROOT
from tests.sql.analyst import Analyst, analysts
from tests.sql.grafana import DASHBOARDS, GRAFANA, Asked, read_dashboard, statements_of
from tests.sql.test_page import NOON, fill

SERVICE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["grafana"]
SOURCE = {"type": "grafana-postgresql-datasource", "uid": "barograph"}
# The part of Grafana's schema of dashboards (schemaVersion 41) that ours use.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["uid", "title", "schemaVersion", "time", "templating", "annotations", "panels"],
    "properties": {
        "uid": {"type": "string", "maxLength": 40, "pattern": "^[a-zA-Z0-9_-]+$"},
        "title": {"type": "string", "minLength": 1},
        "schemaVersion": {"type": "integer", "minimum": 36},
        "refresh": {"type": "string", "pattern": r"^(\d+[smhd])?$"},
        "graphTooltip": {"enum": [0, 1, 2]},
        "time": {"type": "object", "required": ["from", "to"]},
        "templating": {
            "properties": {
                "list": {
                    "items": {
                        "required": ["name", "type", "query", "datasource"],
                        "properties": {
                            "name": {"pattern": r"^\w+$"},
                            "type": {"const": "query"},
                            "refresh": {"enum": [0, 1, 2]},
                            "datasource": {"const": SOURCE},
                        },
                    }
                }
            }
        },
        "panels": {
            "minItems": 1,
            "items": {
                "required": [
                    "id",
                    "type",
                    "title",
                    "gridPos",
                    "targets",
                    "fieldConfig",
                    "options",
                    "datasource",
                ],
                "properties": {
                    "type": {"enum": ["timeseries", "table", "stat", "trend"]},
                    "datasource": {"const": SOURCE},
                    "gridPos": {
                        "required": ["x", "y", "w", "h"],
                        "properties": {
                            "x": {"type": "integer", "minimum": 0, "maximum": 23},
                            "y": {"type": "integer", "minimum": 0},
                            "w": {"type": "integer", "minimum": 1, "maximum": 24},
                            "h": {"type": "integer", "minimum": 1},
                        },
                    },
                    "fieldConfig": {"required": ["defaults", "overrides"]},
                    "targets": {
                        "minItems": 1,
                        "items": {
                            "required": ["refId", "rawSql", "rawQuery", "format", "datasource"],
                            "properties": {
                                "format": {"enum": ["table", "time_series"]},
                                "rawQuery": {"const": True},
                                "datasource": {"const": SOURCE},
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def analyst(server_url: str, template_name: str) -> Generator[Analyst]:
    with temporary_database(server_url, database_name(), template_name) as url:
        fill(url)
        with analysts(url) as make:
            yield make("test")


@pytest.fixture(params=DASHBOARDS, ids=lambda path: path.stem)
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    return read_dashboard(request.param)


def test_there_are_three() -> None:
    assert [path.stem for path in DASHBOARDS] == ["rig-live", "run-report", "system"]
    assert len({read_dashboard(path)["uid"] for path in DASHBOARDS}) == 3


def test_a_dashboard_follows_the_schema(dashboard: dict[str, Any]) -> None:
    validate(dashboard, SCHEMA, Draft202012Validator)
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_its_panels_lie_beside_one_another(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        taken |= cells


@pytest.mark.parametrize("interval_ms", [1000, 60_000, 3_600_000])
def test_its_statements_are_answered(analyst: Analyst, dashboard: dict[str, Any], interval_ms: int) -> None:
    variables: dict[str, str | list[str]] = {}
    asked = Asked(NOON - timedelta(hours=1), NOON + timedelta(hours=1), interval_ms, variables)
    # Of each variable what its own statement finds; the first, or all.
    for each in dashboard["templating"]["list"]:
        rows = analyst.ask(asked.expand(each["query"]))
        values = [str(row.get("__value", next(iter(row.values())))) for row in rows]
        variables[each["name"]] = values if each["multi"] else values[0]
    formats = {
        f"{panel['title']} {target['refId']}": target["format"]
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }
    for name, statement in statements_of(dashboard).items():
        rows = analyst.ask(asked.expand(statement))
        # All sensors are silent, or none: nothing has been heard of them for long.
        assert rows, name
        if formats.get(name) == "time_series":
            check_series(rows)


def check_series(rows: Sequence[Mapping[str, Any]]) -> None:
    """A time, ascending, maybe a name, and numbers."""
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    for row in rows:
        assert all(
            isinstance(value, int | float | Decimal)
            for name, value in row.items()
            if name not in {"time", "metric"}
        )
        assert isinstance(row.get("metric", ""), str)


def test_what_is_shown_is_what_was_measured(analyst: Analyst) -> None:
    ids = analyst.column("select sensor_id::text from sensors order by sensor_key")
    asked = Asked(NOON, NOON + timedelta(hours=1), 60_000, {"sensor": ids})
    statements = statements_of(read_dashboard(GRAFANA / "dashboards" / "rig-live.json"))
    rows = analyst.ask(asked.expand(statements["Mean A"]))
    assert [(row["metric"], row["value"]) for row in rows] == [("p1", 9.5), ("p2", 19.5)]


def test_a_short_interval_reads_no_minutes_and_a_long_one_no_seconds(analyst: Analyst) -> None:
    ids = analyst.column("select sensor_id::text from sensors")
    statement = statements_of(read_dashboard(GRAFANA / "dashboards" / "rig-live.json"))["Mean A"]
    for interval_ms, is_by_second in ((1000, True), (60_000, False)):
        asked = Asked(NOON, NOON + timedelta(hours=1), interval_ms, {"sensor": ids})
        plan = analyst.plan(asked.expand(statement))
        assert ("tier_s = 1)" in plan) is is_by_second
        assert ("tier_s = 60)" in plan) is not is_by_second or is_by_second


def test_the_data_source_is_told_where_and_who(analyst: Analyst) -> None:
    told = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "barograph.yaml").read_text())
    (source,) = told["datasources"]
    assert {"type": source["type"], "uid": source["uid"]} == SOURCE
    environment = SERVICE["environment"]
    parts = [source["url"], source["user"], *source["jsonData"].values(), *source["secureJsonData"].values()]
    named = {str(part).removeprefix("$") for part in parts if str(part).startswith("$")}
    assert named == {name for name in environment if name.startswith("GRAFANA_")}
    # No more than a log-in may have.
    (limit,) = analyst.column("select rolconnlimit from pg_roles where rolname = current_user")
    assert source["jsonData"]["maxOpenConns"] < limit


def test_the_container_finds_what_it_is_told() -> None:
    places = dict(mount.split(":")[1::-1] for mount in SERVICE["volumes"] if mount.startswith("."))
    assert Path(ROOT, places["/etc/grafana/provisioning"]) == GRAFANA / "provisioning"
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "barograph.yaml").read_text())[
        "providers"
    ]
    assert Path(ROOT, places[provider["options"]["path"]]) == GRAFANA / "dashboards"
    home = Path(SERVICE["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (GRAFANA / "dashboards" / home.name).exists()
    assert SERVICE["profiles"] == ["grafana"]


def test_a_setting_of_psycopg_is_of_no_matter(analyst: Analyst) -> None:
    # Grafana's driver asks in the simple protocol.
    with psycopg.connect(analyst.url, cursor_factory=psycopg.ClientCursor) as connection:
        assert connection.execute(
            "select count(*) from sensors where sensor_key = %s", ("p1",)
        ).fetchone() == (1,)
