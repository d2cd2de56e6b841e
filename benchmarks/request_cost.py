"""Where does the time of a small request go?

Probes of the API do less and less of what a request needs (`benchmarks/support/probed_api.py`); what one of
them takes more than the one before is the price of a part. Processor time of the API and of the database's
processes, by the scheduler's count, one request after the other over one connection that stays. Each is asked
in turn with the others; the least of the rounds counts.

Run: `python -m benchmarks.request_cost [--quick]`. The last recorded result stands in docs/request-cost.md.
"""

import argparse
import http.client
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from barograph.times import DAY_US, HOUR_US, SECOND_US, format_us, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.query import SENSORS, load, make_run, roll_up_all, statement
from benchmarks.support.probed_api import HTTP, TWIN
from benchmarks.support.processor_time import ProcessorTime, postmaster_of
from benchmarks.table import print_table
from tests.api.server import PREFIX, SIGNING_KEY, Person, Server
from tests.programs import ROLES, Program, free_port, url_of
from tests.seed import seed_project

SHARE = 200
RUNS = 60
PAGE = 10_000
POINTS = 2000
ROUNDS = 5
# Each before the first round.
WARM_UP = 10
SETTINGS = {
    "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
    "BAROGRAPH_REQUESTS_PER_S_OF_ADDRESS": "0",
    "BAROGRAPH_REQUESTS_PER_S_OF_LOGIN": "0",
}


@dataclass(frozen=True)
class Cost:
    """The cost of one request, on average of a round."""

    api_us: float
    database_us: float
    wall_us: float

    def lower(self, other: "Cost") -> "Cost":
        """The lower of each."""
        return Cost(
            min(self.api_us, other.api_us),
            min(self.database_us, other.database_us),
            min(self.wall_us, other.wall_us),
        )


