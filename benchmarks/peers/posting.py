"""Posts the load from a process of its own, as fast as answers allow or at a steady rate.

Bodies are encoded before the clock starts.
"""

import http.client
import multiprocessing
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

from barograph.times import now_us
from benchmarks.peers.forms import FORMS, PeerLoad
from benchmarks.support.gateways import HOUR_US, Measured


@dataclass(frozen=True)
class PostingWay:
    """Where and how: `load.per_frame` readings or a little more lie in a body.

    Attributes:
        form: one of `FORMS`.
    """

    port: int
    path: str
    form: str
    connections: int


def run_posting(way: PostingWay, load: PeerLoad) -> Measured:
    """Posts the load, and waits until all of it is answered."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, way, load).result()


def _run(way: PostingWay, load: PeerLoad) -> Measured:
    base_us = now_us() - HOUR_US
    bodies = [
        body
        for turn in zip(*(_bodies(way, load, each, base_us) for each in range(load.producers)), strict=True)
        for body in turn
    ]
    shares = [bodies[first :: way.connections] for first in range(way.connections)]
    start = threading.Barrier(way.connections + 1)
    with ThreadPoolExecutor(way.connections) as threads:
        futures = [
            threads.submit(_post_all, way, load, number, share, start) for number, share in enumerate(shares)
        ]
        start.wait()
        started = time.perf_counter()
        latencies_s = [each for future in futures for each in future.result()]
        return Measured(time.perf_counter() - started, latencies_s)


def _bodies(way: PostingWay, load: PeerLoad, producer: int, base_us: int) -> list[bytes]:
    first, t_us, value = load.instants(producer, base_us)
    rows = max(1, load.per_frame // value.shape[1])
    return [
        FORMS[way.form]((first, t_us[at : at + rows], value[at : at + rows]))
        for at in range(0, t_us.size, rows)
    ]


def _post_all(
    way: PostingWay, load: PeerLoad, number: int, bodies: Sequence[bytes], start: threading.Barrier
) -> list[float]:
    """How long each was waited for."""
    connection = http.client.HTTPConnection("127.0.0.1", way.port, timeout=120)
    connection.connect()
    interval_s = load.per_frame * way.connections / load.rate_hz if load.rate_hz else 0.0
    latencies_s: list[float] = []
    start.wait()
    due = time.perf_counter() + interval_s * number / way.connections
    for body in bodies:
        if interval_s:
            time.sleep(max(0.0, due - time.perf_counter()))
            due += interval_s
        sent = time.perf_counter()
        connection.request("POST", way.path, body)
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == http.client.NO_CONTENT, told
        latencies_s.append(time.perf_counter() - sent)
    connection.close()
    return latencies_s
