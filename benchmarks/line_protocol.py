"""How many lines a second are stored, beside InfluxDB with the same bodies?

Whole path: four connections post bodies of 5,000 lines -> ingest -> COPY -> 204 after commit. The same bodies
go to InfluxDB 1.6 with its write-ahead log synced at each write, on a folder of the same disk. In turn, in
one run. Lines are as Telegraf writes them: 500 series, one field (or five), nanoseconds.

InfluxDB is not ours to install: it is found on the PATH or at BAROGRAPH_INFLUXD (Debian's package `influxdb`,
unpacked by `dpkg-deb -x`, will do). Without it, ingest alone is measured. So is the parser by itself.

Run: `python -m benchmarks.line_protocol [--quick]`.
"""

import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import psycopg

from barograph.catalog.sensor_key_template import DEFAULT
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from ingest.messages.line_protocol.body import LineForm, parse_lines
from tests.ingest.line_posting import set_project
from tests.programs import free_port, running
from tests.seed import seed_project

SERIES = 500
LINES = 5000
CONNECTIONS = 4
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
    """Measures both in turn, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the lines, one round")
    is_quick = parser.parse_args().quick
    count, rounds = (20, 1) if is_quick else (200, 3)
    influxd = os.environ.get("BAROGRAPH_INFLUXD") or shutil.which("influxd")
    rows: list[tuple[str, ...]] = []
    with serving_cluster() as server_url:
        for fields in (1, 5):
            bodies = make_bodies(count, fields)
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                ours.append(measure_ingest(server_url, bodies))
                if influxd:
                    theirs.append(measure_influx(influxd, bodies))
            rows.append(as_row(f"{fields} fields a line", parser_rate(bodies), ours, theirs))
    print_table("Line protocol, lines/s", ("bodies", "parser alone", "ingest", "InfluxDB", "ratio"), rows)
    if not influxd:
        print("\nInfluxDB was not found: no baseline.")


def as_row(name: str, parser: float, ours: Sequence[float], theirs: Sequence[float]) -> tuple[str, ...]:
    """The medians."""
    own = statistics.median(ours)
    beside = statistics.median(theirs) if theirs else None
    others = ("-", "-") if beside is None else (f"{beside:,.0f}", f"{own / beside:.2f}")
    return (name, f"{parser:,.0f}", f"{own:,.0f}", *others)


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


def measure_ingest(server_url: str, bodies: Sequence[bytes]) -> float:
    """Lines a second through the whole path, on a fresh database."""
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        project = seed_project(url, 0)
        set_project(url, project, register_sensors_up_to=100_000)
        with running("ingest", url, Path(folder) / "ingest.log") as ingest:
            headers = {"Authorization": f"Token {project.token}"}
            # The sensors are there before the clock runs, as InfluxDB's series soon are.
            post(ingest.port, headers, bodies[:1])
            rate = posting_rate(ingest.port, headers, bodies[1:])
        with psycopg.connect(url) as connection:
            row = connection.execute("select count(*) from reading").fetchone()
        assert row == (len(bodies) * LINES * (bodies[0].split(b"\n", 1)[0].count(b"=") - 2),)
    return rate


def measure_influx(influxd: str, bodies: Sequence[bytes]) -> float:
    """Lines a second of InfluxDB, on an empty folder."""
    with running_influx(influxd) as port:
        post(port, {}, bodies[:1])
        return posting_rate(port, {}, bodies[1:])


@contextmanager
def running_influx(influxd: str) -> Generator[int]:
    """InfluxDB with a database `bench`; its port."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = Path(folder) / "influxdb.conf"
        settings.write_text(INFLUX.format(folder=folder, port=port, rpc=free_port()))
        process = subprocess.Popen([influxd, "-config", str(settings)], stderr=subprocess.DEVNULL)
        try:
            create_database(port)
            yield port
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
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("InfluxDB does not answer")


def posting_rate(port: int, headers: Mapping[str, str], bodies: Sequence[bytes]) -> float:
    """Lines a second, over several connections at once."""
    shares = [bodies[first::CONNECTIONS] for first in range(CONNECTIONS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(partial(post, port, headers), shares))
    return len(bodies) * LINES / (time.perf_counter() - started)


def post(port: int, headers: Mapping[str, str], bodies: Sequence[bytes]) -> None:
    """Posts bodies over one connection; each must be stored."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for body in bodies:
        connection.request("POST", "/write?db=bench", body, dict(headers))
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == http.client.NO_CONTENT, told
    connection.close()


if __name__ == "__main__":
    main()
