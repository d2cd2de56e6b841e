"""How long from the commit of an event until a receiver of webhooks has it?

Beside it, in the same run: the same events over the API's stream of server-sent events; a burst of events
to one webhook in order, against a loop of bare POSTs to the same receiver over one connection; and what
10,000 webhooks cost the worker that nothing happens to.

Data: 200 events a second in one project, each in a transaction of its own, for a while; a receiver and a
stream on this machine. Wanted: p95 of webhooks below 300 ms.

Run: `python -m benchmarks.events [--quick]`. Last result (27 November 2026, `--quick`, two cores that
did nothing else):

| way                    | events | p50 ms | p95 ms |
| ---------------------- | ------ | ------ | ------ |
| stream of events (SSE) | 2,000  | 106    | 198    |
| webhook, in order      | 2,000  | 64     | 106    |

A burst: 1,500 events/s to one webhook in order, 0.30 of the bare loop's 4,974. Idle, the worker used 2.7 %
of a core with one webhook, and 3.3 % with 10,001.
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg

from benchmarks.databases import fresh_database, serving_cluster, serving_redis
from benchmarks.table import print_table
from tests.api.server import PREFIX, SIGNING_KEY, Person, Server
from tests.events.receiver import Receiver, receiving
from tests.programs import Program, running

EVENTS_PER_S = 200
WAIT_S = 60
INSERT = (
    "insert into event (project_id, kind, payload) select id, 'run.started', '{}' from project"
    " where public_id = %s returning public_id::text"
)
BURST = (
    "insert into event (project_id, kind, payload) select project.id, 'run.started', '{}'"
    " from generate_series(1, %s), project where public_id = %s"
)
MANY_WEBHOOKS = (
    "with made as (insert into webhook (project_id, url, secret)"
    " select project.id, 'https://example.org/', '' from project, generate_series(1, 10000) returning id)"
    " insert into webhook_standing (webhook_id) select id from made"
)


def main() -> None:
    """Measures, and prints tables."""
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
        worker = stack.enter_context(running("backfill", database_url, folder / "worker.log", environment))
        person = Server(api.url, database_url).person("bench@example.org")
        project = person.made("/projects", {"name": "bench"})["id"]
        receiver = stack.enter_context(receiving())
        person.made(f"/projects/{project}/webhooks", {"url": receiver.url})
        latencies(person, database_url, project, receiver, seconds * EVENTS_PER_S)
        throughput(database_url, project, receiver, seconds * EVENTS_PER_S)
        idle(database_url, worker, seconds)


def latencies(person: Person, database_url: str, project: str, receiver: Receiver, count: int) -> None:
    """From the commit on, over both ways."""
    streamed: dict[str, float] = {}
    threading.Thread(target=follow, args=(person, project, streamed), daemon=True).start()
    committed = write_events(database_url, project, count)
    heard = receiver.wait_for(lambda heard: len(heard) >= len(committed))
    posted = {message.headers["webhook-id"]: message.at_s for message in heard}
    end = time.monotonic() + WAIT_S
    while len(streamed) < len(committed) and time.monotonic() < end:
        time.sleep(0.1)
    rows = [
        row("stream of events (SSE)", committed, streamed),
        row("webhook, in order", committed, posted),
    ]
    print_table(f"From a commit, {EVENTS_PER_S} events/s", ("way", "events", "p50 ms", "p95 ms"), rows)


def throughput(database_url: str, project: str, receiver: Receiver, count: int) -> None:
    """Measures one webhook in order, against bare POSTs over one connection."""
    receiver.heard.clear()
    begun_s = time.perf_counter()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(BURST, (count, project))
    receiver.wait_for_count(count)
    carried = count / (time.perf_counter() - begun_s)
    body = receiver.heard[0].body
    bare = http.client.HTTPConnection(urlsplit(receiver.url).netloc)
    begun_s = time.perf_counter()
    for _ in range(count):
        bare.request("POST", "/hook", body)
        bare.getresponse().read()
    posted = count / (time.perf_counter() - begun_s)
    rows = [
        ("bare POST loop", f"{posted:,.0f}", "1"),
        ("webhook, in order", f"{carried:,.0f}", f"{carried / posted:.2f}"),
    ]
    print_table("A burst", ("way", "events/s", "ratio"), rows)


def idle(database_url: str, worker: Program, seconds: int) -> None:
    """Measures the worker's share of a core, without and with many webhooks that nothing happens to."""
    alone = processor_share(worker, seconds)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(MANY_WEBHOOKS)
    rows = [("1", f"{alone:.1%}"), ("10,001", f"{processor_share(worker, seconds):.1%}")]
    print_table("Idle", ("webhooks", "worker, of a core"), rows)


def processor_share(program: Program, seconds: int) -> float:
    """The share of a core that a process takes from now on."""
    begun_s = processor_s(program)
    time.sleep(seconds)
    return (processor_s(program) - begun_s) / seconds


def processor_s(program: Program) -> float:
    """Time that a process has used."""
    assert program.process is not None
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
    with (
        suppress(httpx.RemoteProtocolError),  # the server ends first
        person.client.stream("GET", f"{PREFIX}/events", params=params, timeout=None) as answer,
    ):
        for line in answer.iter_lines():
            if line.startswith("data: "):
                heard.setdefault(json.loads(line.removeprefix("data: "))["id"], time.time())


def row(name: str, committed: Mapping[str, float], heard: Mapping[str, float]) -> tuple[str, str, str, str]:
    """A row of the table."""
    delays_ms = sorted((heard[event] - at) * 1000 for event, at in committed.items() if event in heard)
    cuts = statistics.quantiles(delays_ms, n=20)
    return name, f"{len(delays_ms):,}", f"{cuts[9]:.0f}", f"{cuts[18]:.0f}"


if __name__ == "__main__":
    main()
