"""Of the pods of a cluster those are looked at that are programs of ours, by the jobs that rules name."""

from pathlib import Path
from typing import Any

import yaml

from tests.watching.own_prometheus import prometheus_by
from tests.watching.test_rules import FOLDER
from tools.programs.prometheus import PrometheusPrograms

META = "__meta_kubernetes_pod"


def pod(name: str, program: str, port: str = "http", phase: str = "Running") -> dict[str, Any]:
    """As Kubernetes tells of it."""
    told = {
        f"{META}_name": name,
        f"{META}_label_app_kubernetes_io_name": program,
        f"{META}_container_port_name": port,
        f"{META}_phase": phase,
    }
    return {"targets": ["127.0.0.1:1"], "labels": told}


def test_pods_are_looked_at_by_the_jobs_that_rules_name(
    tmp_path: Path, prometheus_programs: PrometheusPrograms
) -> None:
    told = yaml.safe_load((FOLDER / "kubernetes.yml").read_text())
    (scraping,) = told["scrape_configs"]
    del scraping["kubernetes_sd_configs"], told["rule_files"]
    scraping["static_configs"] = [
        pod("api-1", "api"),
        pod("api-2", "api"),
        pod("ingest-1", "ingest"),
        pod("worker-1", "worker"),
        pod("mqtt-0", "mqtt"),
        pod("api-3", "api", phase="Failed"),
        pod("caddy-1", "caddy"),
        pod("redis-0", "redis", port="redis"),
        pod("migrate-1", "migrate", port="", phase="Succeeded"),
    ]
    with prometheus_by(told, tmp_path / "prometheus", prometheus_programs) as prometheus:
        prometheus.wait_until(lambda it: len(it.instances()) > 0, "targets", 60)
        assert prometheus.instances() == {
            ("barograph-api", "api-1"),
            ("barograph-api", "api-2"),
            ("barograph-ingest", "ingest-1"),
            ("barograph-worker", "worker-1"),
            ("barograph-mqtt", "mqtt-0"),
        }
