"""The dashboard of the programs for Grafana: what it asks Prometheus exists and can be read."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.watching.exported_metrics import exported
from tests.watching.test_rules import FOLDER, METRIC, rules
from tools.programs.prometheus import PrometheusPrograms

DASHBOARD: dict[str, Any] = json.loads((FOLDER / "programs-dashboard.json").read_text(encoding="utf-8"))
WIDTH = 24
SELECTOR = re.compile(r"\b(barograph_[a-z0-9_]+)\{([^}]*)\}")
BY = re.compile(r"(?:by|on) \(([^)]+)\)")
LABEL = re.compile(r"\{\{(\w+)\}\}")
OF_TARGETS = {"job", "instance", "le"}


def questions() -> Iterator[tuple[str, str, str]]:
    """Panel, expression and legend of each."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def test_it_asks_for_metrics_and_labels_that_exist() -> None:
    labels = {name: set(metric.labels) for metric in exported() for name in metric.series}
    for title, expression, _ in questions():
        for name in METRIC.findall(expression):
            assert name in labels, (title, name)
        for name, matchers in SELECTOR.findall(expression):
            asked = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", matchers)) - OF_TARGETS
            assert asked <= labels[name], (title, name, asked)
        names = METRIC.findall(expression)
        grouped = {label for group in BY.findall(expression) for label in group.split(", ")} - OF_TARGETS
        known = {label for name in names for label in labels[name]}
        if names:
            assert grouped <= known, (title, grouped)


def test_rules_that_it_shows_are_recorded() -> None:
    recorded = {rule["record"]: set(rule.get("labels", {})) for rule in rules() if "record" in rule}
    shown = [(re.findall(r"barograph:[\w:]+", expression), expression) for _, expression, _ in questions()]
    assert any(names for names, _ in shown)
    for names, expression in shown:
        for name in names:
            assert set(BY.findall(expression)) <= recorded[name], expression


def test_a_legend_names_labels_that_are_left() -> None:
    for title, expression, legend in questions():
        grouped = {label for group in BY.findall(expression) for label in group.split(", ")}
        named = set(LABEL.findall(legend))
        assert named <= grouped | OF_TARGETS, (title, named)


def test_prometheus_can_read_what_it_asks(prometheus_programs: PrometheusPrograms, tmp_path: Path) -> None:
    rules_file = tmp_path / "asked.yml"
    asked = [
        {"record": f"asked:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, (_, expression, _) in enumerate(questions())
    ]
    rules_file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": asked}]}))
    command = [prometheus_programs.promtool, "check", "rules", rules_file]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_each_question_goes_to_the_source_that_is_chosen() -> None:
    (source,) = DASHBOARD["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("source", "datasource", "prometheus")
    for panel in DASHBOARD["panels"]:
        for each in (panel, *panel["targets"]):
            assert each["datasource"] == {"type": "prometheus", "uid": "${source}"}
