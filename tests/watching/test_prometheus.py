"""A real Prometheus scrapes a real program, and raises an alert for a fault until it is mended."""

from pathlib import Path

from tests.examples import in_its_turn
from tests.programs import running
from tests.watching.own_prometheus import OwnPrometheus, own_prometheus
from tools.programs.prometheus import PrometheusPrograms

PATIENCE_S = 60.0


def is_told(prometheus: OwnPrometheus) -> bool:
    return "BarographDown" in prometheus.firing()


@in_its_turn(0, 2)
def test_a_killed_program_raises_its_alert_until_it_is_back(
    database_url: str, tmp_path: Path, prometheus_programs: PrometheusPrograms
) -> None:
    with running("ingest", database_url, tmp_path / "ingest.log") as ingest:
        targets = {"barograph-ingest": f"127.0.0.1:{ingest.port}"}
        with own_prometheus(
            tmp_path / "prometheus", prometheus_programs, targets, every_s=1, longest_wait_s=1
        ) as prometheus:
            prometheus.wait_until(lambda it: it.targets_up() == set(targets), "target up", PATIENCE_S)
            assert not is_told(prometheus)
            ingest.kill()
            prometheus.wait_until(is_told, "told", PATIENCE_S)
            ingest.start()
            prometheus.wait_until(lambda it: not is_told(it), "over", PATIENCE_S)
            assert prometheus.rules_in_trouble() == []
