"""`measure`."""

from uuid import uuid4

from tests.barograph.cli.conftest import Run


def test_a_measure_is_defined_changed_listed_and_deleted(run: Run) -> None:
    project = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    run("sensor", "create", project, "p1")
    run("sensor", "create", project, "valve")
    when = ("--when", "valve", "--above", "0.5")
    measure = run("measure", "add", project, "burn_s", "p1", "duration", *when, "--json").item
    assert measure["when"] == {"sensor": "valve", "above": 0.5, "below": None}
    changed = run("measure", "change", measure["id"], "--when", "valve", "--below", "2", "--json").item
    assert changed["when"] == {"sensor": "valve", "above": None, "below": 2.0}
    changed = run("measure", "change", measure["id"], "--always", "--stat", "max", "--json").item
    assert (changed["stat"], changed["when"]) == ("max", None)
    assert run("measure", "list", project, "--field", "name").out == "burn_s\n"
    assert run("measure", "show", measure["id"], "--field", "sensor").out == "p1\n"
    assert run("measure", "change", measure["id"], "--above", "1").err.startswith("--above and --below go")
    assert run("measure", "change", measure["id"]).err.startswith("Say what to change")
    run("measure", "delete", measure["id"], "--yes")
    assert run("measure", "list", project, "--field", "name").out == ""


def test_a_run_that_has_not_ended_has_no_values(run: Run) -> None:
    project = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    run("experiment", "create", project, "tests")
    made = run("run", "create", project, "tests", "first", "--field", "id").out.strip()
    assert run("measure", "values", made, "--field", "name").out == ""
