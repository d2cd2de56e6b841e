"""How long from the commit of an event until a receiver of webhooks has it?

Beside it, in the same run: the same events over the API's stream of server-sent events.

Data: 200 events a second in one project, each in a transaction of its own, for a while; a receiver and a
stream on this machine. Wanted: p95 of webhooks below 300 ms.

Run: `python -m benchmarks.events [--quick]`. Last result (27 November 2026,
`--quick`, two cores with a load of 15 by other work, of which each process here had a seventh):

| way                    | events | p50 ms | p95 ms |
| ---------------------- | ------ | ------ | ------ |
| stream of events (SSE) | 2,000  | 139    | 266    |
| webhook, in order      | 2,000  | 1643   | 3503   |

A line in order takes one message after the other: there it had not enough of the processor for 200 a second.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psycopg

from benchmarks.databases import fresh_database, serving_cluster, serving_redis
from benchmarks.table import print_table
from tests.api.server import PREFIX, SIGNING_KEY, Person, Server
from tests.events.receiver import receiving
from tests.programs import running

EVENTS_PER_S = 200
WAIT_S = 60
INSERT = (
    "insert into event (project_id, kind, payload) select id, 'run.started', '{}' from project"
    " where public_id = %s returning public_id::text"
)


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="ten seconds of events")
    seconds = 10 if parser.parse_args().quick else 60
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database_url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        environment = {
            "BAROGRAPH_REDIS_URL": stack.enter_context(serving_redis()),
            "BAROGRAPH_DATA_DIR": str(folder / "data"),
            "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
            "BAROGRAPH_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        api = stack.enter_context(running("api", database_url, folder / "api.log", environment))
        stack.enter_context(running("backfill", database_url, folder / "worker.log", environment))
        person = Server(api.url, database_url).person("bench@example.org")
        project = person.made("/projects", {"name": "bench"})["id"]
        receiver = stack.enter_context(receiving())
        person.made(f"/projects/{project}/webhooks", {"url": receiver.url})
        streamed: dict[str, float] = {}
        threading.Thread(target=follow, args=(person, project, streamed), daemon=True).start()
        committed = write_events(database_url, project, seconds * EVENTS_PER_S)
        heard = receiver.wait_for(lambda heard: len(heard) >= len(committed))
        posted = {message.headers["webhook-id"]: message.at_s for message in heard}
        end = time.monotonic() + WAIT_S
        while len(streamed) < len(committed) and time.monotonic() < end:
            time.sleep(0.1)
    rows = [row("stream of events (SSE)", committed, streamed), row("webhook", committed, posted)]
    print_table(f"From a commit, {EVENTS_PER_S} events/s", ("way", "events", "p50 ms", "p95 ms"), rows)


def write_events(database_url: str, project: str, count: int) -> Mapping[str, float]:
    """Their ids, with the time after the commit."""
    committed: dict[str, float] = {}
    with psycopg.connect(database_url, autocommit=True) as connection:
        begun_s = time.perf_counter()
        for number in range(count):
            time.sleep(max(0.0, begun_s + number / EVENTS_PER_S - time.perf_counter()))
            ((event,),) = connection.execute(INSERT, (project,)).fetchall()
            committed[event] = time.time()
    return committed


def follow(person: Person, project: str, heard: dict[str, float]) -> None:
    """Notes when each event comes over the stream."""
    params = {"project": project, "type": "run.started", "from": "-1h"}
    with person.client.stream("GET", f"{PREFIX}/events", params=params, timeout=None) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                heard.setdefault(json.loads(line.removeprefix("data: "))["id"], time.time())


def row(name: str, committed: Mapping[str, float], heard: Mapping[str, float]) -> tuple[str, str, str, str]:
    """Of the table."""
    delays_ms = sorted((heard[event] - at) * 1000 for event, at in committed.items() if event in heard)
    cuts = statistics.quantiles(delays_ms, n=20)
    return name, f"{len(delays_ms):,}", f"{cuts[9]:.0f}", f"{cuts[18]:.0f}"


if __name__ == "__main__":
    main()