class Meter:
    """Asks one API over one connection."""

    def __init__(self, port: int, pid: int, postmaster: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._pid, self._postmaster = pid, postmaster
        self._headers = {"Authorization": token}

    def ask(self, path: str) -> bytes:
        """The body."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == http.client.OK, body
        return body

    def measure(self, path: str, requests: int) -> Cost:
        """Measures the cost of each of so many requests."""
        api, database = self._used()
        start_s = time.perf_counter()
        for _ in range(requests):
            self.ask(path)
        wall_us = (time.perf_counter() - start_s) * SECOND_US
        api_after, database_after = self._used()
        return Cost(
            api_after.since_us(api) / requests,
            database_after.since_us(database) / requests,
            wall_us / requests,
        )

    def _used(self) -> tuple[ProcessorTime, ProcessorTime]:
        return ProcessorTime.of_threads(self._pid), ProcessorTime.of_server(self._postmaster)


def main() -> None:
    """Prepares, measures and prints both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the requests")
    requests = 20 if parser.parse_args().quick else 100
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Until now: an overview shows readings of the last day.
        start_us = now_us() // HOUR_US * HOUR_US - DAY_US
        project = seed_project(url, SENSORS)
        load(url, project, start_us, SHARE)
        roll_up_all(url)
        program = serve(url, folder)
        stack.callback(program.stop)
        questions, token = prepare(Server(program.url, url), start_us)
        postmaster = postmaster_of(url)
        assert program.process is not None
        assert postmaster is not None
        meter = Meter(program.port, program.process.pid, postmaster, token)
        paths = [*PROBES.values(), *(TWIN + path for path in questions.values()), *questions.values()]
        costs = measure_all(meter, paths, requests)
        report_parts(costs)
        report_questions(meter, costs, questions)


PROBES = {
    "HTTP: socket, parser, event loop": HTTP,
    "the program: headers, request id, metrics, FastAPI": "/health",
    "the edge: rates, media type, parameters, ETag, log line": f"{PREFIX}/probe/route",
    "a connection out of the pool, in turn": f"{PREFIX}/probe/connection",
    "a statement": f"{PREFIX}/probe/statement",
    "begin and commit": f"{PREFIX}/probe/transaction",
}


def serve(url: str, folder: Path) -> Program:
    """The API with its probes."""
    settings = {"BAROGRAPH_DATABASE_URL": url_of(ROLES["api"], url), **SETTINGS}
    program = Program("benchmarks.support.probed_api", free_port(), settings, folder / "api.log")
    program.start()
    return program


def prepare(server: Server, start_us: int) -> tuple[Mapping[str, str], str]:
    """Runs, and what is asked: paths by name; and as whom."""
    person = server.person("bench@example.org", is_admin=True)
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        sensors = [str(row[1]) for row in connection.execute(statement("query.sensors")).fetchall()]
    run = make_run(person, sensors)
    project = make_more_runs(person)
    token = str(person.client.headers["Authorization"])
    person.client.close()
    hour_us = start_us + 12 * HOUR_US
    hour = {"from": format_us(hour_us), "to": format_us(hour_us + HOUR_US)}
    page = {"limit": PAGE, **hour}
    plot = {"sensor": sensors[0], "max_points": POINTS, "stat": ["mean", "min", "max"], **hour}
    return {
        "one run": f"{PREFIX}/runs/{run}",
        f"the newest {RUNS - 10} runs": f"{PREFIX}/projects/{project}/runs",
        "last value of a sensor": f"{PREFIX}/sensors/{sensors[1]}/readings?limit=1&order=desc",
        f"series of up to {POINTS:,} points": f"{PREFIX}/series?{urlencode(plot, doseq=True)}",
        f"a page of {PAGE:,} readings": f"{PREFIX}/sensors/{sensors[0]}/readings?{urlencode(page)}",
        f"overview of a run of {SENSORS} sensors": f"{PREFIX}/runs/{run}/overview",
    }, token


def make_more_runs(person: Person) -> str:
    """So that a page of the list is full; the project."""
    project = person.read("/projects")["items"][0]["id"]
    experiment = person.made(f"/projects/{project}/experiments", {"name": "list"})["id"]
    for number in range(RUNS):
        body = {"name": f"Run {number}", "params": {"pressure_bar": number}, "tags": ["bench"]}
        person.made(f"/experiments/{experiment}/runs", body)
    return project


def measure_all(meter: Meter, paths: Sequence[str], requests: int) -> dict[str, Cost]:
    """The lowest cost of each path over the rounds."""
    for path in paths:
        for _ in range(WARM_UP):
            meter.ask(path)
    costs: dict[str, Cost] = {}
    for _ in range(ROUNDS):
        for path in paths:
            cost = meter.measure(path, requests)
            costs[path] = cost.lower(costs.get(path, cost))
    return costs


def report_parts(costs: Mapping[str, Cost]) -> None:
    """Each probe, and what it takes beyond the one before."""
    rows: list[tuple[str, ...]] = []
    before = Cost(0, 0, 0)
    for name, path in PROBES.items():
        cost = costs[path]
        api_us, database_us = cost.api_us - before.api_us, cost.database_us - before.database_us
        rows.append((name, f"{api_us:.0f}", f"{database_us:.0f}", f"{cost.wall_us:.0f}"))
        before = cost
    header = ("part", "API, µs", "database, µs", "wall up to here, µs")
    print_table("Parts of any request", header, rows)


def report_questions(meter: Meter, costs: Mapping[str, Cost], questions: Mapping[str, str]) -> None:
    """The same parts as far as a question has them, and what is its own."""
    http_us, edge_us = costs[HTTP].api_us, costs[f"{PREFIX}/probe/route"].api_us
    rows: list[tuple[str, ...]] = []
    for name, path in questions.items():
        twin, whole = costs[TWIN + path], costs[path]
        parts = (
            http_us,
            edge_us - http_us,
            twin.api_us - edge_us,
            whole.api_us - twin.api_us,
            whole.api_us,
            twin.database_us,
            whole.database_us - twin.database_us,
            whole.wall_us,
        )
        rows.append((name, *(f"{part:,.0f}" for part in parts), f"{len(meter.ask(path)):,}"))
    header = (
        "question",
        "HTTP",
        "program and edge",
        "who, rights, turn, transaction",
        "the answer",
        "API in all",
        "database before the answer",
        "database for the answer",
        "wall",
        "bytes",
    )
    print_table("Questions, µs", header, rows)


if __name__ == "__main__":
    main()
