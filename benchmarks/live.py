"""How soon is a reading shown, and what do those who watch cost?

A gateway sends 20 sensors at 1 kHz in frames of 50 ms. Clients watch all of them over ten seconds in buckets
of 50 ms, ten times a second, through the API as it really runs. The delay of a frame counts from the
gateway's `send` to the message in which a client gets it. The baseline asks `/series?columns=` for the same
picture again and again, in the same run.

Wanted (two quiet cores): a delay of 200 ms at the median and 400 at the 95th percentile; 256 KiB of memory
for each client that does not draw, which is up to date within a second when it does; 1,000 sockets in 0.6 of
a core, and ingest keeping 0.95 of its rate.

Run: `python -m benchmarks.live [--quick]`. Last result: see docs/live.md.
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Queue
from pathlib import Path

import httpx
import numpy as np
import psycopg

from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.support.live_load import (
    SENSORS,
    Crowd,
    DrawingTime,
    LivePicture,
    SeenFrames,
    SentFrames,
    Watcher,
    open_watcher,
    send_frames,
    watch_in_crowd,
)
from benchmarks.table import print_table
from tests.api.server import SIGNING_KEY, Server
from tests.programs import Program, running
from tests.seed import seed_project

SPAWN = multiprocessing.get_context("spawn")
# Until the window is full.
WARM_S = 11.0
SLOW_BYTES_S = 10_000
IDLE_S = 5.0


@dataclass(frozen=True)
class WatchingCost:
    """The cost of a way of watching, and what it showed.

    Attributes:
        seen: by each client that was measured.
        began_s, ended_s: since 1970.
        busy_s: of the API's processor.
        patches_s: a second, to all clients.
    """

    name: str
    seen: Sequence[SeenFrames]
    began_s: float
    ended_s: float
    busy_s: float
    patches_s: float
    other: str = ""

    def row(self, sent: SentFrames) -> Sequence[str]:
        cores = self.busy_s / (self.ended_s - self.began_s)
        kept = sent.kept(self.began_s, self.ended_s)
        return [
            self.name,
            *self._delays(sent),
            f"{cores:.2f}",
            f"{self.patches_s:,.0f}",
            f"{kept:.2f}",
            self.other,
        ]

    def _delays(self, sent: SentFrames) -> Sequence[str]:
        """The median and the 95th percentile in ms; the median client's."""
        each = [np.percentile(seen.delays_s(sent, self.began_s), [50, 95]) for seen in self.seen]
        if not each:
            return ["", ""]
        return [f"{1000 * statistics.median(row[place] for row in each):.0f}" for place in (0, 1)]


