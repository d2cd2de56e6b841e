"""`member`."""

from tests.api.server import Server
from tests.barograph.cli.conftest import Run


def test_a_member_is_added_and_removed(run: Run, server: Server) -> None:
    server.register("bo@example.org")
    run("project", "create", "Members")
    added = run("member", "add", "Members", "bo@example.org", "editor", "--json").item
    assert (added["email"], added["role"]) == ("bo@example.org", "editor")
    assert run("member", "remove", "Members", "Bo@example.org").out == ""
    assert run("member", "list", "Members", "--field", "email").out == "ada@example.org\n"


def test_somebody_without_an_account_is_told_about_invitations(run: Run) -> None:
    run("project", "create", "Strangers")
    said = run("member", "add", "Strangers", "nobody@example.org", "viewer")
    assert said.err.startswith("Refused (422): nobody has this email here; send an invitation\n")
    assert run("member", "remove", "Strangers", "nobody@example.org").err == (
        "There is no member with the email nobody@example.org that you may see.\n"
    )
