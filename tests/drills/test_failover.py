"""Two machines under Patroni, of which the primary is killed again and again while a gateway streams.

`BAROGRAPH_TEST_FAILOVERS` says how often (5 by default).
"""

import logging
import os
import time

import pytest

from tests.drills.failover_drill import FailoverDrill
from tests.drills.patroni_pair import PatroniMachine, PatroniPair
from tests.ingest.steady_gateway import SteadyGateway
from tests.waiting import wait_until

FAILOVERS = int(os.environ.get("BAROGRAPH_TEST_FAILOVERS") or 5)
FRAMES_BETWEEN = 100
ACKED_WITHIN_S = 5.0
ORPHANED_S = 5.0
log = logging.getLogger(__name__)


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
