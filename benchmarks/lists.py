"""How long do people wait for lists and their filters, and do long lists scroll smoothly?

Data: one project with 100,000 runs in 50 experiments, each with four of 20,000 sensors that have two versions
of their calibration each, two measures over runs, and a million entries of the audit log. Each question
is asked as the portal asks it, one after the other, over HTTP: the whole way, with rights, planning and
JSON. `statement` is the baseline: the same statement by psycopg, without the API, in the same run. A filter
costs the list and its facets, which are asked at once; each has its own line.

Wanted: first rows and filters within 300 ms at the 95th percentile, and 50 frames a second while a list is
scrolled in Chromium (`--scroll`; baseline: the same scrolling of a bare page as long as the list).

Run: `python -m benchmarks.lists [--quick] [--scroll]`. The last recorded result stands in docs/portal.md.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from api.edge.lists.facets import MAX_COUNTED, MAX_VALUES
from api.edge.lists.pages import PageCut
from api.edge.lists.sorted_pages import OrderedSpan
from api.experiments import facets as run_facets
from api.experiments.filters import RunFilters
from api.measures.conditions import RunsByMeasure, read_condition
from api.projects.audit_log import AuditFilters
from api.sensors import filters as sensor_facets
from barograph.database.durable import AsyncDurableConnection
from barograph.database.queries import load_queries, query
from barograph.program.log import configure_logging
from barograph.settings import Settings
from benchmarks.browser.list_scrolling import measure_scrolling
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.support.api_project import seed
from benchmarks.table import print_table
from tests.api.server import Parameter, Person, serving

SENSORS, AUDIT_ENTRIES = 20_000, 1_000_000
ROWS = 100
TURNS = 20
# Above every number of the audit log.
NEWEST = 2**62
Asked = Mapping[str, Parameter]
Statement = tuple[LiteralString, dict[str, Any]]


@dataclass(frozen=True)
class ListQuestion:
    """A question of the portal, and the statements behind it."""

    list: str
    what: str
    path: str
    asked: Asked
    statement: Callable[[], Statement]


def main() -> None:
    """Makes the rows, asks, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the turns")
    parser.add_argument("--scroll", action="store_true", help="scroll in Chromium too")
    arguments = parser.parse_args()
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        project = make_rows(database_url)
        server = stack.enter_context(serving(database_url))
        person = server.person("bench@example.org")
        server.add_member(project, person.email, "owner")
        turns = TURNS // 5 if arguments.quick else TURNS
        rows = [measure(database_url, person, each, turns) for each in questions(database_url, project)]
        header = ("list", "question", "p50, ms", "p95, ms", "statement p50, ms", "statement p95, ms")
        print_table("Lists", header, rows)
        if arguments.scroll:
            print_table(
                "Scrolling",
                ("list", "frames/s", "slowest frame, ms"),
                list(measure_scrolling(database_url, project)),
            )


def make_rows(database_url: str) -> str:
    """The project's public id."""
    project = seed(database_url, sensors=SENSORS).id
    with psycopg.connect(database_url) as connection:
        connection.execute(_own("lists.without_triggers"))
        connection.execute(_own("lists.profiles"), {"project": project})
        connection.execute(_own("lists.measures"), {"project": project})
        connection.execute(_own("lists.audit_entries"), {"project": project, "entries": AUDIT_ENTRIES})
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_own("lists.settle"))
    return project


def questions(database_url: str, project: str) -> list[ListQuestion]:
    """First rows, each filter, some together, each order, and what is counted beside the list."""
    with psycopg.connect(database_url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_own("lists.examples"), {"project": project}).fetchone()
    assert row is not None  # the project was just made
    names = {name: str(value) for name, value in row.items()}
    month = {"started_from": names["month_from"], "started_to": names["month_to"]}
    of_runs: list[tuple[str, Asked]] = [
        ("all", {}),
        ("status", {"status": "failed"}),
        ("tag", {"tag": "rig-3"}),
        ("two tags", {"tag": ["rig-3", "week-40"]}),
        ("text", {"q": "run 99"}),
        ("sensor", {"sensor": names["sensor"]}),
        ("calibration", {"profile": names["profile"]}),
        ("month", month),
        ("experiment", {"experiment": names["experiment"]}),
        ("status, tag and text", {"status": "finished", "tag": "rig-3", "q": "shift"}),
        ("by name", {"sort": "name"}),
        ("by start", {"sort": "-started_at"}),
    ]
    by_measure: list[tuple[str, Asked]] = [
        ("frequent measure", {"measure": ["peak>5"]}),
        ("rare measure", {"measure": ["peak>99.9"]}),
        ("two measures", {"measure": ["peak>99", "low>50"]}),
        ("by measure", {"sort": "-measure:peak"}),
        ("by measure, with two", {"sort": "measure:peak", "measure": ["peak>50", "low<10"]}),
    ]
    of_sensors: list[tuple[str, Asked]] = [
        ("all", {}),
        ("text", {"q": "channel-19"}),
        ("connection", {"connection": "offline"}),
        ("tag", {"tag": "rig-3"}),
        ("quantity and unit", {"kind": "flow", "unit": "bar"}),
        ("by last seen", {"sort": "-last_seen_at"}),
        ("by name", {"sort": "name"}),
    ]
    of_audit: list[tuple[str, Asked]] = [
        ("all", {}),
        ("action", {"action": "sensor.change"}),
        ("kind", {"kind": "run"}),
        ("actor", {"actor": names["actor"]}),
        ("a day long ago", {"from": names["day_from"], "to": names["day_to"]}),
    ]
    return [
        *(run_list(project, int(names["id"]), database_url, *each) for each in of_runs + by_measure),
        *(
            run_counts(project, int(names["id"]), database_url, *each)
            for each in of_runs
            if "sort" not in each[1]
        ),
        *(sensor_list(project, int(names["id"]), *each) for each in of_sensors),
        *(sensor_counts(project, int(names["id"]), *each) for each in of_sensors if "sort" not in each[1]),
        *(audit_list(project, int(names["id"]), *each) for each in of_audit),
    ]


