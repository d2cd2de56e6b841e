"""How many lines a second are stored, beside InfluxDB with the same bodies?

Whole path: one to sixteen connections post bodies of 5,000 lines, packed or not -> ingest -> COPY -> 204
after commit. The same bodies go to InfluxDB 1.6 with its write-ahead log synced at each write, on a folder
of the same disk. In turn, in one run; each one's best way of being asked counts. Lines are as Telegraf writes
them: 500 series, one field (or five), nanoseconds. They are posted for ten seconds or so: what comes in the
first seconds InfluxDB keeps in memory, and has yet to write out.

What a row costs by itself stands beside them: COPY BINARY of as many readings over two connections, which is
what no way into the table of readings can be faster than. And so does what a line takes of the processor, by
program: where all of them share the cores, that is what the rates come from.

InfluxDB is not ours to install: it is found on the PATH or at BAROGRAPH_INFLUXD (Debian's package `influxdb`,
unpacked by `dpkg-deb -x`, will do). Without it, ingest alone is measured. So is the parser by itself.

Run: `python -m benchmarks.line_protocol [--quick]`. Last results, of both editions: docs/telegraf.md.
"""

import argparse
import gzip
import http.client
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psycopg

from barograph.catalog.sensor_key_template import DEFAULT
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.ingest import raw_rate
from benchmarks.support.gateways import Load
from benchmarks.support.processor_time import cpu_s, postmaster_of, server_cpu_s
from benchmarks.table import print_table
from ingest.messages.line_protocol.body import LineForm, parse_lines
from tests.ingest.line_posting import set_project
from tests.programs import Program, free_port, running
from tests.seed import seed_project

SERIES = 500
LINES = 5000
# By how many fields a line has.
BODIES = {1: 600, 5: 240}
INFLUX = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
wal-fsync-delay = "0s"
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
"""


def main() -> None:
    """Measures both in turn, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round, and two ways of being asked")
    is_quick = parser.parse_args().quick
    ways = QUICK_WAYS if is_quick else ALL_WAYS
    rounds = 1 if is_quick else 3
    influxd = os.environ.get("BAROGRAPH_INFLUXD") or shutil.which("influxd")
    rows: list[tuple[str, ...]] = []
    costs: list[tuple[str, ...]] = []
    with serving_cluster() as server_url:
        for fields, count in BODIES.items():
            bodies = make_bodies(count, fields)
            copied = raw_rate(server_url, Load(len(bodies) * LINES * fields)) / fields
            ours, theirs = measure_ways(server_url, influxd, bodies, ways, rounds)
            print_table(
                f"{fields} fields a line, lines/s", ("asked by", "ingest", "InfluxDB"), by_way(ours, theirs)
            )
            name = f"{fields} fields a line"
            rows.append(as_row(name, parser_rate(bodies), copied, rate_of(ours), rate_of(theirs)))
            costs += [(name, *each) for each in cost_rows(ours, theirs)]
    header = ("bodies", "parser alone", "COPY alone", "ingest", "InfluxDB", "ratio")
    print_table("Line protocol, lines/s, each one's best", header, rows)
    print_table("Processor time of a line, each one's best", ("bodies", "program", "us"), costs)
    if not influxd:
        print("\nInfluxDB was not found: no baseline.")


class AskedBy(NamedTuple):
    """How bodies are posted."""

    connections: int
    is_packed: bool

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.connections} connections{', gzip' if self.is_packed else ''}"


ALL_WAYS = [AskedBy(connections, is_packed) for is_packed in (False, True) for connections in (1, 4, 16)]
QUICK_WAYS = [AskedBy(4, True), AskedBy(16, False)]


class Posted(NamedTuple):
    """The answers to bodies.

    Attributes:
        rate: lines a second.
        cpu_us: processor time of a line, by program.
    """

    rate: float
    cpu_us: Mapping[str, float]


Rounds = dict[AskedBy, list[Posted]]
# Processor time until now by program, seconds.
Meters = Mapping[str, Callable[[], float]]


def measure_ways(
    server_url: str, influxd: str | None, bodies: Sequence[bytes], ways: Sequence[AskedBy], rounds: int
) -> tuple[Rounds, Rounds]:
    """Posts the bodies to both, by each way and in each round."""
    ours, theirs = Rounds(), Rounds()
    packed = [gzip.compress(body, 1) for body in bodies]
    for _ in range(rounds):
        for way in ways:
            sent = packed if way.is_packed else bodies
            readings = len(bodies) * LINES * (bodies[0].split(b"\n", 1)[0].count(b"=") - 2)
            ours.setdefault(way, []).append(measure_ingest(server_url, sent, way, readings))
            if influxd:
                theirs.setdefault(way, []).append(measure_influx(influxd, sent, way))
    return ours, theirs


def by_way(ours: Rounds, theirs: Rounds) -> list[tuple[str, ...]]:
    """The medians of each way."""
    return [
        (
            way.text,
            f"{median_rate(posted):,.0f}",
            f"{median_rate(theirs[way]):,.0f}" if way in theirs else "-",
        )
        for way, posted in ours.items()
    ]


def median_rate(rounds: Sequence[Posted]) -> float:
    """Lines a second."""
    return statistics.median(posted.rate for posted in rounds)


def best(ways: Rounds) -> Sequence[Posted]:
    """The rounds of the way that is fastest."""
    return max(ways.values(), key=median_rate, default=())


def rate_of(ways: Rounds) -> float | None:
    """The rate of the way that is fastest."""
    rounds = best(ways)
    return median_rate(rounds) if rounds else None


