"""The ten questions, cold (after a restart, with nothing of the data in the page cache) and warm."""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peers.memory import MemoryWatch
from benchmarks.peers.peer import Peer
from benchmarks.peers.questions import Ask, Period
from benchmarks.peers.server_process import forget_files, size_of

WARM_TIMES = 7


@dataclass(frozen=True)
class Answered:
    """How long it took, in milliseconds, and how many values there were."""

    cold_ms: float
    warm_ms: float
    values: int


@dataclass(frozen=True)
class Asked:
    """The answers to all questions, and what the peer took meanwhile."""

    answers: Mapping[str, Answered]
    memory_bytes: int
    disk_bytes: int


def ask_all(peer: Peer, period: Period) -> Asked:
    """Loads the history, then asks."""
    peer.start()
    peer.load_history(period)
    names = list(peer.asks(period))
    peer.stop()
    memory, answers = 0, dict[str, Answered]()
    for name in names:
        forget_files(peer.folder)
        peer.start()
        with MemoryWatch(peer.pids) as watch:
            answers[name] = ask(peer.asks(period)[name])
        memory = max(memory, watch.max_bytes)
        peer.stop()
        print(f"  {peer.name}, {period.names[name]}: {answers[name].warm_ms:.1f} ms", flush=True)
    return Asked(answers, memory, size_of(peer.folder))


def ask(question: Ask) -> Answered:
    """Once cold, then the median of several."""
    body, cold_s = timed(question)
    warm_s = statistics.median(timed(question)[1] for _ in range(WARM_TIMES))
    return Answered(cold_s * 1000, warm_s * 1000, question.count(body))


def timed(question: Ask) -> tuple[bytes, float]:
    """The answer, and seconds until all of it was there."""
    started = time.perf_counter()
    return question.fetch(), time.perf_counter() - started