def run_list(project: str, project_id: int, database_url: str, what: str, asked: Asked) -> ListQuestion:
    """A page of runs."""

    def statement() -> Statement:
        span = OrderedSpan(ROWS, _sort(asked), None)
        return query("run.list"), span.parameters | _run_parameters(database_url, project_id, asked)

    return ListQuestion("runs", what, f"/projects/{project}/runs", {"limit": ROWS, **asked}, statement)


def run_counts(project: str, project_id: int, database_url: str, what: str, asked: Asked) -> ListQuestion:
    """The facets of runs."""

    def statement() -> Statement:
        given = _everything() | _run_parameters(database_url, project_id, asked)
        return run_facets.composed()["facet.of_runs"], given

    return ListQuestion("facets of runs", what, f"/projects/{project}/runs/facets", asked, statement)


def sensor_list(project: str, project_id: int, what: str, asked: Asked) -> ListQuestion:
    """A page of sensors. The portal asks for their latest readings too; the statement here does not."""

    def statement() -> Statement:
        span = OrderedSpan(ROWS, str(asked.get("sort", "key")), None)
        given = span.parameters | _sensor_parameters(project_id, asked)
        return sensor_facets.page_statement(given), given

    question: Asked = {"limit": ROWS, "include": "latest", "sort": "key"}
    return ListQuestion("sensors", what, f"/projects/{project}/sensors", {**question, **asked}, statement)


def sensor_counts(project: str, project_id: int, what: str, asked: Asked) -> ListQuestion:
    """The facets of sensors."""

    def statement() -> Statement:
        given = _everything() | _sensor_parameters(project_id, asked) | sensor_facets.ANY_ORDER
        return sensor_facets.composed()["facet.of_sensors"], given

    return ListQuestion("facets of sensors", what, f"/projects/{project}/sensors/facets", asked, statement)


def audit_list(project: str, project_id: int, what: str, asked: Asked) -> ListQuestion:
    """A page of the audit log."""

    def statement() -> Statement:
        given = AuditFilters.model_validate(asked).parameters | {"project_id": project_id}
        return query("audit.list"), PageCut(ROWS, NEWEST).parameters | given

    return ListQuestion("audit", what, f"/projects/{project}/audit", {"limit": ROWS, **asked}, statement)


def measure(database_url: str, person: Person, question: ListQuestion, turns: int) -> tuple[str, ...]:
    """A line of the table; the first answers, which fill caches, count too."""
    text, given = question.statement()
    over_http = [timed_ms(lambda: person.read(question.path, **question.asked)) for _ in range(turns)]
    with psycopg.connect(database_url, autocommit=True) as connection:

        def ask() -> None:
            connection.execute(text, given, prepare=False).fetchall()

        alone = [timed_ms(ask) for _ in range(turns)]
    return question.list, question.what, *_percentiles(over_http), *_percentiles(alone)


def timed_ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _percentiles(ms: Sequence[float]) -> tuple[str, str]:
    cuts = statistics.quantiles(ms, n=20, method="inclusive")
    return f"{cuts[9]:.0f}", f"{cuts[-1]:.0f}"


def _everything() -> dict[str, Any]:
    return OrderedSpan(MAX_COUNTED, "-created_at", None).parameters | {"max_rows": MAX_VALUES}


def _run_parameters(database_url: str, project_id: int, asked: Asked) -> dict[str, Any]:
    async def find() -> dict[str, Any]:
        async with await AsyncDurableConnection.connect(database_url, row_factory=dict_row) as connection:
            filters = await RunFilters.model_validate(_filters(asked)).parameters(connection, project_id)
            measures = RunsByMeasure(
                [read_condition(each) for each in _texts(asked, "measure")], _sort(asked)
            )
            return filters | await measures.parameters(connection, project_id, sees_raw=True)

    return asyncio.run(find())


def _sensor_parameters(project_id: int, asked: Asked) -> dict[str, Any]:
    return sensor_facets.SensorListFilters.model_validate(_filters(asked)).parameters(project_id)


def _filters(asked: Asked) -> dict[str, Parameter | list[str]]:
    others = {name: value for name, value in asked.items() if name not in {"sort", "tag", "measure"}}
    return others | {"tag": _texts(asked, "tag")}


def _texts(asked: Asked, name: str) -> list[str]:
    """The texts of a parameter that may be given several times."""
    given = asked.get(name, [])
    return [given] if isinstance(given, str) else list(given) if isinstance(given, Sequence) else []


def _sort(asked: Asked) -> str:
    return str(asked.get("sort", "-created_at"))


@cache
def _statements() -> dict[str, LiteralString]:
    return dict(load_queries(Path(__file__).parent / "sql"))


def _own(name: str) -> LiteralString:
    return _statements()[name]


if __name__ == "__main__":
    main()