def cost_rows(ours: Rounds, theirs: Rounds) -> list[tuple[str, str]]:
    """The processor's time for a line, by program, and for both in all."""
    rows: list[tuple[str, str]] = []
    for name, ways in (("ingest", ours), ("InfluxDB", theirs)):
        rounds = best(ways)
        if not rounds:
            continue
        cpu_us = {
            each: statistics.median(posted.cpu_us[each] for posted in rounds) for each in rounds[0].cpu_us
        }
        rows += [(f"{name}: {each}", f"{us:.2f}") for each, us in cpu_us.items()]
        rows.append((f"{name}: in all", f"{sum(cpu_us.values()):.2f}"))
    return rows


def as_row(
    name: str, parser: float, copied: float, own: float | None, beside: float | None
) -> tuple[str, ...]:
    """The bests."""
    ratio = "-" if beside is None or own is None else f"{own / beside:.2f}"
    return (
        name,
        *(("-" if rate is None else f"{rate:,.0f}") for rate in (parser, copied, own, beside)),
        ratio,
    )


def make_bodies(count: int, fields: int) -> list[bytes]:
    """Bodies of the last minutes, none like another."""
    random = np.random.default_rng(560)
    start_ns = (now_us() - 60_000_000) * 1000
    bodies: list[bytes] = []
    for body in range(count):
        values = random.normal(50, 10, (LINES, fields)).round(3).tolist()
        lines = [
            f"cpu,host=server{line % SERIES:03d},region=eu-central "
            + ",".join(f"f{number}={value}" for number, value in enumerate(row))
            + f" {start_ns + (body * LINES + line) * 20_000}"
            for line, row in enumerate(values)
        ]
        bodies.append("\n".join(lines).encode())
    return bodies


def parser_rate(bodies: Sequence[bytes]) -> float:
    """Lines a second of the parser, on one core."""
    form = LineForm("ns", DEFAULT, now_us())
    started = time.perf_counter()
    for body in bodies:
        assert parse_lines(body, form, 2**30).bad_lines == 0
    return len(bodies) * LINES / (time.perf_counter() - started)


def measure_ingest(server_url: str, bodies: Sequence[bytes], way: AskedBy, readings: int) -> Posted:
    """The whole path, on a fresh database; checks that so many readings are there."""
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        project = seed_project(url, 0)
        set_project(url, project, register_sensors_up_to=100_000)
        with running("ingest", url, Path(folder) / "ingest.log") as ingest:
            # The sensors are there before the clock runs, as InfluxDB's series soon are.
            meters = meters_of(ingest, postmaster_of(url))
            posted = post_all(ingest.port, {"Authorization": f"Token {project.token}"}, bodies, way, meters)
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from any_reading").fetchone() == (readings,)
    return posted


def meters_of(ingest: Program, postmaster: int | None) -> Meters:
    """Meters of ingest, of the parsers that it starts, and of the database's server if it runs here."""
    assert ingest.process is not None
    pid = ingest.process.pid
    meters: dict[str, Callable[[], float]] = {
        "ingest": partial(cpu_s, pid),
        "parsers": lambda: server_cpu_s(pid) - cpu_s(pid),
    }
    return meters if postmaster is None else meters | {"database": partial(server_cpu_s, postmaster)}


def measure_influx(influxd: str, bodies: Sequence[bytes], way: AskedBy) -> Posted:
    """InfluxDB, on an empty folder."""
    with running_influx(influxd) as (port, pid):
        return post_all(port, {}, bodies, way, {"InfluxDB": partial(cpu_s, pid)})


@contextmanager
def running_influx(influxd: str) -> Generator[tuple[int, int]]:
    """InfluxDB with a database `bench`; its port, and its process."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = Path(folder) / "influxdb.conf"
        settings.write_text(INFLUX.format(folder=folder, port=port, rpc=free_port()))
        process = subprocess.Popen([influxd, "-config", str(settings)], stderr=subprocess.DEVNULL)
        try:
            create_database(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


def create_database(port: int) -> None:
    """Creates it, as soon as InfluxDB answers.

    Raises:
        TimeoutError: it does not.
    """
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/query?q=CREATE%20DATABASE%20bench")
            answer = connection.getresponse()
            # It says 200 also while it can't create anything yet.
            if b"error" not in answer.read() and answer.status == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("InfluxDB does not answer")


def post_all(
    port: int, credentials: Mapping[str, str], bodies: Sequence[bytes], way: AskedBy, meters: Meters
) -> Posted:
    """Posts them over several connections at once; measured after one body each."""
    headers = {**credentials, **({"Content-Encoding": "gzip"} if way.is_packed else {})}
    shares = [bodies[first :: way.connections] for first in range(way.connections)]
    meters = {"client": time.process_time, **meters}
    with ThreadPoolExecutor(way.connections) as pool:
        list(pool.map(partial(post, port, headers), [share[:1] for share in shares]))
        before = {name: meter() for name, meter in meters.items()}
        started = time.perf_counter()
        list(pool.map(partial(post, port, headers), [share[1:] for share in shares]))
        seconds = time.perf_counter() - started
        lines = (len(bodies) - way.connections) * LINES
        cpu_us = {name: (meter() - before[name]) / lines * 1e6 for name, meter in meters.items()}
        return Posted(lines / seconds, cpu_us)


def post(port: int, headers: Mapping[str, str], bodies: Sequence[bytes]) -> None:
    """Posts bodies over one connection; each must be stored."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for body in bodies:
        status, told = http.client.SERVICE_UNAVAILABLE, b""
        while status == http.client.SERVICE_UNAVAILABLE:  # too many bodies of the token at once
            connection.request("POST", "/write?db=bench", body, dict(headers))
            answer = connection.getresponse()
            status, told = answer.status, answer.read()
        assert status == http.client.NO_CONTENT, told
    connection.close()


if __name__ == "__main__":
    main()
