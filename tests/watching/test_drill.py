"""Faults in a whole installation: each raises its alert within a minute, and none stays afterwards."""

from pathlib import Path

import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.watching.faults import FAULTS, InjectedFault
from tests.watching.installation import Installation, whole_installation
from tests.watching.own_prometheus import OwnPrometheus, own_prometheus
from tools.programs.prometheus import PrometheusPrograms

RAISED_WITHIN_S = 60.0
# Five minutes is the longest window of an alert that is not about an objective.
CLEARED_WITHIN_S = 900.0


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_each_fault_raises_its_alert_and_all_clear(
    tmp_path: Path,
    executables: Executables,
    account: ServerAccount,
    prometheus_programs: PrometheusPrograms,
) -> None:
    with (
        whole_installation(tmp_path, executables, account) as here,
        own_prometheus(tmp_path / "prometheus", prometheus_programs, here.targets, every_s=5) as prometheus,
    ):
        up = set(here.targets)
        prometheus.wait_until(lambda it: it.targets_up() == up, "targets up", RAISED_WITHIN_S)
        for fault in FAULTS:
            raise_alert(here, prometheus, fault)
        prometheus.wait_until(lambda it: not it.firing(), "all is over", CLEARED_WITHIN_S)
        assert prometheus.rules_in_trouble() == []


def raise_alert(here: Installation, prometheus: OwnPrometheus, fault: InjectedFault) -> None:
    """Makes the fault until it is told; one that raised the same alert before is over by then."""
    name = fault.make.__name__
    prometheus.wait_until(lambda it: fault.alert not in it.firing(), f"before {name}", CLEARED_WITHIN_S)
    with fault.make(here):
        prometheus.wait_until(lambda it: fault.alert in it.firing(), name, RAISED_WITHIN_S)
