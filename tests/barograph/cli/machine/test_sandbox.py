"""`sandbox`: an installation of its own under load."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from barograph.cli.machine.sandbox.promises import Promise, quantile
from barograph.cli.machine.sandbox.seen import quantile_bound_s
from barograph.local.servers.executables import Executables
from tests.conftest import PROJECT, SERVICES_DIR

ELSEWHERE = "postgresql://nobody@127.0.0.1:1/not_there"


@pytest.fixture(scope="module")
def report(executables: Executables, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of a small one that runs in a folder whose `.env` names servers that nobody may touch."""
    assert executables
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / ".env").write_text(
        f"BAROGRAPH_DATABASE_URL={ELSEWHERE}\nBAROGRAPH_SERVICES_DIR={SERVICES_DIR}\n"
    )
    words = [
        "--rigs",
        "2",
        "--sensors",
        "2",
        "--rate",
        "50",
        "--seconds",
        "4",
        "--questions",
        "5",
        "--sql",
        "4",
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BAROGRAPH_")}
    done = subprocess.run(
        [sys.executable, "-m", "barograph", "sandbox", *words, "--json"],
        cwd=folder,
        env=kept | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'client'}"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.nightly
def test_what_rigs_send_is_stored_once_and_questions_are_answered(report: dict[str, Any]) -> None:
    promises = {promise["name"]: promise for promise in report["promises"]}
    (stored,) = (each for name, each in promises.items() if name.endswith("not stored once"))
    assert stored["seen"] == 0
    assert stored["name"].startswith("readings of 800 ")
    assert promises["readings refused"]["seen"] == 0
    assert report["failures"] == []


@pytest.mark.nightly
def test_each_promise_was_measured(report: dict[str, Any]) -> None:
    assert len(report["promises"]) == 7
    assert [promise["name"] for promise in report["promises"] if promise["seen"] is None] == []


@pytest.mark.parametrize(
    "words", [["--rigs", "0"], ["--rate", "0"], ["--seconds", "0.5"], ["--late", "1.1"], ["--sql", "-1"]]
)
def test_a_sandbox_that_cannot_be_is_refused_before_anything_starts(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "barograph", "sandbox", *words, "--folder", str(tmp_path / "data")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "There is no such sandbox" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert quantile(range(1, 101), 0.95) == 95
    assert quantile([7.0], 0.95) == 7.0
    assert math.isnan(quantile([], 0.95))


def test_of_a_histogram_the_bound_that_holds_the_share() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("took_seconds", "How long", buckets=[0.1, 0.5, 1.0], registry=registry)

    def bound(share: float) -> float:
        families = text_string_to_metric_families(generate_latest(registry).decode())
        return quantile_bound_s(families, "took_seconds", share)

    assert math.isnan(bound(0.99))
    for _ in range(99):
        histogram.observe(0.05)
    histogram.observe(0.3)
    assert bound(0.99) == 0.1
    histogram.observe(20.0)
    assert bound(0.99) == 0.5
    assert bound(1.0) == math.inf


def test_what_was_not_measured_is_not_held() -> None:
    assert not Promise("asked", 1.0, math.nan, "s").is_held
    assert Promise("asked", 1.0, 1.0, "s").is_held
    assert not Promise("asked", 1.0, 1.1, "s").is_held
