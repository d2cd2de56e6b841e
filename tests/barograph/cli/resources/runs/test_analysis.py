"""`metric`, `comparison`."""

import pytest

from tests.barograph.cli.conftest import Run


@pytest.fixture
def run_id(run: Run) -> str:
    """A run of an experiment of its own."""
    project = run("project", "create", "Analysed", "--json").item["id"]
    run("experiment", "create", project, "Hot fire")
    return run("run", "create", project, "Hot fire", "One", "--json").item["id"]


def test_metrics_are_logged_and_listed(run: Run, run_id: str) -> None:
    for step, value in ((1, "0.5"), (2, "nan"), (3, "0.25")):
        assert run("metric", "log", run_id, "loss", str(step), value).code == 0
    (summary,) = run("metric", "list", run_id, "--json").item
    assert (summary["count"], summary["nan_count"], summary["min"], summary["last"]) == (3, 1, 0.25, 0.25)
    points = run("metric", "show", run_id, "--name", "loss", "--from-step", "2", "--json").item
    assert [(each["step"], each["value"]) for each in points] == [(2, "NaN"), (3, 0.25)]
    refused = run("metric", "show", run_id, "--name", "los")
    assert (refused.code, refused.err) == (1, "The run has no metric 'los'. Did you mean 'loss'?\n")


def test_a_value_is_replaced_only_if_that_is_said(run: Run, run_id: str) -> None:
    run("metric", "log", run_id, "loss", "1", "0.5")
    refused = run("metric", "log", run_id, "loss", "1", "0.75")
    assert refused.code == 1
    assert "has the value 0.5" in refused.err
    assert run("metric", "log", run_id, "loss", "1", "0.75", "--replace").code == 0
    assert run("metric", "log", run_id, "loss", "1", "high").code == 1


def test_runs_are_compared(run: Run) -> None:
    project = run("project", "create", "Compared", "--json").item["id"]
    run("sensor", "create", project, "p1")
    run("experiment", "create", project, "Hot fire")
    words = ("run", "create", project, "Hot fire")
    ids = [run(*words, name, "--sensor", "p1", "--start", "--json").item["id"] for name in ("One", "Two")]
    answer = run("comparison", "make", *ids, "--sensor", "p1", "--json").item
    assert [each["run_id"] for each in answer["members"]] == ids
    refused = run("comparison", "make", *ids, "--sensor", "p1", "--align", "ignition")
    assert refused.code == 1
    assert "Write `start`, or JSON" in refused.err
    assert run("comparison", "list", project, "--json").item == []


def test_metrics_of_runs_are_compared(run: Run) -> None:
    project = run("project", "create", "Logged", "--json").item["id"]
    run("experiment", "create", project, "Training")
    ids = [run("run", "create", project, "Training", name, "--json").item["id"] for name in ("One", "Two")]
    for place, each in enumerate(ids):
        run("metric", "log", each, "loss", "1", str(place))
    answer = run("comparison", "make", *ids, "--metric", "loss", "--json").item
    assert [each["max"] for each in answer["difference"]] == [1]
    assert run("comparison", "make", *ids, "--metric", "loss", "--by", "time", "--json").code == 0
    assert run("comparison", "make", *ids).code == 1
