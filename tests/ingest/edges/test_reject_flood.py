"""A flood of rejects delays no other producer: three clocks are wrong, and a fourth gateway streams on."""

import threading
import time

from barograph.times import DAY_US, now_us
from tests.ingest.database import ask, raw
from tests.ingest.gateway import binary_frame, open_gateway
from tests.programs import Program
from tests.seed import Project

READINGS = 2000
FRAMES = 30


def flood(ingest: Program, project: Project, name: str, sent: dict[str, int], stop: threading.Event) -> None:
    """Sends readings of tomorrow as fast as acks allow, and counts the frames."""
    with open_gateway(ingest, project) as gateway:
        gateway.bind(name, ["s0"])
        seq = acked = 0
        while not stop.is_set() or acked < seq:
            while not stop.is_set() and seq < acked + gateway.hello["window"]:
                seq += 1
                t_us = now_us() + DAY_US
                gateway.send(binary_frame(seq, [0] * READINGS, [t_us] * READINGS, [float(seq)] * READINGS))
            acked = gateway.receive(60)["seq"]
            sent[name] = acked


def test_a_gateway_is_acked_while_three_others_flood_with_rejects(
    ingest: Program, project: Project, database_url: str
) -> None:
    sent: dict[str, int] = {}
    stop = threading.Event()
    names = ["rig/a", "rig/b", "rig/c"]
    floods = [threading.Thread(target=flood, args=(ingest, project, name, sent, stop)) for name in names]
    for thread in floods:
        thread.start()
    try:
        while len(sent) < len(names):
            time.sleep(0.01)
        before = dict(sent)
        with open_gateway(ingest, project) as gateway:
            gateway.bind("rig/good", ["s1"])
            for seq in range(1, FRAMES + 1):
                gateway.send_values(seq, [float(seq)])
                (ack,) = gateway.acked_up_to(seq)
                assert (ack["accepted"], ack["rejected"]) == (1, [])
        # It went on meanwhile.
        assert all(sent[name] > before[name] for name in names)
    finally:
        stop.set()
        for thread in floods:
            thread.join(60)
    assert raw(database_url, project) == [float(seq) for seq in range(1, FRAMES + 1)]
    kept = ask(
        database_url,
        "select coalesce(sum(cardinality(kind)), 0) from reject_block where project_id = %s",
        project.id,
    )
    assert kept == [(READINGS * sum(sent.values()),)]
