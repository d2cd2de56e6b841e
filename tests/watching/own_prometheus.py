"""A Prometheus of a test's own, with the rules of `deploy/prometheus`, that looks more often than usual."""

import re
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.programs import ROOT, free_port
from tools.programs.prometheus import PrometheusPrograms

RULES = ROOT / "deploy" / "prometheus" / "barograph.rules.yml"
PATIENCE_S = 60.0
SHORTEST_S = 3
IN_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


class OwnPrometheus:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def firing(self) -> set[str]:
        """The names of alerts that are told now."""
        alerts = self._get("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def ask(self, expression: str) -> Any:  # noqa: ANN401  # JSON
        """The series that an expression has now, with their values."""
        return self._get("query", query=expression)["result"]

    def targets_up(self) -> set[str]:
        """The jobs all of whose targets answer."""
        targets = self._get("targets")["activeTargets"]
        down = {target["labels"]["job"] for target in targets if target["health"] != "up"}
        return {target["labels"]["job"] for target in targets} - down

    def instances(self) -> set[tuple[str, str]]:
        """Job and instance of all that is looked at."""
        targets = self._get("targets")["activeTargets"]
        return {(target["labels"]["job"], target["labels"]["instance"]) for target in targets}

    def rules_in_trouble(self) -> list[str]:
        """The rules that can't be computed, with the reason."""
        groups = self._get("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule.get("lastError")]

    def wait_until(self, is_so: Callable[["OwnPrometheus"], bool], what: str, within_s: float) -> None:
        """Looks again and again."""
        end = time.monotonic() + within_s
        while not is_so(self):
            assert time.monotonic() < end, f"{what}; told now: {self.firing()}"
            time.sleep(0.5)

    def _get(self, what: str, **asked: str) -> Any:  # noqa: ANN401  # JSON
        return httpx.get(f"{self.url}/api/v1/{what}", params=asked, timeout=PATIENCE_S).json()["data"]


@contextmanager
def own_prometheus(
    folder: Path,
    programs: PrometheusPrograms,
    targets: Mapping[str, str],
    *,
    every_s: int,
    longest_wait_s: int | None = None,
    times_faster: int = 1,
) -> Generator[OwnPrometheus]:
    """It scrapes these, and is gone afterwards.

    Args:
        targets: addresses by the names of jobs, several with commas between them.
        every_s: between two looks.
        longest_wait_s: alerts wait no longer than this before they are told; None: as their rules say.
        times_faster: minutes, hours and days of the rules are shorter by this, 3 s at least. Seconds stay.
    """
    rules = RULES.read_text(encoding="utf-8")
    if longest_wait_s is not None:
        rules = re.sub(r"(?m)^( +for:) .+$", rf"\1 {longest_wait_s}s", rules)
    with prometheus_by(
        _configuration(targets, every_s), folder, programs, _hurried(rules, times_faster)
    ) as prometheus:
        yield prometheus


@contextmanager
def prometheus_by(
    configuration: Mapping[str, Any], folder: Path, programs: PrometheusPrograms, rules: str = ""
) -> Generator[OwnPrometheus]:
    """One of this configuration, which may name `rules.yml`, and is gone afterwards."""
    folder.mkdir()
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    address = f"127.0.0.1:{free_port()}"
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [
                programs.server,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=log,
            cwd=folder,
        ) as process,
    ):
        try:
            _wait_until_ready(f"http://{address}", folder / "log")
            yield OwnPrometheus(f"http://{address}")
        finally:
            process.kill()


def _hurried(rules: str, times_faster: int) -> str:
    """Ranges and `for:` of a minute and more, which a test can't wait for."""

    def shorter(found: re.Match[str]) -> str:
        before, count, unit = found.groups()
        return f"{before}{max(SHORTEST_S, int(count) * IN_SECONDS[unit] // times_faster)}s"

    return re.sub(r"(\[|for: )(\d+)([mhd])(?=\]|$)", shorter, rules, flags=re.MULTILINE)


def _configuration(targets: Mapping[str, str], every_s: int) -> dict[str, Any]:
    return {
        "global": {
            "scrape_interval": f"{every_s}s",
            "scrape_timeout": f"{every_s}s",
            "evaluation_interval": "1s",
        },
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": addresses.split(",")}]}
            for job, addresses in targets.items()
        ],
    }


def _wait_until_ready(url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            if httpx.get(f"{url}/-/ready", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, log.read_text()[-2000:]
        time.sleep(0.05)
