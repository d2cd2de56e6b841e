"""`capture-session`."""

from uuid import uuid4

import pytest

from tests.barograph.cli.conftest import Run


@pytest.fixture
def run_id(run: Run) -> str:
    project = run("project", "create", str(uuid4())[:13], "--field", "id").out.strip()
    run("sensor", "create", project, "p1")
    experiment = run("experiment", "create", project, "Endurance", "--field", "id").out.strip()
    return run("run", "create", project, experiment, "1", "--sensor", "p1", "--field", "id").out.strip()


def test_a_session_is_created_started_and_stopped(run: Run, run_id: str) -> None:
    created = run("capture-session", "create", run_id, "--notes", "first", "--json").item
    assert (created["ordinal"], created["status"], created["notes"]) == (1, "draft", "first")
    started = run("capture-session", "start", created["id"], "--json").item
    assert (started["status"], started["stopped_at"]) == ("running", None)
    stopped = run("capture-session", "stop", created["id"], "--reason", "done", "--json").item
    assert stopped["status"] == "succeeded"
    assert stopped["stopped_at"] > started["started_at"]


def test_one_that_is_started_at_once_can_fail(run: Run, run_id: str) -> None:
    session = run("capture-session", "create", run_id, "--start", "--field", "id").out.strip()
    assert (
        run("capture-session", "list", run_id, "--status", "running", "--field", "id").out.strip() == session
    )
    assert run("capture-session", "stop", session, "--failed", "--field", "status").out == "failed\n"
    assert run("capture-session", "list", run_id).rows[1][:3] == [session, "1", "failed"]


def test_a_session_without_readings_lists_none(run: Run, run_id: str) -> None:
    session = run("capture-session", "create", run_id, "--start", "--field", "id").out.strip()
    assert run("capture-session", "readings", session).rows == [
        ["TIME", "SENSOR", "ID", "RAW", "PHYSICAL", "FLAGS"]
    ]


def test_what_is_no_session_is_told_so(run: Run) -> None:
    assert run("capture-session", "start", "one").err == (
        "'one' is not the id of a capture session; `list` shows them.\n"
    )
    assert (
        run("capture-session", "stop", str(uuid4())).err
        == "Refused (404): there is no such capture session\n"
    )
