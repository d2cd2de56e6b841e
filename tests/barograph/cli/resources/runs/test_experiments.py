"""`experiment` and `run`."""

from uuid import uuid4

import pytest

from tests.barograph.cli.conftest import Run


@pytest.fixture
def project(run: Run) -> str:
    """A project's name; it has the sensors p1 and p2."""
    name = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    for key in ("p1", "p2"):
        run("sensor", "create", name, key)
    return name


@pytest.fixture
def experiment(run: Run, project: str) -> str:
    return run("experiment", "create", project, "Endurance", "--field", "id").out.strip()


def test_an_experiment_is_created_found_and_moved(run: Run, project: str) -> None:
    created = run(
        "experiment", "create", project, "Hot fire", "--description", "Cold", "--tag", "a", "--json"
    )
    assert (created.item["status"], created.item["tags"]) == ("draft", ["a"])
    assert (
        run("experiment", "list", project, "--q", "hot", "--tag", "a", "--field", "name").out == "Hot fire\n"
    )
    started = run("experiment", "start", project, "hot fire", "--reason", "ready", "--json").item
    assert started["status"] == "running"
    assert run("experiment", "list", project, "--status", "running", "--field", "id").out.split() == [
        created.item["id"]
    ]
    assert run("experiment", "finish", project, created.item["id"], "--field", "status").out == "finished\n"
    refused = run("experiment", "start", project, "Hot fire")
    assert (refused.code, refused.err) == (
        1,
        "Refused (409): the experiment is finished; it can become archived, not running\n",
    )


def test_a_run_is_created_with_what_it_was_made_of(run: Run, project: str, experiment: str) -> None:
    made_of = ("--param", "pressure_bar=12.5", "--param", "injector=B", "--git-sha", "8f2c1d0", "--env", "s2")
    created = run("run", "create", project, experiment, "1", *made_of, "--sensor", "p1", "--start", "--json")
    assert created.item["params"] == {"pressure_bar": 12.5, "injector": "B"}
    assert (created.item["git_sha"], created.item["env"], created.item["status"]) == (
        "8f2c1d0",
        "s2",
        "running",
    )
    listed = run("run", "list", project, "--experiment", "Endurance", "--sort", "name", "--field", "name")
    assert listed.out == "1\n"
    assert run("run", "list", project, "--status", "draft", "--json").item == []


def test_sensors_can_be_bound_later(run: Run, project: str, experiment: str) -> None:
    run_id = run("run", "create", project, experiment, "1", "--field", "id").out.strip()
    assert run("run", "bind", run_id, "p1", "p2").code == 0
    assert run("run", "bind", run_id, "p3").err == "There is no sensor with the key 'p3' that you may see.\n"


def test_a_run_fails_for_a_reason(run: Run, project: str, experiment: str) -> None:
    run_id = run("run", "create", project, experiment, "1", "--start", "--field", "id").out.strip()
    assert run("run", "fail", run_id, "--reason", "leak", "--field", "status").out == "failed\n"
    assert run("run", "archive", run_id, "--field", "status").out == "archived\n"


def test_what_names_nothing_is_told_so(run: Run, project: str) -> None:
    assert run("run", "create", project, "Nothing", "1").err == (
        "There is no experiment called 'Nothing' that you may see.\n"
    )
    assert run("run", "start", "1").err == "'1' is not the id of a run; `list` shows them.\n"
    refused = run("run", "create", project, str(uuid4()), "1", "--param", "pressure")
    assert refused.err == "'pressure' is no parameter: write KEY=VALUE.\n"
