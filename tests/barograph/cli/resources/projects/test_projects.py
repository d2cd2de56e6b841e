"""`project` and `token`."""

from uuid import uuid4

import pytest

from tests.barograph.cli.conftest import Run


def test_a_project_is_created_and_listed(run: Run) -> None:
    created = run("project", "create", "Rig-7", "--description", "Turbines", "--json").item
    assert (created["name"], created["description"], created["role"]) == ("Rig-7", "Turbines", "owner")
    head, newest, *_ = run("project", "list").rows
    assert head == ["ID", "NAME", "ROLE", "CREATED", "AT"]
    assert newest[:3] == [created["id"], "Rig-7", "owner"]


def test_one_field_can_be_had_alone(run: Run) -> None:
    project = run("project", "create", "Alone", "--field", "id").out.strip()
    assert run("project", "list", "--limit", "1", "--field", "id").out == f"{project}\n"
    unknown = run("project", "list", "--field", "colour")
    assert unknown.err.startswith("There is no field colour; there are id, version, ")


def test_a_list_says_when_there_is_more(run: Run) -> None:
    for _ in range(2):
        run("project", "create", "More")
    said = run("project", "list", "--limit", "1")
    assert len(said.rows) == 2
    assert said.err == "These are the first 1; there are more (--limit, --all).\n"


def test_a_token_is_shown_once_and_scoped_by_keys(run: Run) -> None:
    run("project", "create", "Tokens")
    sensor = run("sensor", "create", "Tokens", "p1", "--field", "id").out.strip()
    token = run("token", "create", "Tokens", "daq-1", "--sensor", "p1", "--producer", "rig/*", "--json").item
    assert token["token"].startswith("bgi_")
    assert (token["sensors"], token["producers"]) == ([sensor], ["rig/*"])
    listed = run("token", "list", "Tokens")
    assert token["token"] not in listed.out
    assert listed.rows[1][:2] == [token["id"], "daq-1"]


@pytest.mark.parametrize(
    ("option", "may_resume"), [("--may-resume", True), ("--no-may-resume", False), ("", None)]
)
def test_a_token_may_resume_or_not(run: Run, option: str, may_resume: bool | None) -> None:
    project = run("project", "create", "Resuming", "--field", "id").out.strip()
    token = run("token", "create", project, "daq-1", *option.split(), "--json").item
    assert token["may_resume"] is may_resume


def test_a_name_that_leads_nowhere_or_to_several_is_refused(run: Run) -> None:
    assert run("sensor", "list", "Nowhere").err == "There is no project called 'Nowhere' that you may see.\n"
    for _ in range(2):
        run("project", "create", "Twins")
    twins = run("sensor", "list", "Twins")
    assert twins.code == 1
    assert twins.err.startswith("There is more than one project called 'Twins'; say which by its id: ")
    assert run("token", "create", "Tokens", "t", "--sensor", "none").code == 1


def test_a_problem_is_told_in_words(run: Run) -> None:
    said = run("project", "create", "")
    assert said.code == 1
    assert said.err == (
        "Refused (422): the request does not fit its schema\n"
        "  /name: String should have at least 1 character\n"
    )
    assert run("sensor", "list", str(uuid4())).err == "Refused (404): there is no such project\n"
