"""`member`."""

from tests.api.server import Server
from tests.barograph.cli.conftest import Run


def test_a_member_is_invited_accepts_and_is_removed(run: Run, server: Server) -> None:
    server.register("bo@example.org")
    run("project", "create", "Members")
    invited = run("member", "add", "Members", "bo@example.org", "editor", "--json").item
    assert (invited["email"], invited["role"]) == ("bo@example.org", "editor")
    joined = run("member", "accept", invited["link"], "--email", "bo@example.org", "--json").item
    assert (joined["email"], joined["role"]) == ("bo@example.org", "editor")
    assert run("member", "remove", "Members", "Bo@example.org").out == ""
    assert run("member", "list", "Members", "--field", "email").out == "ada@example.org\n"


def test_somebody_without_an_account_is_invited_too(run: Run) -> None:
    run("project", "create", "Strangers")
    assert (
        run("member", "add", "Strangers", "nobody@example.org", "viewer", "--field", "role").out == "viewer\n"
    )
    assert run("member", "remove", "Strangers", "nobody@example.org").err == (
        "There is no member with the email nobody@example.org that you may see.\n"
    )
