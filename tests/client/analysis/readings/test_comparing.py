"""Comparisons as frames."""

from datetime import UTC, datetime

import pytest
from barograph_client import Client, RequestInvalid

from barograph.times import now_us
from tests.client.analysis.conftest import SECOND_US, Bench


@pytest.fixture
def start_us(bench: Bench) -> int:
    """When readings begin that every run of a test shares."""
    start_us = now_us() // SECOND_US * SECOND_US - 120 * SECOND_US
    bench.commit_seconds(start_us, [0.5, 1.5, 2.5])
    return start_us


def record(client: Client, name: str, start_us: int, **params: object) -> str:
    """A run whose only session is over the readings."""
    with client.run(name, "Firing", params=params) as run, run.capture(sensors=["s0"]) as capture:
        pass
    bounds = {"started_at": start_us, "stopped_at": start_us + 60 * SECOND_US}
    changes = {key: datetime.fromtimestamp(t_us / SECOND_US, UTC).isoformat() for key, t_us in bounds.items()}
    client._scope.api.patch(f"/capture-sessions/{capture.id}", changes)  # pyright: ignore[reportPrivateUsage]
    return run.id


def test_runs_are_laid_over_one_another(client: Client, start_us: int) -> None:
    first = record(client, "1", start_us, injector="A", thrust=1)
    second = record(client, "2", start_us, injector="B", thrust=1)
    compared = client.compare([first, second], ["s0"], columns=60)
    assert set(compared.frame["name"]) == {"1", "2"}
    assert compared.frame.columns[:5] == ["run_id", "name", "key", "unit", "elapsed_us"]
    # Both hold the same readings.
    assert compared.difference.filter(name="2")["rms"].to_list() == [0.0]
    assert set(compared.summary["name"]) == {"1", "2"}
    assert compared.spread["members"].unique().to_list() == [2]
    assert compared.params.row(0, named=True) == {"param": "injector", "differs": True, "1": "A", "2": "B"}
    assert "<table" in compared._repr_html_()  # pyright: ignore[reportPrivateUsage]


def test_runs_of_one_name_are_told_apart(client: Client, start_us: int) -> None:
    runs = [record(client, "the same", start_us) for _ in range(2)]
    compared = client.compare(runs, "s0")
    assert set(compared.summary["name"]) == {f"the same ({run[:8]})" for run in runs}


def test_a_run_without_t0_is_named(client: Client, start_us: int) -> None:
    first = record(client, "1", start_us)
    second = record(client, "2", start_us)
    compared = client.compare([first, second], ["s0"], align={"annotation": "never"})
    assert set(compared.problems) == {"1", "2"}
    with pytest.raises(RequestInvalid):
        client.compare([first], ["s0"])
