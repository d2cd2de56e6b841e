"""What is measured, in which order, and its tables."""

import argparse
import json
import platform
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from barograph.program.log import configure_logging
from barograph.settings import Settings
from barograph.times import DAY_US, now_us
from benchmarks.peers.asking import Answered, Asked, ask_all
from benchmarks.peers.barograph_peer import BarographPeer, find_community
from benchmarks.peers.influx import InfluxPeer, find_influx
from benchmarks.peers.peer import Peer
from benchmarks.peers.questions import Period
from benchmarks.peers.victoria import VictoriaPeer, find_victoria
from benchmarks.peers.writing import Written, measure_acks, measure_rates
from benchmarks.table import print_table

MIB = 1 << 20


def main() -> None:
    """Measures all in turn, and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=main.__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="half of the readings, one round, a twentieth of the history"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go as well")
    given = parser.parse_args()
    readings, rounds, share = (4_000_000, 1, 20) if given.quick else (8_000_000, 3, 1)
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    period = Period((now_us() // DAY_US - 1) * DAY_US, share)
    with all_peers() as peers:
        written = measure_rates(peers, readings, rounds)
        rate_hz = measure_acks(peers, written)
        asked = {peer.name: ask_all(peer, period) for peer in peers}
    print_written(peers, written, asked, rate_hz)
    print_asked(period, asked)
    if given.json:
        given.json.write_text(json.dumps(as_document(written, asked, rate_hz), indent=1))


@contextmanager
def all_peers() -> Generator[Sequence[Peer]]:
    """Barograph on each edition that is found, and other stores that are; each stopped afterwards."""
    with tempfile.TemporaryDirectory(prefix="barograph-peers-") as place:
        folder = Path(place)
        peers: list[Peer] = [BarographPeer(folder / "barograph")]
        if community := find_community():
            peers.append(BarographPeer(folder / "community", "Barograph, Community", community))
        if influx := find_influx():
            peers.append(InfluxPeer(influx, folder / "influx"))
        if victoria := find_victoria():
            peers.append(VictoriaPeer(victoria, folder / "victoria"))
        try:
            yield peers
        finally:
            for peer in peers:
                peer.stop()


def print_written(
    peers: Sequence[Peer], written: Mapping[str, Written], asked: Mapping[str, Asked], rate_hz: float
) -> None:
    """A row for each peer."""
    header = (
        *("store", "best way", "ack means", "noise, readings/s", "counts, readings/s"),
        *(f"ack p50 at {rate_hz:,.0f}/s, ms", "p99, ms", "noise, bytes a reading", "counts, bytes a reading"),
        *("memory while writing, MiB", "while asking, MiB"),
    )
    rows = [row_of(peer, written[peer.name], asked[peer.name]) for peer in peers]
    print_table("Writing", header, rows)


def row_of(peer: Peer, written: Written, asked: Asked) -> tuple[str, ...]:
    """A row with the way that was fastest."""
    way, rate = written.best
    return (
        *(peer.name, way, peer.ack_means, f"{rate:,.0f}", f"{written.rates[way]['counts']:,.0f}"),
        *(f"{written.ack_p50_ms:.1f}", f"{written.ack_p99_ms:.1f}"),
        *(f"{written.bytes_a_reading['noise']:.1f}", f"{written.bytes_a_reading['counts']:.1f}"),
        *(f"{written.memory_bytes / MIB:.0f}", f"{asked.memory_bytes / MIB:.0f}"),
    )


def print_asked(period: Period, asked: Mapping[str, Asked]) -> None:
    """A row for each question: cold and warm of each peer, and how many values each told."""
    header = ("question", *(f"{name}: cold / warm, ms (values)" for name in asked))
    rows = [
        (text, *(told(each.answers, name) for each in asked.values())) for name, text in period.names.items()
    ]
    print_table("Asking", header, rows)


def told(answers: Mapping[str, Answered], name: str) -> str:
    """A dash where it can't be asked."""
    answer = answers.get(name)
    if answer is None:
        return "-"
    return f"{answer.cold_ms:.1f} / {answer.warm_ms:.1f} ({answer.values:,})"


def as_document(
    written: Mapping[str, Written], asked: Mapping[str, Asked], rate_hz: float
) -> dict[str, object]:
    """All figures."""
    return {
        "machine": platform.platform(),
        "ack_rate_hz": rate_hz,
        "written": {name: asdict(each) for name, each in written.items()},
        "asked": {name: asdict(each) for name, each in asked.items()},
    }


if __name__ == "__main__":
    main()
