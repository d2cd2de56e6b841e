"""Two machines under Patroni while etcd is away, or one of them is cut off from it or from everything.

Why: decision 840, decision 1030.
"""

import logging
import time

import pytest

from tests.drills.failover_drill import FailoverDrill, UsedPair
from tests.drills.patroni_pair import PatroniMachine, wait_for
from tests.waiting import wait_until

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1800)]
# patroni.yml's `ttl` is 20 s.
SHORTER_THAN_TTL_S = 8.0
LONGER_THAN_TTL_S = 35.0
# Its `loop_wait` is 5 s.
ROUND_S = 6.0
FRAMES = 100
log = logging.getLogger(__name__)


@pytest.mark.parametrize("away_s", [SHORTER_THAN_TTL_S, LONGER_THAN_TTL_S])
def test_acks_and_answers_go_on_while_etcd_is_away(drill: FailoverDrill, away_s: float) -> None:
    with drill.used() as used:
        primary = used.pair.wait_until_in_step()
        with used.pair.etcd.away():
            stays_primary(used, primary, away_s)
            assert all(silence_s(machine) > away_s - ROUND_S for machine in used.pair.machines)
        stays_primary(used, primary, SHORTER_THAN_TTL_S)
        assert all(silence_s(machine) < 2 * ROUND_S for machine in used.pair.machines)
        assert used.pair.wait_until_in_step() is primary


def test_a_primary_that_is_cut_off_from_etcd_alone_stays_one(drill: FailoverDrill) -> None:
    with drill.used() as used:
        primary = used.pair.wait_until_in_step()
        with primary.cut_from_etcd():
            stays_primary(used, primary, LONGER_THAN_TTL_S)
        assert used.pair.wait_until_in_step() is primary
        stays_primary(used, primary, SHORTER_THAN_TTL_S)


def test_a_standby_that_is_cut_off_from_etcd_alone_holds_up_nobody(drill: FailoverDrill) -> None:
    with drill.used() as used:
        primary = used.pair.wait_until_in_step()
        other = used.pair.other(primary)
        assert (roles(primary), roles(other)) == ((1, 0), (0, 1))
        with other.cut_from_etcd():
            stays_primary(used, primary, LONGER_THAN_TTL_S)
            assert roles(primary) == (1, 0)
        assert used.pair.wait_until_in_step() is primary


def test_without_etcd_and_the_other_machine_nothing_is_acknowledged_until_etcd_is_back(
    drill: FailoverDrill,
) -> None:
    """It could not know whether the other one has taken over."""
    with drill.used() as used:
        primary = used.pair.wait_until_in_step()
        other = used.pair.other(primary)
        with used.pair.etcd.away():
            other.lose_power()
            began_s = time.monotonic()
            wait_for(lambda: used.all_refuse() or None, used.pair.told)
            log.warning("refused after %.1f s", time.monotonic() - began_s)
            nothing_is_acknowledged(used, SHORTER_THAN_TTL_S)
            assert used.all_refuse()
        began_s = time.monotonic()
        wait_until(used.all_answer, what="answers after etcd's return")
        used.gateway.wait_for_acks(FRAMES)
        log.warning("acknowledged %.1f s after etcd's return", time.monotonic() - began_s)
        other.start()
        assert used.pair.wait_until_in_step() is primary


def test_nobody_takes_over_while_etcd_is_away_and_then_the_standby_does(drill: FailoverDrill) -> None:
    with drill.used() as used:
        primary = used.pair.wait_until_in_step()
        other = used.pair.other(primary)
        with used.pair.etcd.away():
            primary.lose_power()
            wait_until(used.all_refuse)
            nothing_is_acknowledged(used, LONGER_THAN_TTL_S)
            assert not other.is_primary()
        wait_for(lambda: other.is_primary() or None, used.pair.told)
        used.gateway.wait_for_acks(FRAMES)
        wait_until(used.all_answer)
        primary.start()
        assert used.pair.wait_until_in_step() is other


def test_a_primary_that_is_cut_off_from_everything_steps_down_and_the_other_takes_over(
    drill: FailoverDrill,
) -> None:
    """Its programs are cut off with it: what they send it is acknowledged by nobody."""
    with drill.used() as used:
        primary = used.pair.wait_until_in_step()
        other = used.pair.other(primary)
        used.gateway.wait_for_acks(FRAMES)
        with used.pair.cut_off(primary):
            wait_for(lambda: other.is_primary() or None, used.pair.told)
            wait_for(lambda: not primary.is_primary() or None, used.pair.told)
            used.gateway.wait_for_acks(FRAMES)
            wait_until(used.all_answer)
        assert used.pair.wait_until_in_step() is other
        used.gateway.wait_for_acks(FRAMES)


def stays_primary(used: UsedPair, primary: PatroniMachine, for_s: float) -> None:
    """All the while, with acks and answers."""
    end_s = time.monotonic() + for_s
    while time.monotonic() < end_s:
        used.gateway.first_ack_after(time.monotonic())
        assert used.all_answer()
        assert not used.pair.other(primary).is_primary()
        time.sleep(0.5)
    assert primary.is_primary()


def silence_s(machine: PatroniMachine) -> float:
    """Since it heard of etcd, as the alert `BarographEtcdAway` has it."""
    return time.time() - machine.metrics()["patroni_dcs_last_seen"]


def roles(machine: PatroniMachine) -> tuple[float, float]:
    """Whether it is the primary, and whether it confirms what one commits, as `BarographOneDisk` has it."""
    metrics = machine.metrics()
    return metrics["patroni_primary"], metrics["patroni_sync_standby"]


def nothing_is_acknowledged(used: UsedPair, for_s: float) -> None:
    acked = used.gateway.acked
    time.sleep(for_s)
    assert used.gateway.acked == acked
