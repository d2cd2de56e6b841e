"""`limit` and `alarm`."""

from uuid import uuid4

from tests.barograph.cli.conftest import Run


def test_a_limit_is_added_listed_and_removed(run: Run) -> None:
    project = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    run("sensor", "create", project, "p1", "--silent-after-s", "30")
    fields = ("--max", "6.5", "--hysteresis", "0.2", "--delay-s", "2")
    limit = run("limit", "add", project, "p1", "critical", *fields, "--json").item
    assert (limit["max"], limit["hysteresis"], limit["delay_s"]) == (6.5, 0.2, 2.0)
    assert run("limit", "list", project, "p1", "--field", "id").out == f"{limit['id']}\n"
    refused = run("limit", "add", project, "p1", "warning")
    assert refused.err.startswith("Refused (422)")
    run("limit", "remove", limit["id"], "--yes")
    assert run("limit", "list", project, "p1", "--field", "id").out == ""
    assert run("alarm", "list", project, "--active", "true", "--field", "id").out == ""
    assert run("alarm", "excursions", project, "--from", "-7d", "--field", "sensor").out == ""
    assert run("alarm", "acknowledge", "nonsense").err.startswith("'nonsense' is not the id of a")
