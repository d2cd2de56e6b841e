"""Two machines under Patroni, of which the primary is killed again and again while a gateway streams.

`BAROGRAPH_TEST_FAILOVERS` says how often (5 by default).
"""

import logging
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.conftest import SERVICES_DIR
from tests.drills.patroni_pair import PatroniMachine, PatroniPair, patroni_pair
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import seed_project
from tests.waiting import wait_until
from tools.programs.patroni import PatroniPrograms, ensure_patroni

FAILOVERS = int(os.environ.get("BAROGRAPH_TEST_FAILOVERS") or 5)
FRAMES_BETWEEN = 100
ACKED_WITHIN_S = 5.0
ORPHANED_S = 5.0
# Longer than it keeps a primary's place.
WITHOUT_ETCD_S = 40.0
log = logging.getLogger(__name__)


@pytest.fixture(scope="session")
def patroni_programs() -> PatroniPrograms:
    """Unpacked if need be."""
    try:
        return ensure_patroni(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no Patroni to test with: {refused}")


@dataclass(frozen=True)
class FailoverDrill:
    """Two machines under Patroni."""

    folder: Path
    programs: PatroniPrograms
    executables: Executables
    account: ServerAccount

    @contextmanager
    def streaming(self) -> Generator[tuple[PatroniPair, SteadyGateway]]:
        """And a gateway that streams meanwhile. In the end, what had an ack must be there, once."""
        with (
            patroni_pair(self.folder, self.programs, self.executables, self.account) as pair,
            running("ingest", pair.url, self.folder / "ingest.log") as ingest,
        ):
            with SteadyGateway(ingest, seed_project(pair.url)) as gateway:
                yield pair, gateway
            gateway.check(pair.url)


@pytest.fixture
def drill(
    tmp_path: Path, patroni_programs: PatroniPrograms, executables: Executables, account: ServerAccount
) -> FailoverDrill:
    return FailoverDrill(tmp_path, patroni_programs, executables, account)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_nothing_acknowledged_is_lost_when_primaries_die(drill: FailoverDrill) -> None:
    with drill.streaming() as (pair, gateway):
        took_s = [fail_over(pair, gateway, number) for number in range(FAILOVERS)]
    log.warning("first acks after promotions: %s s", [round(s, 2) for s in sorted(took_s)])
    # The middle one, which a machine that was busy for a moment does not change.
    assert sorted(took_s)[FAILOVERS // 2] < ACKED_WITHIN_S


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_a_primary_whose_patroni_died_alone_takes_nothing_with_it(drill: FailoverDrill) -> None:
    """For a while both take changes. The former one can't acknowledge any, for its standby has left."""
    with drill.streaming() as (pair, gateway):
        primary = pair.wait_until_in_step()
        gateway.wait_for_acks(FRAMES_BETWEEN)
        primary.kill_patroni()
        wait_until(pair.other(primary).is_primary)
        time.sleep(ORPHANED_S)
        assert primary.is_primary()
        primary.start()
        wait_until(lambda: not primary.is_primary())
        gateway.wait_for_acks(FRAMES_BETWEEN)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_acks_go_on_while_etcd_is_away(drill: FailoverDrill) -> None:
    with drill.streaming() as (pair, gateway):
        primary = pair.wait_until_in_step()
        with pair.without_etcd():
            time.sleep(WITHOUT_ETCD_S)
            gateway.wait_for_acks(FRAMES_BETWEEN)
            assert primary.is_primary()
        gateway.wait_for_acks(FRAMES_BETWEEN)


def fail_over(pair: PatroniPair, gateway: SteadyGateway, number: int) -> float:
    """The primary dies, and comes back as the standby; how long after the promotion an ack came."""
    primary = pair.wait_until_in_step()
    gateway.wait_for_acks(FRAMES_BETWEEN)
    started_s = time.monotonic()
    kill(primary, number)
    promoted_s = pair.wait_until_promoted()
    took_s = gateway.first_ack_after(promoted_s)
    log.warning("promoted after %.1f s, acknowledged %.2f s later", promoted_s - started_s, took_s)
    if not primary.is_running:
        primary.start()
    return took_s


def kill(primary: PatroniMachine, number: int) -> None:
    """The machine goes, or its PostgreSQL alone, which may be back before the other takes over."""
    if number % 2 == 0:
        primary.lose_power()
    else:
        primary.kill_postgres()
