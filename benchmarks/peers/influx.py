"""InfluxDB 1: each write is in its log, synced, before it is answered."""

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from string import Template
from urllib.parse import quote, urlencode

import numpy as np

from barograph.times import DAY_US, HOUR_US
from benchmarks.peers.forms import PeerLoad
from benchmarks.peers.posting import PostingWay, run_posting
from benchmarks.peers.questions import BUCKET_US, FEW_SENSORS, MANY_SENSORS, Ask, Period
from benchmarks.peers.requesting import request
from benchmarks.peers.server_process import ServerProcess, answers, size_of, wait_for_steady
from benchmarks.query import history, noisy_wave
from benchmarks.support.gateways import Measured
from tests.programs import free_port

SETTINGS = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
wal-fsync-delay = "0s"
query-log-enabled = false
cache-snapshot-write-cold-duration = "2s"
compact-full-write-cold-duration = "2s"
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
max-row-limit = 0
[monitor]
store-enabled = false
[retention]
enabled = false
"""
LINES_A_BODY = 10_000
QUESTIONS = {
    "last": "select last(v) from r where s='s1'",
    "lasts": "select last(v) from r group by s",
    "plot": "select mean(v), min(v), max(v) from r where s='s0' and $hour group by time($bucket) fill(none)",
    "raw": "select v from r where s='s0' and $moment",
    "day": "select mean(v) from r where $few and $day group by time(1m), s fill(none)",
    "percentile": "select percentile(v, 95) from r where s='s0' and $hour",
    "percentiles": "select percentile(v, 95) from r where s='s1' and $day group by time(1m) fill(none)",
    "totals": "select mean(v), min(v), max(v), count(v), stddev(v) from r where $many and $day group by s",
    "export": "select v from r where s='s0' and $hour",
}


class InfluxPeer:
    """With its usual settings, but for when it writes its cache out and compacts: soon, so as to settle."""

    name = "InfluxDB 1.6"
    ack_means = "synced to its log"
    ways: Mapping[str, int] = {
        "a line a reading, 4 connections": 25_000,
        "a line an instant, 4 connections": 25_000,
        "a line an instant, 16 connections": 25_000,
    }

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._port = free_port()
        settings = folder.with_suffix(".conf")
        settings.write_text(SETTINGS.format(folder=folder, port=self._port, rpc=free_port()))
        self._url = f"http://127.0.0.1:{self._port}"
        self._server = ServerProcess(
            [program, "-config", str(settings)], lambda: answers(f"{self._url}/ping")
        )

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def pids(self) -> Sequence[int]:
        return [self._server.pid]

    def write(self, way: str, load: PeerLoad) -> Measured:
        self._make_empty()
        form, connections = way.rsplit(" ", 1)[0].rsplit(", ", 1)
        return run_posting(PostingWay(self._port, "/write?db=bench", form, int(connections)), load)

    def settled_bytes(self) -> int:
        wait_for_steady(self.folder)
        return size_of(self.folder)

    def load_history(self, period: Period) -> None:
        self._make_empty()
        for slots, t_us in history(period.day_us, period.share):
            values = noisy_wave(np.tile(t_us, slots.size)).reshape(slots.size, t_us.size)
            for slot, row in zip(slots.tolist(), values.tolist(), strict=True):
                lines = [f"r,s=s{slot} v={v} {t}" for v, t in zip(row, (t_us * 1000).tolist(), strict=True)]
                for first in range(0, len(lines), LINES_A_BODY):
                    self._post("/write?db=bench", "\n".join(lines[first : first + LINES_A_BODY]))
        wait_for_steady(self.folder)

    def asks(self, period: Period) -> Mapping[str, Ask]:
        parts = {
            "day": between(period.day_us, DAY_US),
            "hour": between(period.hour_us, HOUR_US),
            "moment": between(period.hour_us, period.moment_us),
            "few": some_of(FEW_SENSORS),
            "many": some_of(MANY_SENSORS),
            "bucket": f"{BUCKET_US}u",
        }
        return {
            name: Ask(partial(self._ask, Template(text).substitute(parts)), count_rows)
            for name, text in QUESTIONS.items()
        }

    def _ask(self, text: str) -> bytes:
        """Asks for CSV, which is its shortest answer."""
        path = "/query?" + urlencode({"db": "bench", "epoch": "u", "q": text})
        return request(self._port, "GET", path, headers={"Accept": "application/csv"})

    def _make_empty(self) -> None:
        for statement in ("drop database bench", "create database bench"):
            self._post(f"/query?q={quote(statement)}", "")

    def _post(self, path: str, body: str) -> None:
        request(self._port, "POST", path, body)


def count_rows(body: bytes) -> int:
    """Values in a table: those of its rows, without the columns that name them (measurement, tags, time).
    There is a heading, and a blank line and a heading again where the columns change."""
    header, _, rest = body.partition(b"\n")
    values = len(header.split(b",")) - 3
    return sum(values for line in rest.splitlines() if line and not line.startswith(b"name,"))


def between(start_us: int, length_us: int) -> str:
    """A condition."""
    return f"time >= {start_us}u and time < {start_us + length_us}u"


def some_of(count: int) -> str:
    """A condition: the slow sensors from the first on."""
    return "s =~ /^(" + "|".join(f"s{number}" for number in range(1, count + 1)) + ")$/"


def find_influx() -> str | None:
    """Where the program is."""
    return os.environ.get("BAROGRAPH_INFLUXD") or shutil.which("influxd")
