"""`member`: who works in a project."""

import argparse
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.noun import Commands, Noun
from barograph.cli.projects import add_project, project_path, the_one
from barograph.cli.show import Answer, Item

ROLES = ("viewer", "editor", "owner")
INVITED = ("email", "role", "expires_at", "link", "token")


def add_commands(commands: Commands) -> None:
    """Adds them."""
    member = Noun(commands, "member", "members of projects", ("id", "email", "role", "is_active"))
    add = member.verb("add", _add, "invite somebody into a project", columns=INVITED)
    add_project(add)
    _add_who(add)
    add.add_argument("role", choices=ROLES)
    accept = member.verb("accept", _accept, "accept an invitation, by its token or link")
    accept.add_argument("invitation", metavar="TOKEN")
    remove = member.verb("remove", _remove, "end somebody's membership")
    add_project(remove)
    _add_who(remove)
    add_project(member.lister(_list, "list a project's members"))


def _add_who(parser: argparse.ArgumentParser) -> None:
    # `email` is taken: by who logs in.
    parser.add_argument("who", metavar="EMAIL")


def _add(api: ApiClient, options: argparse.Namespace) -> Answer:
    return api.post(_path(api, options), {"email": options.who, "role": options.role})


def _accept(api: ApiClient, options: argparse.Namespace) -> Answer:
    return api.post("/api/v1/invitations:accept", {"token": options.invitation.rpartition("#")[2]})


def _remove(api: ApiClient, options: argparse.Namespace) -> Answer:
    path = _path(api, options)
    found = [each["id"] for each in api.items(path) if each["email"].lower() == options.who.lower()]
    api.call("DELETE", f"{path}/{the_one(found, f'member with the email {options.who}')}")
    return None


def _list(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(_path(api, options))


def _path(api: ApiClient, options: argparse.Namespace) -> str:
    return f"{project_path(api, options)}/members"
