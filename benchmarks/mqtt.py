"""How many messages of a broker become readings in a second, beside `mosquitto_sub` to a file?

Whole path: messages wait at mosquitto for a session of QoS 1 -> bridge -> ingest -> COPY -> acknowledged
after commit. Then as many wait for mosquitto's own subscriber, which writes them to a file and keeps nothing
else. Messages are `{"t": <us>, "v": <number>}` on 100 topics. All programs share this machine.

Last result (27 November 2026, --quick, two cores that did nothing else): 10,000 messages, 5,002/s to the
commit, 21,689/s to the file, ratio 0.23. Most of the bridge's time for a message is paho's, which makes an
object of its properties, and the rest what reads its JSON.

Run: `python -m benchmarks.mqtt [--quick]`.
"""

import argparse
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from barograph.settings import Settings
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.ingest.mqtt.bridging import BridgeProcess, bridging
from tests.ingest.mqtt.broker.own_broker import OwnBroker, own_broker, publishing
from tests.programs import running
from tests.seed import seed_project
from tools.programs.mosquitto import ensure_mosquitto

TOPICS = 100
MESSAGES = 50_000
PART = 5000
SUBSCRIPTION = """
[[subscriptions]]
topic = "bench/{key}"
sensor = "{key}"
value = "v"
time = "t"
time_unit = "us"
"""
# Longer than the bridge stands still while messages gather.
PATIENT = "keepalive_s = 3600\n"
COUNT = "select count(*) from any_reading"


def main() -> None:
    """Measures both, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the messages")
    count = MESSAGES // 5 if parser.parse_args().quick else MESSAGES
    programs = ensure_mosquitto(Settings().services_dir)
    with tempfile.TemporaryDirectory() as folder, own_broker(Path(folder) / "broker", programs) as broker:
        ours = measure_bridge(broker, Path(folder), count)
        theirs = measure_subscriber(broker, Path(folder) / "messages", count)
    row = (f"{count:,}", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.2f}")
    print_table("MQTT, messages/s", ("messages", "bridge to commit", "mosquitto_sub", "ratio"), [row])


def measure_bridge(broker: OwnBroker, folder: Path, count: int) -> float:
    """Messages a second from the broker to the commit."""
    with (
        serving_cluster() as server_url,
        fresh_database(server_url) as url,
        running("ingest", url, folder / "ingest.log") as ingest,
    ):
        project = seed_project(url, TOPICS)
        bridge = BridgeProcess(folder / "bridge", broker.url, ingest.url, project, SUBSCRIPTION, PATIENT)
        with bridging(bridge):
            assert bridge.process is not None
            # Ingest's parsers start with the first large body.
            publish(broker, PART)
            wait_for_readings(url, PART)
            bridge.process.send_signal(signal.SIGSTOP)
            publish(broker, count)
            bridge.process.send_signal(signal.SIGCONT)
            started = time.perf_counter()
            wait_for_readings(url, PART + count)
            return count / (time.perf_counter() - started)


def wait_for_readings(url: str, count: int) -> None:
    """Until so many are committed."""
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(COUNT).fetchone() != (count,):
            time.sleep(0.02)


def measure_subscriber(broker: OwnBroker, file: Path, count: int) -> float:
    """Messages a second from the broker to a file."""
    words = [broker.programs.subscriber, "-p", str(broker.port), "-V", "5", "-i", "subscriber"]
    words += ["-c", "-x", "3600", "-q", "1", "-t", "bench/#"]
    subprocess.run([*words, "-E"], check=True)
    publish(broker, count)
    started = time.perf_counter()
    with file.open("wb") as messages:
        subprocess.run([*words, "-C", str(count)], check=True, stdout=messages)
    return count / (time.perf_counter() - started)


def publish(broker: OwnBroker, count: int) -> None:
    """So many messages, all taken by the broker when this returns."""
    with publishing(broker.port) as publisher:
        for part in parts(count):
            publisher.publish(part)


def parts(count: int) -> Iterator[Sequence[tuple[str, str]]]:
    """Messages of the last seconds, none like another."""
    start_us = now_us() - count
    for first in range(0, count, PART):
        numbers = range(first, min(first + PART, count))
        yield [
            (f"bench/s{each % TOPICS}", f'{{"t": {start_us + each}, "v": {each / 8}}}') for each in numbers
        ]


if __name__ == "__main__":
    main()
