"""The metrics of a program, as Prometheus gets them."""

import time
from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families

PATIENCE_S = 60.0


def scrape(url: str) -> dict[str, float]:
    """The value of each series, which is named as in `name{label="value"}`."""
    text = httpx.get(f"{url}/metrics", timeout=PATIENCE_S).text
    return {
        _series(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape_until(url: str, is_so: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """The first scrape of which it is so; the last one within a minute."""
    end = time.monotonic() + PATIENCE_S
    while True:
        values = scrape(url)
        if is_so(values) or time.monotonic() > end:
            assert is_so(values), {name: value for name, value in values.items() if "barograph" in name}
            return values
        time.sleep(0.1)


def _series(name: str, labels: dict[str, str]) -> str:
    said = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{said}}}" if said else name
