"""Comparisons as frames."""

from datetime import UTC, datetime

import pytest
from barograph_client import Client, RequestInvalid

from barograph.times import now_us
from tests.client.analysis.conftest import SECOND_US, Bench


def record(bench: Bench, client: Client, name: str, values: list[float], **params: object) -> str:
    """A run whose only session is over the readings."""
    start_us = now_us() // SECOND_US * SECOND_US - 120 * SECOND_US
    bench.commit_seconds(start_us, values)
    with client.run(name, "Firing", params=params) as run, run.capture(sensors=["s0"]) as capture:
        pass
    bounds = {"started_at": start_us, "stopped_at": start_us + 60 * SECOND_US}
    changes = {key: datetime.fromtimestamp(t_us / SECOND_US, UTC).isoformat() for key, t_us in bounds.items()}
    client._scope.api.patch(f"/capture-sessions/{capture.id}", changes)  # pyright: ignore[reportPrivateUsage]
    return run.id


def test_runs_are_laid_over_one_another(bench: Bench, client: Client) -> None:
    first = record(bench, client, "1", [0.5, 1.5, 2.5], injector="A", thrust=1)
    second = record(bench, client, "2", [0.5, 1.5, 2.5], injector="B", thrust=1)
    compared = client.compare([first, second], ["s0"], columns=60)
    assert set(compared.frame["name"]) == {"1", "2"}
    assert compared.frame.columns[:5] == ["run_id", "name", "key", "unit", "elapsed_us"]
    # Each run's session holds the readings of both: the same readings, so no difference.
    assert compared.difference.filter(name="2")["rms"].to_list() == [0.0]
    assert set(compared.summary["name"]) == {"1", "2"}
    assert compared.spread["members"].unique().to_list() == [2]
    assert compared.params.row(0, named=True) == {"param": "injector", "differs": True, "1": "A", "2": "B"}
    assert "<table" in compared._repr_html_()  # pyright: ignore[reportPrivateUsage]


def test_runs_of_one_name_are_told_apart(bench: Bench, client: Client) -> None:
    runs = [record(bench, client, "the same", [1.0, 2.0]) for _ in range(2)]
    compared = client.compare(runs, "s0")
    assert set(compared.summary["name"]) == {f"the same ({run[:8]})" for run in runs}


def test_a_run_without_t0_is_named(bench: Bench, client: Client) -> None:
    first = record(bench, client, "1", [1.0, 2.0])
    second = record(bench, client, "2", [1.0, 2.0])
    compared = client.compare([first, second], ["s0"], align={"annotation": "never"})
    assert set(compared.problems) == {"1", "2"}
    with pytest.raises(RequestInvalid):
        client.compare([first], ["s0"])
