"""Faults in a whole installation: each raises its alert within a minute, which goes when it is mended.

While it is told, what the runbook says to look at first shows the fault. Minutes and hours of the rules are
shorter here (`TIMES_FASTER`); the seconds for which an alert waits are those of the rules. One waits for an
hour: a Prometheus of its own follows it, which is faster still.
"""

import logging
import re
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.servers.c_library import needs_compiler
from tests.watching.faults import FAULTS, SLOW_BURN, InjectedFault
from tests.watching.installation import whole_installation
from tests.watching.looks import FirstLook, WatchedInstallation
from tests.watching.own_prometheus import own_prometheus
from tests.watching.test_rules import RUNBOOK, chapter
from tools.programs.prometheus import PrometheusPrograms

TIMES_FASTER = 20
# Six hours are a minute and a half.
TIMES_FASTER_OF_DAYS = 240
RAISED_WITHIN_S = 60.0
# Half an hour is the longest window of a page, and here that much shorter.
CLEARED_WITHIN_S = 180.0
SEEN_WITHIN_S = 30.0
log = logging.getLogger(__name__)
pytestmark = [pytest.mark.nightly, pytest.mark.timeout(900), needs_compiler]


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory,
    executables: Executables,
    account: ServerAccount,
    prometheus_programs: PrometheusPrograms,
) -> Generator[WatchedInstallation]:
    folder = tmp_path_factory.mktemp("watched")
    with (
        whole_installation(folder, executables, account) as here,
        own_prometheus(
            folder / "prometheus", prometheus_programs, here.targets, every_s=1, times_faster=TIMES_FASTER
        ) as prometheus,
    ):
        up = set(here.targets)
        prometheus.wait_until(lambda it: it.targets_up() == up, "targets up", RAISED_WITHIN_S)
        yield WatchedInstallation(here, prometheus)
        assert prometheus.rules_in_trouble() == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_raises_its_alert_until_it_is_mended(
    watched: WatchedInstallation, fault: InjectedFault
) -> None:
    follow(watched, fault)


def test_a_budget_that_is_spent_slowly_is_told_until_it_is_kept(
    watched: WatchedInstallation, prometheus_programs: PrometheusPrograms, tmp_path: Path
) -> None:
    with own_prometheus(
        tmp_path / "prometheus",
        prometheus_programs,
        watched.here.targets,
        every_s=1,
        times_faster=TIMES_FASTER_OF_DAYS,
    ) as prometheus:
        follow(WatchedInstallation(watched.here, prometheus), SLOW_BURN)
        assert prometheus.rules_in_trouble() == []


def follow(watched: WatchedInstallation, fault: InjectedFault) -> None:
    """From before the fault to the end of its alert."""
    prometheus = watched.prometheus
    prometheus.wait_until(lambda it: fault.alert not in it.firing(), "before", CLEARED_WITHIN_S)
    failure = None
    with fault.make(watched.here):
        try:
            raise_and_look(watched, fault)
        except AssertionError as error:  # mended all the same: others follow
            failure = error
    mended_s = time.monotonic()
    prometheus.wait_until(lambda it: fault.alert not in it.firing(), "cleared", CLEARED_WITHIN_S)
    log.warning("%s: cleared in %.0f s", fault.name, time.monotonic() - mended_s)
    if failure is not None:
        raise failure


def raise_and_look(watched: WatchedInstallation, fault: InjectedFault) -> None:
    began_s = time.monotonic()
    watched.prometheus.wait_until(lambda it: fault.alert in it.firing(), "raised", RAISED_WITHIN_S)
    raised_s = time.monotonic() - began_s
    log.warning("%s: raised in %.0f s; %s", fault.name, raised_s, sorted(watched.prometheus.firing()))
    if fault.look is not None:
        look_first(watched, fault.look, fault.alert)


def look_first(watched: WatchedInstallation, look: FirstLook, alert: str) -> None:
    *_, looks = chapter(RUNBOOK.read_text(encoding="utf-8"), alert).split("- **Look:**")
    assert look.words in looks.partition("\n- **")[0], look.words
    end_s = time.monotonic() + SEEN_WITHIN_S
    while not re.search(look.shows, seen := look.see(watched)):
        assert time.monotonic() < end_s, f"{look.words} does not show {look.shows}: {seen[-2000:]}"
        time.sleep(0.5)
