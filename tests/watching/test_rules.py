"""The rules for Prometheus: they are valid, do what their own tests say, and lead to the runbook."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from barograph.database.schema.program_roles import ProgramRole
from barograph.local.backups.keeping.source import STREAM_SLOT
from tests.examples import in_its_turn
from tests.programs import ROOT
from tests.watching.exported_metrics import exported
from tests.watching.faults import FAULTS, SLOW_BURN
from tools.programs.prometheus import PrometheusPrograms

FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "barograph.rules.yml"
RUNBOOK = ROOT / "docs" / "runbook.md"
OF_TWO_MACHINES = ROOT / "tests" / "drills" / "test_pair_alerts.py"
UNIT_TESTS = Path(__file__).parent / "rules.test.yml"
METRIC = re.compile(r"\bbarograph_[a-z0-9_]+")
PARTS = ("Means", "Look", "Do", "Over")


@cache
def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def headings(page: str) -> list[str]:
    return [line.lstrip("# ") for line in page.splitlines() if line.startswith("#")]


def chapter(page: str, alert: str) -> str:
    _, _, rest = page.partition(f"\n### {alert}\n")
    return rest.partition("\n### ")[0]


@pytest.mark.parametrize("name", ["prometheus.yml", "compose.yml", "kubernetes.yml"])
def test_promtool_finds_nothing_wrong(name: str, prometheus_programs: PrometheusPrograms) -> None:
    command = [prometheus_programs.promtool, "check", "config", FOLDER / name]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_prometheus_reads_the_same_rules_as_often() -> None:
    files = [yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yml")) if path != RULES]
    assert len(files) == 3
    assert len({yaml.safe_dump([each["global"], each["rule_files"]]) for each in files}) == 1


@in_its_turn(1, 2)
def test_rules_do_what_their_tests_say(prometheus_programs: PrometheusPrograms, tmp_path: Path) -> None:
    for file in (RULES, UNIT_TESTS):
        shutil.copy(file, tmp_path)
    command = [prometheus_programs.promtool, "test", "rules", tmp_path / UNIT_TESTS.name]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_ask_for_metrics_that_exist() -> None:
    series = {name for metric in exported() for name in metric.series}
    asked = {name for rule in rules() for name in METRIC.findall(rule["expr"])}
    assert asked
    assert asked <= series, asked - series


def test_rules_ask_for_labels_that_exist() -> None:
    labels = {name: set(metric.labels) for metric in exported() for name in metric.series}
    for rule in rules():
        for name, matchers in re.findall(r"\b(barograph_[a-z0-9_]+)\{([^}]*)\}", rule["expr"]):
            asked = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", matchers)) - {"job", "instance", "le"}
            assert asked <= labels[name], (name, asked)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_each_alert_has_its_chapter_in_the_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    page = RUNBOOK.read_text(encoding="utf-8")
    name, notes = rule["alert"], rule["annotations"]
    assert notes["runbook"] == f"docs/runbook.md#{anchor(name)}"
    text = chapter(page, name)
    assert text.lstrip().startswith(f"{rule['labels']['severity'].title()}. **{notes['summary']}.**"), text
    for part in PARTS:
        assert f"- **{part}:** " in text, (name, part)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_a_chapter_says_how_long_its_alert_outlasts_what_it_tells(rule: dict[str, Any]) -> None:
    text = chapter(RUNBOOK.read_text(encoding="utf-8"), rule["alert"])
    assert ("ratio30m" in rule["expr"]) == ("the alert goes within the half hour" in text)


def test_each_alert_is_followed_by_a_drill() -> None:
    here = {fault.alert for fault in (*FAULTS, SLOW_BURN)}
    of_two_machines = set(re.findall(r"Barograph\w+", OF_TWO_MACHINES.read_text(encoding="utf-8")))
    assert here | of_two_machines == {rule["alert"] for rule in alerts()}


def test_the_runbook_has_no_chapter_of_an_alert_that_is_gone() -> None:
    named = {rule["alert"] for rule in alerts()}
    written = {name for name in headings(RUNBOOK.read_text(encoding="utf-8")) if name.startswith("Barograph")}
    assert written == named


def test_links_within_the_runbook_lead_somewhere() -> None:
    page = RUNBOOK.read_text(encoding="utf-8")
    anchors = {anchor(heading) for heading in headings(page)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


def test_metrics_that_the_runbook_names_exist() -> None:
    metrics = {name for metric in exported() for name in (*metric.series, metric.name)}
    known = metrics | {*ProgramRole, STREAM_SLOT}
    named = set(METRIC.findall(RUNBOOK.read_text(encoding="utf-8")))
    assert named <= known, named - known
