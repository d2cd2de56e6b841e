"""Failover by hand, and the way back: a former primary returns as the standby, and takes over once more.

The commands are those of docs/operations.md, and `doctor` says at each step how safe acks are.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from barograph.local.finding import Finding
from barograph.local.safety import examine_safety
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.drills.by_hand import PROMOTE, WAIT_FOR_FIRST, HandledPair, handled_pair
from tests.examples import in_its_turn
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import seed_project
from tests.servers.standby import wait_for_a_waiting_commit
from tests.waiting import wait_until

FRAMES_BETWEEN = 100
CONFIRMED = "acknowledged readings are on the disk, confirmed by a standby"
ONE_DISK = "acknowledged readings are on the primary's disk alone, and its URL names several machines"
WAITS = "a synchronous standby is asked for (db2), and none is connected"


@in_its_turn(1, 2)
@pytest.mark.parametrize(
    "come_back",
    [HandledPair.rewind_first, pytest.param(HandledPair.copy_first_anew, marks=pytest.mark.nightly)],
)
def test_a_former_primary_returns_as_the_standby_and_takes_over_again(
    tmp_path: Path,
    executables: Executables,
    account: ServerAccount,
    come_back: Callable[[HandledPair], None],
) -> None:
    with (
        handled_pair(tmp_path, executables, account) as pair,
        running("ingest", pair.url, tmp_path / "ingest.log") as ingest,
    ):
        first, second = pair.first.postgres, pair.second.postgres
        with SteadyGateway(ingest, seed_project(pair.url)) as gateway:
            wait_for_durability(pair, CONFIRMED)
            gateway.wait_for_acks(FRAMES_BETWEEN)
            second.stop()
            # What is committed from here on has no ack, and the second one never has it.
            wait_for_a_waiting_commit(first.url, "barograph-store")
            wait_for_durability(pair, WAITS)
            first.kill()
            second.start()
            pair.second.execute(PROMOTE)
            gateway.wait_for_acks(FRAMES_BETWEEN)
            assert durability(pair).advice
            wait_for_durability(pair, ONE_DISK)
            come_back(pair)
            first.start()
            pair.second.execute(WAIT_FOR_FIRST)
            wait_for_durability(pair, CONFIRMED)
            gateway.wait_for_acks(FRAMES_BETWEEN)
            second.kill()
            pair.first.execute(PROMOTE)
            gateway.wait_for_acks(FRAMES_BETWEEN)
        gateway.check(first.url)


def wait_for_durability(pair: HandledPair, detail: str) -> None:
    wait_until(lambda: durability(pair).detail == detail, what=detail)


def durability(pair: HandledPair) -> Finding:
    (finding,) = (each for each in examine_safety(pair.url) if each.subject == "durability")
    return finding
