"""What is deleted, revoked, rotated and changed."""

import io
from uuid import uuid4

import pytest

from tests.api.server import Server
from tests.barograph.cli.conftest import EMAIL, Run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def project(run: Run) -> str:
    return run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()


def test_a_project_is_deleted_when_its_owner_says_so(
    run: Run, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    unasked = run("project", "delete", project)
    assert (unasked.code, unasked.err) == (
        1,
        f"Nobody can be asked whether to delete {project}; say so with --yes.\n",
    )
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert run("project", "delete", project).err.endswith("Nothing was deleted.\n")
    assert run("project", "show", project).code == 0
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert run("project", "delete", project).code == 0
    assert run("project", "show", project).err.startswith(f"There is no project called {project!r}")


def test_what_is_deleted_with_yes_is_not_asked_about(run: Run, project: str) -> None:
    run("sensor", "create", project, "p1")
    run("experiment", "create", project, "Endurance")
    run_id = run("run", "create", project, "Endurance", "1", "--field", "id").out.strip()
    session = run("capture-session", "create", run_id, "--field", "id").out.strip()
    for words in (
        ("capture-session", "delete", session),
        ("run", "delete", run_id),
        ("experiment", "delete", project, "Endurance"),
        ("sensor", "delete", project, "p1"),
        ("project", "delete", project),
    ):
        deleted = run(*words, "--yes")
        assert (deleted.code, deleted.out) == (0, ""), deleted.err


def test_a_project_is_changed_and_found_under_its_id(run: Run, project: str) -> None:
    project_id = run("project", "show", project, "--field", "id").out.strip()
    changed = run(
        "project", "change", project, "--name", f"{project} south", "--raw-keep-days", "400", "--json"
    )
    assert (changed.item["name"], changed.item["raw_keep_days"]) == (f"{project} south", 400)
    assert run("sensor", "list", project_id, "--json").item == []
    assert run("project", "change", project_id).err.startswith("Say what to change")


def test_a_token_is_rotated_and_revoked(run: Run, project: str) -> None:
    token = run("token", "create", project, "daq", "--expires-at", "+90d", "--json").item
    rotated = run("token", "rotate", token["id"], "--overlap-s", "60", "--json").item
    assert rotated["token"] not in {token["token"], None}
    assert run("token", "revoke", rotated["id"]).code == 0
    listed = {item["id"]: item["is_valid"] for item in run("token", "list", project, "--json").item}
    assert listed[rotated["id"]] is False
    assert run("token", "revoke", "daq").err == "'daq' is not the id of a token; `list` shows them.\n"


def test_a_service_account_logs_in_until_it_is_revoked(
    run: Run, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = run("service-account", "create", project, "nightly", "viewer", "--json").item
    assert run("service-account", "list", project, "--field", "name").out == "nightly\n"
    monkeypatch.setenv("BAROGRAPH_TOKEN", account["token"])
    assert run("project", "list", "--field", "name").out == f"{project}\n"
    monkeypatch.delenv("BAROGRAPH_TOKEN")
    rotated = run("service-account", "rotate", account["id"], "--field", "token").out.strip()
    assert run("service-account", "revoke", account["id"]).code == 0
    for token in (account["token"], rotated):
        monkeypatch.setenv("BAROGRAPH_TOKEN", token)
        assert run("project", "list").code == 1


def test_profiles_are_shown_evaluated_and_deprecated(run: Run, project: str) -> None:
    run("sensor", "create", project, "p1")
    run("profile", "create", project, "p1", "linear", '{"slope": 25, "offset": -12.5}')
    run("profile", "activate", project, "p1", "1")
    assert run("sensor", "timeline", project, "p1", "--field", "number").out == "1\n"
    assert run("profile", "show", project, "p1", "1", "--json").item["payload"]["slope"] == 25
    words = (
        "profile",
        "evaluate",
        "linear",
        '{"slope": 25, "offset": -12.5}',
        "0.5",
        "-1",
        "--field",
        "physical",
    )
    assert run(*words).out == "0.0\n-37.5\n"
    assert run("profile", "deprecate", project, "p1", "1", "--json").item["deprecated_at"] is not None
    assert "linear" in run("profile", "kinds", "--all", "--field", "name").out.split()


def test_runs_are_shown_changed_and_have_a_history(run: Run, project: str) -> None:
    run("sensor", "create", project, "p1")
    run("experiment", "create", project, "Endurance", "--start")
    run_id = run(
        "run", "create", project, "Endurance", "1", "--start", "--sensor", "p1", "--field", "id"
    ).out.strip()
    assert run("run", "change", run_id, "--notes", "Smooth", "--field", "notes").out == "Smooth\n"
    assert run("run", "sensors", run_id, "--field", "key").out == "p1\n"
    assert run("run", "unbind", run_id, "p1").code == 0
    run("run", "finish", run_id, "--reason", "done")
    assert run("run", "history", run_id, "--field", "reason").out.split()[0] == "done"
    assert run("experiment", "show", project, "Endurance", "--field", "status").out == "running\n"


def test_invitations_are_taken_back_and_roles_given(run: Run, server: Server, project: str) -> None:
    cleo = f"{uuid4()}@example.org"
    server.register(cleo)
    run("member", "add", project, cleo, "viewer")
    invitation = run("invitation", "list", project, "--field", "id").out.strip()
    assert run("invitation", "revoke", invitation).code == 0
    token = run("member", "add", project, cleo, "viewer", "--field", "token").out.strip()
    assert run("member", "accept", token, "--email", cleo).code == 0
    assert run("member", "role", project, cleo, "editor", "--field", "role").out == "editor\n"
    assert run("user", "deactivate", cleo).code == 1, f"{EMAIL} is no admin"
