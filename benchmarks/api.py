"""How long do people wait for the API of a busy project, and how much can it take?

Data: one project with 100,000 runs in 50 experiments, each with four sensors and a capture session, and 1,000
sensors. Load: the mix of `api_mix.py`, 80 % reads and 20 % writes by 20 callers, arriving at random
(Poisson) whatever the answers do; latency counts from the moment a request was due. The generator, the API
and the database share the machine.

Wanted: P95 below 40 ms at 200 requests/s; above 1,000/s at a P95 below 400 ms.

Run: `python -m benchmarks.api [--quick] [--processes N]`. Last results: 28 November 2026, `--quick
--processes 2`, on two cores that the generator and the database use too. The first goal is met, the second is
not; docs/request-cost.md says more.

| code of              | P50 at 200/s, ms | P95 at 200/s, ms | API, ms a request | most requests/s |
| -------------------- | ---------------- | ---------------- | ----------------- | --------------- |
| 28 November          | 10.0             | 33.0             | 3.57              | 362             |
| before decision 1160 | 33.4             | 163.8            | 4.86              | 244             |
| 22 November          | 14.0             | 71.8             | 4.31              | 338             |

The last two were measured in turn, some hours before the first. On another machine that of the 22nd held 625.
"""

import argparse
import resource
import tempfile
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.support.api_mix import HOST, MIX, schedule
from benchmarks.support.api_project import Project, log_in, seed
from benchmarks.support.http_load import Answered, send_all
from benchmarks.support.processor_time import cpu_s, postmaster_of, server_cpu_s
from benchmarks.table import print_table
from tests.api.server import SIGNING_KEY
from tests.programs import Program, running

STEADY_HZ = 200.0
BOUND_S = 0.4
# The search ends when it knows the highest rate within this factor.
PRECISION = 1.05
WARM_UP_S = 5.0
# All processes believe the tokens that one of them has signed.
SETTINGS = {
    "BAROGRAPH_ACCESS_TOKEN_S": "86400",
    "BAROGRAPH_LOG_LEVEL": "warning",
    "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
}


@dataclass(frozen=True)
class Target:
    """Whom to ask, about what, as whom."""

    apis: Sequence[Program]
    project: Project
    tokens: Sequence[str]
    postmaster: int | None

    def measure(self, rate_hz: float, seconds: float) -> list[Answered]:
        """The answers to the mix at a rate."""
        requests = schedule(self.project, self.tokens, rate_hz, seconds)
        return send_all(HOST, [api.port for api in self.apis], requests, give_up_s=5.0)

    def cpu_s(self) -> dict[str, float]:
        """Processor time that each program has taken so far; of generators, those that have ended."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            **{f"API, process {number}": _cpu_s(api) for number, api in enumerate(self.apis, 1)},
            **({} if self.postmaster is None else {"database": server_cpu_s(self.postmaster)}),
            "generator, and its start": ended.ru_utime + ended.ru_stime,
        }


def main() -> None:
    """Measures and prints both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds for each rate")
    parser.add_argument("--processes", type=int, default=1, help="of the API, which share the callers")
    arguments = parser.parse_args()
    seconds = 3.0 if arguments.quick else 15.0
    with (
        serving_cluster() as server_url,
        fresh_database(server_url) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        project = seed(url)
        with serving(arguments.processes, url, Path(folder)) as apis:
            target = Target(apis, project, log_in(apis[0].url), postmaster_of(url))
            target.measure(STEADY_HZ, WARM_UP_S)
            before_s = target.cpu_s()
            answers = target.measure(STEADY_HZ, 2 * seconds)
            report_steady(answers)
            report_cpu(
                {name: each_s - before_s[name] for name, each_s in target.cpu_s().items()}, len(answers)
            )
            report_highest(search(target, seconds))


@contextmanager
def serving(processes: int, database_url: str, folder: Path) -> Generator[list[Program]]:
    """So many processes of the API on one database."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(running("api", database_url, folder / f"api-{number}.log", SETTINGS))
            for number in range(processes)
        ]


def report_steady(answers: Sequence[Answered]) -> None:
    """Each part of the mix at the steady rate."""
    parts: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        parts[answer.kind].append(answer)
    rows = [_row(part.name, f"{part.share} %", parts[part.name]) for part in MIX]
    header = ("request", "share", "P50, ms", "P95, ms", "P99, ms", "not 2xx")
    title = f"API at {STEADY_HZ:.0f} requests/s"
    print_table(title, header, [*rows, _row("all", "100 %", answers)])


def report_cpu(taken_s: Mapping[str, float], requests: int) -> None:
    """The processor time of a request, by program; all processes of the API together."""
    api_s = sum(each_s for name, each_s in taken_s.items() if name.startswith("API"))
    rows = {**taken_s, "API, all": api_s}
    each = [(name, f"{each_s / requests * 1000:.2f}") for name, each_s in rows.items()]
    print_table("Processor time of a request", ("program", "ms"), each)


def report_highest(measured: Mapping[float, Sequence[Answered]]) -> None:
    """Every rate that was tried."""
    rows = [_row(f"{rate:,.0f}", "", answers) for rate, answers in sorted(measured.items())]
    print_table("API at rising rates", ("requests/s", "", "P50, ms", "P95, ms", "P99, ms", "not 2xx"), rows)
    held = [rate for rate, answers in measured.items() if holds(answers)]
    print(f"\nHighest rate with a P95 below {BOUND_S * 1000:.0f} ms: {max(held, default=0):,.0f} requests/s")


def search(target: Target, seconds: float) -> dict[float, list[Answered]]:
    """Rates around the highest one that holds, with their answers: twice as much, then halves of the gap."""
    measured: dict[float, list[Answered]] = {}
    low, high = STEADY_HZ, 2 * STEADY_HZ
    while holds(measured.setdefault(high, target.measure(high, seconds))):
        low, high = high, 2 * high
    while high / low > PRECISION:
        middle = (low + high) / 2
        measured[middle] = target.measure(middle, seconds)
        low, high = (middle, high) if holds(measured[middle]) else (low, middle)
    return measured


def holds(answers: Sequence[Answered]) -> bool:
    """Whether the rate was held: everything answered well, 95 of 100 within the bound."""
    return percentile_s(answers, 0.95) < BOUND_S and not failures(answers)


def percentile_s(answers: Sequence[Answered], part: float) -> float:
    """The latency that this part of the answers did not exceed, seconds."""
    latencies = sorted(answer.latency_s for answer in answers)
    return latencies[min(int(len(latencies) * part), len(latencies) - 1)]


def failures(answers: Sequence[Answered]) -> int:
    """Answers that are lost, or not what was asked for."""
    return sum(not 200 <= answer.status < 300 for answer in answers)


def _cpu_s(program: Program) -> float:
    assert program.process is not None
    return cpu_s(program.process.pid)


def _row(name: str, share: str, answers: Sequence[Answered]) -> tuple[str, ...]:
    latencies = (f"{percentile_s(answers, part) * 1000:,.1f}" for part in (0.50, 0.95, 0.99))
    return (name, share, *latencies, f"{failures(answers)}")


if __name__ == "__main__":
    main()