@dataclass(frozen=True)
class LiveApi:
    """The API as it runs, and the picture that is asked for."""

    program: Program
    picture: LivePicture

    def busy_s(self) -> float:
        """Its processor time so far."""
        fields = (self._process / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """The memory that it holds."""
        pages = int((self._process / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def _process(self) -> Path:
        assert self.program.process is not None
        return Path(f"/proc/{self.program.process.pid}")


@contextmanager
def sending(url: str, token: str) -> Generator["Queue[SentFrames]"]:
    """A gateway that has filled a window before the block begins; tells what it sent after it has ended."""
    is_over, found = SPAWN.Event(), SPAWN.Queue()
    process = SPAWN.Process(target=send_frames, args=(url, token, is_over, found))
    process.start()
    try:
        time.sleep(WARM_S)
        yield found
    finally:
        is_over.set()


def main() -> None:
    """Measures every way of watching beside one gateway, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="200 sockets, and less time for each way")
    is_quick = parser.parse_args().quick
    seconds, idle, sockets = (5.0, 50, 200) if is_quick else (20.0, 200, 1000)
    ways: list[Callable[[LiveApi], WatchingCost]] = [
        lambda api: measure_one("one socket", watch_one, api, seconds),
        lambda api: measure_one("one client polling", poll_one, api, seconds),
        lambda api: measure_idle("hidden", api, idle, None),
        lambda api: measure_idle("at 10 kB/s", api, idle, little_by_little),
        lambda api: measure_crowd(api, sockets, seconds),
    ]
    settings = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_LIVE_MAX_STREAMS_OF_ACCOUNT": "4000"}
    with (
        serving_cluster() as server_url,
        fresh_database(server_url) as url,
        tempfile.TemporaryDirectory() as folder,
        running("ingest", url, Path(folder) / "ingest.log") as ingest,
        running("api", url, Path(folder) / "api.log", {"BAROGRAPH_DATA_DIR": folder, **settings}) as program,
    ):
        token, picture = seeded(url, program.url)
        with sending(ingest.socket_url, token) as found:
            costs = [told(way(LiveApi(program, picture))) for way in ways]
        sent = found.get()
    header = ["who watches", "delay p50, ms", "p95, ms", "API, cores", "patches/s", "ingest keeps", "other"]
    print_table("Live pictures of 20 sensors at 1 kHz", header, [cost.row(sent) for cost in costs])


def told(cost: WatchingCost) -> WatchingCost:
    print(f"  {cost.name}: {cost.busy_s:.2f} s of the API's processor {cost.other}", flush=True)
    return cost


def seeded(url: str, api_url: str) -> tuple[str, LivePicture]:
    """Sensors, a token that may send, and somebody who may see them."""
    project = seed_project(url, SENSORS + 1)
    server = Server(api_url, url)
    server.register("watcher@example.org")
    server.add_member(str(project.public_id), "watcher@example.org", "viewer")
    token = server.log_in("watcher@example.org")["access_token"]
    with psycopg.connect(url) as connection:
        rows = connection.execute("select public_id from sensor order by id").fetchall()
    return project.token, LivePicture(api_url, token, [str(row[0]) for row in rows])


def measure_one(
    name: str, watch: Callable[[LivePicture, float], SeenFrames], api: LiveApi, seconds: float
) -> WatchingCost:
    """One client, beside nobody else."""
    began_s, busy_s = time.time(), api.busy_s()
    seen = watch(api.picture, seconds)
    return WatchingCost(name, [seen], began_s, time.time(), api.busy_s() - busy_s, seen.patches / seconds)


def watch_one(picture: LivePicture, seconds: float) -> SeenFrames:
    """Watches by the WebSocket."""

    async def watch() -> SeenFrames:
        watcher = await open_watcher(picture, is_measured=True)
        await asyncio.sleep(seconds)
        watcher.close()
        return watcher.seen

    return asyncio.run(watch())


def poll_one(picture: LivePicture, seconds: float) -> SeenFrames:
    """Asks ten times a second, or as often as there is an answer."""
    seen, end_s = SeenFrames(), time.time() + seconds
    asked = {"sensor": list(picture.sensors), "from": picture.window, "columns": picture.columns}
    with httpx.Client(base_url=picture.url, headers={"Authorization": f"Bearer {picture.token}"}) as client:
        while (began_s := time.time()) < end_s:
            answer = client.get("/api/v1/series", params={**asked, "layer": "raw"})
            assert answer.status_code == 200, answer.text
            seen.newest.append((time.time(), int(answer.json()["series"][SENSORS]["last"][-1])))
            seen.patches += 1
            time.sleep(max(0.0, began_s + 1 / picture.rate_hz - time.time()))
    return seen


def little_by_little(size_bytes: int) -> float:
    return size_bytes / SLOW_BYTES_S


def measure_idle(name: str, api: LiveApi, clients: int, draws_after_s: DrawingTime | None) -> WatchingCost:
    """Clients that draw slowly or not at all: what they cost in memory, and how soon one catches up."""

    async def watch() -> tuple[int, float]:
        before = api.memory_bytes()
        watchers = [await open_watcher(api.picture, draws_after_s=draws_after_s) for _ in range(clients)]
        await asyncio.sleep(IDLE_S)
        held = (api.memory_bytes() - before) // clients
        caught_up_s = await _catch_up(watchers[0])
        for watcher in watchers:
            watcher.close()
        return held, caught_up_s

    began_s, busy_s = time.time(), api.busy_s()
    held, caught_up_s = asyncio.run(watch())
    other = f"{held / 1024:.0f} KiB each, up to date in {caught_up_s * 1000:.0f} ms"
    return WatchingCost(
        f"{clients} clients {name}", [], began_s, time.time(), api.busy_s() - busy_s, 0, other
    )


async def _catch_up(watcher: Watcher) -> float:
    """Seconds until one is shown what it has missed, once it draws again."""
    watcher.shown.clear()
    began_s = time.perf_counter()
    watcher.ready()
    await watcher.shown.wait()
    return time.perf_counter() - began_s


def measure_crowd(api: LiveApi, sockets: int, seconds: float) -> WatchingCost:
    """Many sockets, and the delay of a few that are measured among them."""
    crowd = Crowd(sockets, SPAWN.Event(), SPAWN.Event(), SPAWN.Queue())

    async def watch() -> tuple[float, float, list[SeenFrames]]:
        few = [await open_watcher(api.picture, is_measured=True) for _ in range(5)]
        began_s, busy_s = time.time(), api.busy_s()
        await asyncio.sleep(seconds)
        busy_s = api.busy_s() - busy_s
        for watcher in few:
            watcher.close()
        return began_s, busy_s, [watcher.seen for watcher in few]

    process = SPAWN.Process(target=watch_in_crowd, args=(api.picture, crowd))
    process.start()
    crowd.is_open.wait()
    began_s, busy_s, seen = asyncio.run(watch())
    ended_s = time.time()
    crowd.is_over.set()
    patches_s = crowd.patches_s.get()
    process.join()
    return WatchingCost(f"{sockets} sockets", seen, began_s, ended_s, busy_s, patches_s)


if __name__ == "__main__":
    main()
