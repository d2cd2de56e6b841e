"""How many readings a second each takes, how long they wait for an ack, and what they take on disk."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.peers.forms import PeerLoad
from benchmarks.peers.memory import MemoryWatch
from benchmarks.peers.peer import Peer
from benchmarks.support.gateways import Measured

# A frame of a gateway, whose readings are to be there soon.
PER_FRAME = 1000
KINDS = {"noise": True, "counts": False}
LATENCY_S = 10


@dataclass
class Written:
    """Rates by way and kind of values, sizes by kind."""

    rates: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    bytes_a_reading: dict[str, float] = field(default_factory=dict[str, float])
    ack_p50_ms: float = 0.0
    ack_p99_ms: float = 0.0
    memory_bytes: int = 0

    @property
    def best(self) -> tuple[str, float]:
        """The way that is fastest with noise."""
        return max(((way, rates["noise"]) for way, rates in self.rates.items()), key=lambda each: each[1])


def measure_rates(peers: Sequence[Peer], readings: int, rounds: int) -> dict[str, Written]:
    """Each way of each peer, in turn; the medians."""
    found = {peer.name: Written() for peer in peers}
    rates: dict[tuple[str, str, str], list[float]] = {}
    for kind in list(KINDS) * rounds:
        for peer in peers:
            for way in peer.ways:
                rate = measure_rate(peer, found[peer.name], way, kind, readings)
                rates.setdefault((peer.name, way, kind), []).append(rate)
                print(f"  {peer.name}, {way}, {kind}: {rate:,.0f}/s", flush=True)
    for (name, way, kind), each in rates.items():
        found[name].rates.setdefault(way, {})[kind] = statistics.median(each)
    return found


def measure_rate(peer: Peer, found: Written, way: str, kind: str, readings: int) -> float:
    """Readings a second; notes memory, and once for each kind what they take."""
    load = PeerLoad(readings, per_frame=peer.ways[way], has_noise=KINDS[kind])
    peer.start()
    with MemoryWatch(peer.pids) as watch:
        measured = peer.write(way, load)
    found.memory_bytes = max(found.memory_bytes, watch.max_bytes)
    if kind not in found.bytes_a_reading:
        found.bytes_a_reading[kind] = peer.settled_bytes() / load.total
    peer.stop()
    return load.total / measured.seconds


def measure_acks(peers: Sequence[Peer], found: dict[str, Written]) -> float:
    """At a rate that is the same for all, half of what the slowest takes; that rate."""
    rate_hz = min(each.best[1] for each in found.values()) / 2
    for peer in peers:
        load = PeerLoad(int(rate_hz * LATENCY_S), per_frame=PER_FRAME, rate_hz=rate_hz)
        peer.start()
        measured = peer.write(found[peer.name].best[0], load)
        peer.stop()
        note_acks(found[peer.name], measured)
    return rate_hz


def note_acks(written: Written, measured: Measured) -> None:
    """From sending a thousand readings to their ack."""
    latencies = sorted(measured.latencies_s)
    written.ack_p50_ms, written.ack_p99_ms = (
        latencies[int(len(latencies) * part)] * 1000 for part in (0.50, 0.99)
    )
