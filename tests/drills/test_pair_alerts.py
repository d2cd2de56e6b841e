"""Two machines under Patroni: when etcd or the standby is away, their alerts come, and go with the fault."""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

import httpx
import pytest

from tests.drills.failover_drill import FailoverDrill
from tests.drills.patroni_pair import PatroniMachine, PatroniPair
from tests.watching.own_prometheus import OwnPrometheus, own_prometheus
from tests.watching.test_rules import RUNBOOK, chapter
from tools.programs.prometheus import PrometheusPrograms

# Of minutes of the rules: BarographOneDisk waits for one.
TIMES_FASTER = 20
RAISED_WITHIN_S = 90.0
CLEARED_WITHIN_S = 120.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PairFault:
    """What goes wrong, and what the runbook has somebody look at then.

    Attributes:
        shows: whether that shows the fault.
    """

    alert: str
    make: Callable[[PatroniPair], AbstractContextManager[None]]
    words: str
    shows: Callable[[PatroniPair], bool]


@contextmanager
def etcd_away(pair: PatroniPair) -> Generator[None]:
    with pair.etcd.away():
        yield


@contextmanager
def standby_away(pair: PatroniPair) -> Generator[None]:
    standby = pair.other(primary_of(pair))
    standby.lose_power()
    yield
    standby.start()


def primary_of(pair: PatroniPair) -> PatroniMachine:
    return next(machine for machine in pair.machines if machine.is_primary())


def etcd_is_silent(pair: PatroniPair) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{pair.etcd.url}/health", timeout=2).json().get("health") != "true"
    return True


def nobody_follows(pair: PatroniPair) -> bool:
    return "Sync Standby" not in primary_of(pair).patronictl("list")


FAULTS = (
    PairFault("BarographEtcdAway", etcd_away, "curl http://10.0.0.11:2379/health", etcd_is_silent),
    PairFault("BarographOneDisk", standby_away, "patronictl list", nobody_follows),
)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_each_fault_raises_its_alert_until_it_is_mended(
    drill: FailoverDrill, prometheus_programs: PrometheusPrograms
) -> None:
    with drill.pair() as pair:
        places = ",".join(machine.rest_url.removeprefix("http://") for machine in pair.machines)
        targets = {"barograph-patroni": places}
        folder = drill.folder / "prometheus"
        with own_prometheus(
            folder, prometheus_programs, targets, every_s=1, times_faster=TIMES_FASTER
        ) as prometheus:
            prometheus.wait_until(lambda it: it.targets_up() == set(targets), "targets up", RAISED_WITHIN_S)
            for fault in FAULTS:
                raise_alert(pair, prometheus, fault)
            assert prometheus.rules_in_trouble() == []


def raise_alert(pair: PatroniPair, prometheus: OwnPrometheus, fault: PairFault) -> None:
    pair.wait_until_in_step()
    assert fault.alert not in prometheus.firing()
    began_s = time.monotonic()
    with fault.make(pair):
        prometheus.wait_until(lambda it: fault.alert in it.firing(), "raised", RAISED_WITHIN_S)
        raised_s = time.monotonic() - began_s
        assert fault.words in chapter(RUNBOOK.read_text(encoding="utf-8"), fault.alert)
        assert fault.shows(pair)
    mended_s = time.monotonic()
    prometheus.wait_until(lambda it: not it.firing(), "cleared", CLEARED_WITHIN_S)
    cleared_s = time.monotonic() - mended_s
    log.warning("%s: raised in %.0f s, cleared in %.0f s", fault.alert, raised_s, cleared_s)
