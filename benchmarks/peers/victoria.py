"""VictoriaMetrics: what it has answered lies in memory until it is written out, a second or some later."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from barograph.times import DAY_US, HOUR_US, SECOND_US
from benchmarks.peers.forms import PeerLoad
from benchmarks.peers.posting import PostingWay, run_posting
from benchmarks.peers.questions import BUCKET_US, FEW_SENSORS, MANY_SENSORS, Ask, Period
from benchmarks.peers.requesting import request
from benchmarks.peers.server_process import ServerProcess, answers, size_of, wait_for_steady
from benchmarks.query import history, noisy_wave
from benchmarks.support.gateways import Measured
from tests.programs import free_port

PATHS = {"JSON a sensor": "/api/v1/import", "a line an instant": "/write", "a line a reading": "/write"}
MILLISECOND_US = SECOND_US // 1000
READINGS_A_BODY = 50_000
STATISTICS = ("avg", "min", "max", "count", "stddev")


class VictoriaPeer:
    """With its usual settings; it keeps all, as it drops what is older than a month by itself."""

    name = "VictoriaMetrics"
    ack_means = "in memory"
    ways: Mapping[str, int] = {
        "JSON a sensor, 4 connections": 25_000,
        "JSON a sensor, 16 connections": 25_000,
        "a line an instant, 4 connections": 25_000,
    }

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._port = free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        command = [
            program,
            f"-storageDataPath={folder}",
            f"-httpListenAddr=127.0.0.1:{self._port}",
            "-retentionPeriod=100y",
        ]
        self._server = ServerProcess(command, lambda: answers(f"{self._url}/health"))

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def pids(self) -> Sequence[int]:
        return [self._server.pid]

    def write(self, way: str, load: PeerLoad) -> Measured:
        self._make_empty()
        form, connections = way.rsplit(" ", 1)[0].rsplit(", ", 1)
        return run_posting(PostingWay(self._port, PATHS[form], form, int(connections)), load)

    def settled_bytes(self) -> int:
        self._settle()
        return size_of(self.folder)

    def load_history(self, period: Period) -> None:
        self._make_empty()
        for slots, t_us in history(period.day_us, period.share):
            times = (t_us // MILLISECOND_US).tolist()
            values = noisy_wave(np.tile(t_us, slots.size)).reshape(slots.size, t_us.size)
            for slot, row in zip(slots.tolist(), values.tolist(), strict=True):
                for first in range(0, len(times), READINGS_A_BODY):
                    part = slice(first, first + READINGS_A_BODY)
                    metric = {"__name__": "r", "s": f"s{slot}"}
                    body = {"metric": metric, "values": row[part], "timestamps": times[part]}
                    request(self._port, "POST", "/api/v1/import", json.dumps(body))
        self._settle()

    def asks(self, period: Period) -> Mapping[str, Ask]:
        """A range ends where it says, and begins after where it says."""
        day_s, hour_s = period.day_us / SECOND_US, period.hour_us / SECOND_US
        end_s, hour_end_s = day_s + DAY_US / SECOND_US, hour_s + HOUR_US / SECOND_US
        bucket_s = BUCKET_US / SECOND_US
        few, many = some_of(FEW_SENSORS), some_of(MANY_SENSORS)
        at_end, in_minutes = {"time": end_s}, {"start": day_s + 60, "end": end_s, "step": "1m"}
        in_buckets = {"start": hour_s + bucket_s, "end": hour_end_s, "step": f"{BUCKET_US // 1000}ms"}
        raw_end_s = hour_s + period.moment_us / SECOND_US - 0.001
        return {
            "last": self._at('last_over_time(r{s="s1"}[1d])', at_end),
            "lasts": self._at("last_over_time(r[1d])", at_end),
            "plot": self._over(f'rollup(r{{s="s0"}}[{BUCKET_US // 1000}ms])', in_buckets),
            "raw": self._export("s0", hour_s, raw_end_s),
            "day": self._over(f"avg_over_time(r{{s=~{few}}}[1m])", in_minutes),
            "percentile": self._at('quantile_over_time(0.95, r{s="s0"}[1h])', {"time": hour_end_s}),
            "percentiles": self._over('quantile_over_time(0.95, r{s="s1"}[1m])', in_minutes),
            "totals": self._at(totals_of(many), at_end),
            "export": self._export("s0", hour_s, hour_end_s - 0.001),
        }

    def _at(self, text: str, moment: Mapping[str, float]) -> Ask:
        return Ask(partial(self._get, "/api/v1/query", {"query": text, **moment}), count_series)

    def _over(self, text: str, period: Mapping[str, float | str]) -> Ask:
        return Ask(partial(self._get, "/api/v1/query_range", {"query": text, **period}), count_values)

    def _export(self, sensor: str, start_s: float, end_s: float) -> Ask:
        """Asks for CSV."""
        columns = "__value__,__timestamp__:unix_ms"
        asked = {"format": columns, "match[]": f'r{{s="{sensor}"}}', "start": start_s, "end": end_s}
        return Ask(partial(self._get, "/api/v1/export/csv", asked), lambda body: body.count(b"\n"))

    def _get(self, path: str, parameters: Mapping[str, float | str]) -> bytes:
        return request(self._port, "GET", f"{path}?{urlencode(parameters)}")

    def _make_empty(self) -> None:
        """On an empty folder; series that are deleted would stay in it."""
        self.stop()
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.start()

    def _settle(self) -> None:
        request(self._port, "GET", "/internal/force_flush")
        request(self._port, "GET", "/internal/force_merge")
        wait_for_steady(self.folder)


def totals_of(sensors: str) -> str:
    """All statistics of each sensor in one answer."""
    parts = (f'label_set({each}_over_time(r{{s=~{sensors}}}[1d]), "f", "{each}")' for each in STATISTICS)
    return f"union({','.join(parts)})"


def count_series(body: bytes) -> int:
    """Counts the values of an answer about a moment: one for each series."""
    return len(json.loads(body)["data"]["result"])


def count_values(body: bytes) -> int:
    """Counts the values of an answer about a period."""
    return sum(len(each["values"]) for each in json.loads(body)["data"]["result"])


def some_of(count: int) -> str:
    """A pattern of the slow sensors from the first on."""
    return '"' + "|".join(f"s{number}" for number in range(1, count + 1)) + '"'


def find_victoria() -> str | None:
    """Where the program is."""
    return os.environ.get("BAROGRAPH_VICTORIAMETRICS") or shutil.which("victoria-metrics")
