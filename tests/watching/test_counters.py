"""Counters that alerts look at are there from a program's beginning.

To Prometheus the first value of a series is no increase: a first fault would raise nothing.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.programs import Program, running
from tests.watching.test_rules import rules

COUNTED = re.compile(r"(?:rate|increase)\((barograph_\w+_total)(?:\{([^}]*)\})?\[")
MATCHER = re.compile(r'(\w+)(=~?)"([^"]*)"')


def test_what_alerts_count_is_there_before_it_happens(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(tmp_path)}
    with (
        running("ingest", database_url, tmp_path / "ingest.log") as ingest,
        running("backfill", database_url, tmp_path / "worker.log", environment) as worker,
    ):
        shown = [*samples(ingest), *samples(worker)]
    counted = list(counted_by_alerts())
    assert len(counted) > 5
    for name, labels in counted:
        assert any(name == shown_name and labels.items() <= own.items() for shown_name, own in shown), (
            name,
            labels,
        )


def counted_by_alerts() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each series, as far as a rule says which; Prometheus names the job by itself."""
    for rule in rules():
        for name, matchers in COUNTED.findall(rule["expr"]):
            said = [found for found in MATCHER.findall(matchers) if found[0] != "job"]
            given = [(label, values.split("|")) for label, _, values in said]
            if not given:
                yield name, {}
            for label, values in given:
                yield from ((name, {label: value}) for value in values)


def samples(program: Program) -> list[tuple[str, Mapping[str, str]]]:
    page = httpx.get(f"{program.url}/metrics", timeout=10).text
    return [
        (sample.name, sample.labels)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    ]
