"""`sql-role`, as whoever has the server types it."""

import secrets
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from tests.api.server import Server
from tests.barograph.cli.conftest import Run
from tests.sql.analyst import drop_role


@pytest.fixture
def name(server: Server, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Of a role, which is the server's."""
    monkeypatch.setenv("BAROGRAPH_DATABASE_URL", server.database_url)
    name = f"ana_{secrets.token_hex(4)}"
    yield name
    drop_role(server.database_url, name)


@pytest.fixture
def project(run: Run) -> str:
    name = f"rig {secrets.token_hex(4)}"
    run("project", "create", name)
    return name


def seen(url: str) -> list[tuple[str]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select name from projects").fetchall()


def test_a_log_in_is_made_listed_changed_and_removed(
    run: Run, server: Server, project: str, name: str
) -> None:
    made = run("sql-role", name, "--project", project, "--json").item
    assert made["url"].startswith(f"postgresql://{name}:{made['password']}@127.0.0.1:")
    assert seen(made["url"]) == [(project,)]
    (row,) = [row for row in run("sql-role", "list", "--json").item if row["name"] == name]
    assert (row["projects"], row["shows_raw"], row["is_there"], row["expires_at"]) == (
        [project],
        False,
        True,
        None,
    )
    assert "changed" in run("sql-role", "change", name, "--raw", "--expires", "-1h").out
    (row,) = [row for row in run("sql-role", "list", "--json").item if row["name"] == name]
    assert (row["projects"], row["shows_raw"]) == ([project], True)
    with pytest.raises(psycopg.OperationalError):
        seen(made["url"])
    again = run("sql-role", "change", name, "--expires", "never", "--new-password", "--json").item
    assert again["password"] != made["password"]
    assert seen(again["url"]) == [(project,)]
    assert run("sql-role", "remove", name).code == 0
    with pytest.raises(psycopg.OperationalError):
        seen(again["url"])
    with psycopg.connect(server.database_url) as owner:
        noted = owner.execute(
            "select action from audit_entry where after ->> 'name' = %s order by id", (name,)
        ).fetchall()
    assert [action for (action,) in noted] == [
        "sql-role.create",
        "sql-role.change",
        "sql-role.change",
        "sql-role.remove",
    ]


def test_a_password_comes_from_a_file_and_is_not_said(
    run: Run, project: str, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("one of my own choice\n")
    said = run("sql-role", "create", name, "--project", project, "--password-file", str(file))
    assert said.code == 0
    assert "choice" not in said.out + said.err
    assert seen(said.out.strip().replace(f"//{name}@", f"//{name}:one%20of%20my%20own%20choice@")) == [
        (project,)
    ]
    file.write_text("short")
    refused = run("sql-role", "change", name, "--password-file", str(file))
    assert (refused.code, "shorter than 12" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("create", "Ana", "--project", "x"), "can't be the name"),
        (("create", "pg_ana", "--project", "x"), "can't be the name"),
        (("create", "barograph_ana", "--project", "x"), "can't be the name"),
        (("create", "{name}", "--project", "no such one"), "there is no project 'no such one'"),
        (("change", "{name}"), "was made by `sql-role`"),
        (("change", "barograph_api", "--new-password"), "was made by `sql-role`"),
        (("remove", "barograph_api"), "was made by `sql-role`"),
        (("create", "{name}", "--project", "x", "--expires", "soon"), "is no time"),
        (("create", "{name}", "--project", "x", "--expires", "2030-01-01"), "needs an offset"),
        (("create", "{name}", "--project", "x", "--password-file", "/nowhere"), "No such file"),
    ],
)
def test_what_can_not_be_is_refused(
    run: Run, server: Server, name: str, words: tuple[str, ...], reason: str
) -> None:
    refused = run("sql-role", *(word.replace("{name}", name) for word in words))
    assert refused.code == 1
    assert reason in refused.err
    with psycopg.connect(server.database_url) as owner:
        assert owner.execute("select from pg_roles where rolname = %s", (name,)).fetchall() == []


def test_a_role_that_is_there_is_not_taken_over(run: Run, project: str, name: str) -> None:
    assert run("sql-role", name, "--project", project).code == 0
    again = run("sql-role", name, "--project", project)
    assert (again.code, "has a role" in again.err) == (1, True)


def test_two_projects_of_one_name_are_told_apart_by_id(run: Run, project: str, name: str) -> None:
    other = run("project", "create", project, "--json").item
    refused = run("sql-role", name, "--project", project)
    assert (refused.code, "2 projects are named" in refused.err) == (1, True)
    assert seen(run("sql-role", name, "--project", other["id"], "--json").item["url"]) == [(project,)]
